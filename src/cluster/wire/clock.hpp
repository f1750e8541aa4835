#pragma once

#include <chrono>
#include <thread>

/// The clock that the cluster layer reads and the sleep that it waits with. They have a header of their own
/// so that a simulated cluster (tests/scale) can replace it by a header of the same name, and compile
/// everything else unchanged.
namespace ordermill::cluster {

/// Never goes back.
using Clock = std::chrono::steady_clock;

/// Returns after at least this time.
inline void sleep_for(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

} // namespace ordermill::cluster
