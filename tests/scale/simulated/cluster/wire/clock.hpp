#pragma once

#include <simgrid/s4u.hpp>

#include <chrono>
#include <cstdint>

/// Takes the place of src/cluster/wire/clock.hpp: simulated time, from 0 at the simulation's start.
namespace ordermill::cluster {

struct Clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;

    static time_point now() {
        return time_point(duration(static_cast<std::int64_t>(simgrid::s4u::Engine::get_clock() * 1e9)));
    }
};

inline void sleep_for(std::chrono::microseconds time) {
    simgrid::s4u::this_actor::sleep_for(std::chrono::duration<double>(time).count());
}

} // namespace ordermill::cluster
