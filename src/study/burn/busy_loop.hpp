#pragma once

#include <cstdint>
#include <vector>

/// The classic comparison's work: nothing but CPU, so that what is measured is how it is spread.
namespace ordermill::study {

/// One order's "cleaning": Marsaglia's xorshift64 (2003), so many times. Each step needs the one before it,
/// so the compiler can neither leave it out nor do several at once. The result says that it was done.
std::uint64_t clean_order(std::uint64_t order, std::uint64_t iterations) noexcept;

// All orders, results by order. Each way does the same work.

std::vector<std::uint64_t> clean_in_turn(std::uint64_t orders, std::uint64_t iterations);
/// A thread each.
std::vector<std::uint64_t> clean_in_threads(std::uint64_t orders, std::uint64_t iterations);
/// A coroutine each, all on this thread; each gives way a hundred times.
std::vector<std::uint64_t> clean_in_coroutines(std::uint64_t orders, std::uint64_t iterations);

} // namespace ordermill::study
