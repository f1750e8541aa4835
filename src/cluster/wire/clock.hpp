#pragma once

#include <chrono>
#include <thread>

/// The cluster's time: the clock that it looks at and the sleep that passes it. A header of its own, so that
/// a simulated cluster (tests/scale) can put another of this name before it and compile the rest unchanged.
namespace ordermill::cluster {

using Clock = std::chrono::steady_clock;

inline void sleep_for(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

} // namespace ordermill::cluster
