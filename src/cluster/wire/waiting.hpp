#pragma once

#include "cluster/wire/clock.hpp"

#include <chrono>

namespace ordermill::cluster {

/// How a rank waits for messages without using a whole core. It spins for a while, then sleeps between
/// probes, first 50 us, later up to 1 ms. (A blocking MPI call would spin for ever.) The spin follows the
/// traffic: a message that comes while it spins doubles the next spin, one that comes while it sleeps halves
/// it. So rank 0 spins through thousands of tiny tasks, and sleeps through tasks of a millisecond. The spin
/// is a time and not a number of probes, as a probe costs 0.03 us, or 2 us where Open MPI yields because
/// there are more ranks than cores.
class Waiting {
  public:
    using Duration = std::chrono::microseconds;
    static constexpr Duration longest_spin{300};
    static constexpr Duration shortest_sleep{50};
    static constexpr Duration longest_sleep{1000};

    /// `least_spin`: the spin never gets shorter than this. Give `longest_spin` to a worker, which has
    /// nothing better to do, and less to rank 0, which shares its core with a worker.
    explicit Waiting(Duration least_spin) noexcept : least_spin_(least_spin), spin_(least_spin) {}

    /// Call it when a message came or something was done.
    void arrived() noexcept;
    /// Call it when a probe found nothing. Returns true while it is worth probing again at once. Costs a look
    /// at the clock.
    bool spin();
    /// Call it when a probe found nothing. Returns at once while the spin lasts; then sleeps, at most
    /// `limit`.
    void pause(Duration limit = longest_sleep);
    /// Sleeps for that time, whatever the traffic. This is the only place where the program waits.
    void nap(Duration time);

  private:
    enum class Phase { busy, spinning, sleeping };

    Duration least_spin_;
    Duration spin_;
    Duration sleep_ = shortest_sleep;
    Phase phase_ = Phase::busy;
    Clock::time_point spin_end_{};
};

} // namespace ordermill::cluster
