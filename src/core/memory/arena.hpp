#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// Scratch memory for one record's transformed values: bump allocation, all given back at once by `reset`.
/// Pointers stay valid until `reset`. After the first records it allocates nothing.
class Arena {
  public:
    /// At least `size` writable bytes. Use `commit` to keep a prefix of them; bytes not committed are reused.
    char* reserve(std::size_t size) {
        if (size > static_cast<std::size_t>(end_ - cursor_)) grow(size);
        return cursor_;
    }
    /// Keeps [begin, end), where `begin` came from the last `reserve`.
    std::string_view commit(const char* begin, const char* end) noexcept {
        cursor_ = const_cast<char*>(end);
        return {begin, static_cast<std::size_t>(end - begin)};
    }
    std::string_view copy(std::string_view text) {
        char* out = reserve(text.size() + 1);
        if (!text.empty()) std::memcpy(out, text.data(), text.size());
        return commit(out, out + text.size());
    }

    /// Who works long with a record's memory says so, in about nanoseconds. What is called may throw.
    void spend(std::uint64_t effort) {
        if (watcher_ != nullptr) watcher_(watched_by_, effort);
    }
    /// `watcher(by, effort)` is called for each `spend`, as long as both live.
    using Watcher = void (*)(void* by, std::uint64_t effort);
    void watch(Watcher watcher, void* by) noexcept {
        watcher_ = watcher;
        watched_by_ = by;
    }

    void reset() noexcept {
        if (blocks_.size() > 1) [[unlikely]]
            keep_largest();
        cursor_ = begin_;
    }

  private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };
    void grow(std::size_t size) {
        std::size_t wanted = blocks_.empty() ? 4096 : blocks_.back().size * 2;
        if (wanted < size) wanted = size;
        blocks_.push_back({std::make_unique_for_overwrite<char[]>(wanted), wanted});
        begin_ = cursor_ = blocks_.back().bytes.get();
        end_ = cursor_ + wanted;
    }
    void keep_largest() noexcept {
        blocks_.front() = std::move(blocks_.back()); // begin_ and end_ are the last one's
        blocks_.resize(1);
    }
    std::vector<Block> blocks_;
    char* begin_ = nullptr; ///< of the last block
    char* cursor_ = nullptr;
    char* end_ = nullptr;
    Watcher watcher_ = nullptr;
    void* watched_by_ = nullptr;
};

} // namespace ordermill::core
