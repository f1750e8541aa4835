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
    /// A worker put that on the disk, which goes into the round that goes on, if any.
    void add_saved(const SavedRange& range);
    /// A worker's answer to that round.
    void answered(int worker, std::uint64_t number);
    /// A worker's process is gone: its answer isn't waited for. What it wrote is in its host's page cache,
    /// and reaches the disk from there.
    void lost(int worker);

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
