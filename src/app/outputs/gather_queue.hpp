#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace ordermill::app {

/// Which chunks rank 0 asks for next of those whose workers can't write them: in order, and never more at
/// once than a bound, since their bytes come to its memory.
class GatherQueue {
  public:
    /// `most`: bytes under way, but for a single chunk that is larger.
    explicit GatherQueue(std::uint64_t most = most_by_default) noexcept : most_(most) {}
    static constexpr std::uint64_t most_by_default = std::uint64_t{64} << 20;

    /// The chunk is to be asked for, and has so many bytes.
    void want(std::uint64_t chunk, std::uint64_t bytes) { waiting_.emplace_back(chunk, bytes); }
    /// The chunk to ask for now, which is then under way.
    std::optional<std::uint64_t> next();
    /// It is here. Nothing for one that isn't under way.
    void arrived(std::uint64_t chunk);
    /// It won't come, or needn't. True if it was still to be asked for.
    bool forget(std::uint64_t chunk);
    /// The same, if it is still to be asked for.
    bool forget_waiting(std::uint64_t chunk);
    bool idle() const noexcept { return waiting_.empty() && under_way_.empty(); }

  private:
    std::uint64_t most_;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_; ///< chunks, and their bytes
    std::map<std::uint64_t, std::uint64_t> under_way_;
    std::uint64_t bytes_ = 0; ///< under way
};

} // namespace ordermill::app
