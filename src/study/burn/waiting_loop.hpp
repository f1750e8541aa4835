#pragma once

#include <chrono>
#include <cstdint>

/// The classic comparison's other half: orders that wait for something (a disk, a slow socket) and hardly
/// compute.
namespace ordermill::study {

struct Waits {
    std::uint64_t orders = 200;
    int each = 2;                         ///< times that an order waits
    std::chrono::microseconds time{2000}; ///< for so long
};

/// How many waits were made: the same for every way.
std::uint64_t wait_in_turn(const Waits& waits);
/// A thread each.
std::uint64_t wait_in_threads(const Waits& waits);
/// A coroutine each, all on this thread, which sleeps until the first of them may go on.
std::uint64_t wait_in_coroutines(const Waits& waits);

} // namespace ordermill::study
