#include "study/burn/busy_loop.hpp"

#include "study/burn/turns.hpp"

#include <algorithm>
#include <thread>

namespace ordermill::study {
namespace {

std::uint64_t first_state(std::uint64_t order) noexcept { return 0x9E3779B97F4A7C15 * (order + 1); }

std::uint64_t steps(std::uint64_t state, std::uint64_t count) noexcept {
    for (std::uint64_t i = 0; i < count; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

Turns clean_by_turns(std::uint64_t order, std::uint64_t iterations, std::uint64_t& result) {
    const std::uint64_t turn = std::max<std::uint64_t>(1, iterations / 100);
    result = first_state(order);
    for (std::uint64_t done = 0; done < iterations; done += turn) {
        result = steps(result, std::min(turn, iterations - done));
        co_await std::suspend_always();
    }
}

} // namespace

std::uint64_t clean_order(std::uint64_t order, std::uint64_t iterations) noexcept {
    return steps(first_state(order), iterations);
}

std::vector<std::uint64_t> clean_in_turn(std::uint64_t orders, std::uint64_t iterations) {
    std::vector<std::uint64_t> results;
    for (std::uint64_t order = 0; order < orders; ++order) results.push_back(clean_order(order, iterations));
    return results;
}

std::vector<std::uint64_t> clean_in_threads(std::uint64_t orders, std::uint64_t iterations) {
    std::vector<std::uint64_t> results(orders);
    std::vector<std::jthread> threads;
    for (std::uint64_t order = 0; order < orders; ++order)
        threads.emplace_back([&, order] { results[order] = clean_order(order, iterations); });
    threads.clear();
    return results;
}

std::vector<std::uint64_t> clean_in_coroutines(std::uint64_t orders, std::uint64_t iterations) {
    std::vector<std::uint64_t> results(orders);
    std::vector<Turns> coroutines;
    for (std::uint64_t order = 0; order < orders; ++order)
        coroutines.push_back(clean_by_turns(order, iterations, results[order]));
    for (bool going_on = true; going_on;) {
        going_on = false;
        for (Turns& coroutine : coroutines) going_on |= coroutine.resume();
    }
    return results;
}

} // namespace ordermill::study
