#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace ordermill::core {

/// A growing run of bytes that is reused from chunk to chunk: `clear` keeps the memory, and nothing is
/// zeroed.
class Buffer {
  public:
    char* data() noexcept { return bytes_.get(); }
    const char* data() const noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    bool empty() const noexcept { return size_ == 0; }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }
    void clear() noexcept { size_ = 0; }

    /// Room for `more` bytes after the present ones; write at `end()`, then `set_end`.
    void ensure(std::size_t more) {
        if (capacity_ - size_ < more) grow(more);
    }
    char* end() noexcept { return bytes_.get() + size_; }
    void set_end(const char* end) noexcept { size_ = static_cast<std::size_t>(end - bytes_.get()); }

    void append(std::string_view text) {
        ensure(text.size());
        if (!text.empty()) std::memcpy(end(), text.data(), text.size());
        size_ += text.size();
    }
    void push_back(char byte) {
        ensure(1);
        bytes_[size_++] = byte;
    }

  private:
    void grow(std::size_t more) {
        std::size_t wanted = capacity_ + capacity_ / 2;
        if (wanted < size_ + more) wanted = size_ + more;
        auto bigger = std::make_unique_for_overwrite<char[]>(wanted);
        if (size_ > 0) std::memcpy(bigger.get(), bytes_.get(), size_);
        bytes_ = std::move(bigger);
        capacity_ = wanted;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace ordermill::core
