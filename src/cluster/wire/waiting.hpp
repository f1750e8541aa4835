#pragma once

#include "cluster/wire/clock.hpp"

#include <chrono>

namespace ordermill::cluster {

/// How a rank waits for messages without burning a core: it spins for a while, then sleeps between probes,
/// from 50 us up to 1 ms. A blocking MPI call would spin for ever. The spin follows the traffic: a message
/// caught while spinning doubles the next spin, one that came during a sleep halves it, so that rank 0 spins
/// through thousands of tiny tasks and sleeps through tasks of a millisecond. It is a time and not a number
/// of probes, as a probe costs 0.03 us, or 2 us where Open MPI yields because there are more ranks than
/// cores.
class Waiting {
  public:
    using Duration = std::chrono::microseconds;
    static constexpr Duration longest_spin{300};
    static constexpr Duration shortest_sleep{50};
    static constexpr Duration longest_sleep{1000};

    /// `least_spin` comes after each message whatever the traffic. A worker that starves has nothing better
    /// to do than to spin for the longest; rank 0 shares its core with a worker.
    explicit Waiting(Duration least_spin) noexcept : least_spin_(least_spin), spin_(least_spin) {}

    /// Something came or was done.
    void arrived() noexcept;
    /// Nothing came, after a probe in vain: true as long as it is worth probing on. Costs a look at the
    /// clock.
    bool spin();
    /// Nothing came: returns at once while the spin lasts; then sleeps, at most `limit`. The only place of
    /// the program that waits.
    void pause(Duration limit = longest_sleep);

  private:
    enum class Phase { busy, spinning, sleeping };

    Duration least_spin_;
    Duration spin_;
    Duration sleep_ = shortest_sleep;
    Phase phase_ = Phase::busy;
    Clock::time_point spin_end_{};
};

} // namespace ordermill::cluster
