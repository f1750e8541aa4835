#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace ordermill::app {

/// The chunks that rank 0 writes because their workers can't, and which of them it asks for next: in the
/// order of `want`, and only so many at once that their bytes fit into a bound of rank 0's memory.
class GatherQueue {
  public:
    /// `most`: the bound on the bytes under way. A larger chunk is asked for when nothing else is under way.
    explicit GatherQueue(std::uint64_t most = most_by_default) noexcept : most_(most) {}
    static constexpr std::uint64_t most_by_default = std::uint64_t{64} << 20;

    /// Adds a chunk to those to be asked for.
    void want(std::uint64_t chunk, std::uint64_t bytes) { waiting_.emplace_back(chunk, bytes); }
    /// The chunk to ask for now, which is then under way.
    std::optional<std::uint64_t> next();
    /// The chunk has arrived. Does nothing for a chunk that isn't under way.
    void arrived(std::uint64_t chunk);
    /// The chunk won't come or isn't needed. True if it was still to be asked for.
    bool forget(std::uint64_t chunk);
    /// The same for a chunk that is still to be asked for; one that is under way stays so.
    bool forget_waiting(std::uint64_t chunk);
    bool idle() const noexcept { return waiting_.empty() && under_way_.empty(); }

  private:
    std::uint64_t most_;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> waiting_; ///< chunks, and their bytes
    std::map<std::uint64_t, std::uint64_t> under_way_;
    std::uint64_t bytes_ = 0; ///< under way
};

} // namespace ordermill::app
