#pragma once

#include "cluster/wire/waiting.hpp"

#include <algorithm>
#include <chrono>

namespace ordermill::cluster {

/// How long workers take for a task, and so how rank 0 waits for their answers. A worker has a second task in
/// hand: where that lasts longer than a sleep, an answer at once gains nothing, and rank 0 leaves its core to
/// a worker and takes together what came meanwhile.
class TaskPace {
  public:
    /// A worker has answered its last two tasks so far apart.
    void add(Clock::duration between) noexcept { task_ += (between - task_) / weight; }

    /// Tasks are so short that rank 0 must spin between messages to keep up; so it is before the first.
    bool spins() const noexcept { return task_ < worth_sleeping; }
    /// Else it sleeps for that time, at most `limit`, which is Waiting::shortest_sleep or more.
    Waiting::Duration nap(Waiting::Duration limit) const noexcept {
        constexpr int naps_a_task = 2;
        return std::clamp(std::chrono::duration_cast<Waiting::Duration>(task_ / naps_a_task),
                          Waiting::shortest_sleep, limit);
    }

  private:
    static constexpr int weight = 8;
    static constexpr Waiting::Duration worth_sleeping{200};
    Clock::duration task_{};
};

} // namespace ordermill::cluster
