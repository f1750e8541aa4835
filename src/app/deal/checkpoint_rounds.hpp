#pragma once

#include "app/resume/checkpoint.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace ordermill::app {

/// Checkpoints, one at a time: every worker is asked to put its outputs on the disk, and when all of them
/// have, what was written before they were asked is safe.
class CheckpointRounds {
  public:
    /// Called with each checkpoint that is reached.
    using Reached = std::function<void(const Checkpoint&)>;

    /// Begins a round for what is written by now, up to chunk `so_far`. Its number, which the workers'
    /// answers must bear; nothing while another round goes on, or when nothing came since the last one.
    std::optional<std::uint64_t> begin(std::uint64_t so_far, Checkpoint point,
                                       const std::vector<int>& workers, Reached reached);
    /// The same in a job that keeps its records, with what workers keep on the disk: that comes with their
    /// answers. Then `reached` isn't called for a round that brought nothing.
    std::optional<std::uint64_t> begin_saving(std::uint64_t so_far, const std::vector<int>& workers,
                                              Reached reached);
    /// A round that only syncs, without a checkpoint in the end; nothing while another round goes on.
    std::optional<std::uint64_t> begin_syncing(const std::vector<int>& workers);
    /// The last round that began; 0 before the first.
    std::uint64_t number() const noexcept { return number_; }
    /// A worker put that on the disk, which goes into the round that goes on, if any.
    void add_saved(const SavedRange& range);
    /// A worker's answer to that round.
    void answered(int worker, std::uint64_t number);
    /// A worker's process is gone: its answer isn't waited for. What it wrote is in the page cache of rank
    /// 0's host, and reaches the disk from there.
    void lost(int worker);
    /// Something that was written may be gone: the round that goes on reaches nothing. Not for a round that
    /// saves, whose answers name what is on the disk.
    void abandon();

  private:
    void end_if_all_answered();

    std::uint64_t number_ = 0;
    std::uint64_t so_far_ = UINT64_MAX; ///< of the last round
    std::optional<Checkpoint> point_;   ///< of the round that goes on
    bool saving_ = false;
    std::vector<int> waiting_for_;
    Reached reached_;
};

} // namespace ordermill::app
