#pragma once

#include <simgrid/s4u.hpp>

#include <algorithm>
#include <cstdint>

namespace ordermill::scale {

/// Storage that all ranks share: it serves requests in the order in which they come, all of them together at
/// its bandwidth, and none faster than its rank can take or give the bytes. SimGrid's own disks share their
/// bandwidth out anew with each request, which costs too much with thousands of them.
class Storage {
  public:
    /// Bytes a second; 0: no limit.
    explicit Storage(double bandwidth) noexcept : bandwidth_(bandwidth) {}

    /// Returns when the bytes have passed.
    void serve(std::uint64_t bytes, double least_seconds) {
        const double now = simgrid::s4u::Engine::get_clock();
        double end = now + least_seconds;
        if (bandwidth_ > 0) {
            free_at_ = std::max(free_at_, now) + static_cast<double>(bytes) / bandwidth_;
            end = std::max(end, free_at_);
        }
        simgrid::s4u::this_actor::sleep_for(end - now);
    }

  private:
    double bandwidth_;
    double free_at_ = 0;
};

} // namespace ordermill::scale
