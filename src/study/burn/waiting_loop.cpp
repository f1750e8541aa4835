#include "study/burn/waiting_loop.hpp"

#include "study/burn/turns.hpp"

#include <algorithm>
#include <atomic>
#include <queue>
#include <thread>
#include <vector>

namespace ordermill::study {
namespace {

using Clock = std::chrono::steady_clock;

/// Sets when it may go on, and gives way.
Turns waiting_order(const Waits& waits, Clock::time_point& until, std::uint64_t& made) {
    for (int i = 0; i < waits.each; ++i) {
        until = Clock::now() + waits.time;
        co_await std::suspend_always();
        ++made;
    }
}

} // namespace

std::uint64_t wait_in_turn(const Waits& waits) {
    std::uint64_t made = 0;
    for (std::uint64_t order = 0; order < waits.orders; ++order) {
        for (int i = 0; i < waits.each; ++i, ++made) std::this_thread::sleep_for(waits.time);
    }
    return made;
}

std::uint64_t wait_in_threads(const Waits& waits) {
    std::atomic<std::uint64_t> made = 0;
    std::vector<std::jthread> threads;
    for (std::uint64_t order = 0; order < waits.orders; ++order) {
        threads.emplace_back([&] {
            for (int i = 0; i < waits.each; ++i, ++made) std::this_thread::sleep_for(waits.time);
        });
    }
    threads.clear();
    return made;
}

std::uint64_t wait_in_coroutines(const Waits& waits) {
    std::uint64_t made = 0;
    std::vector<Clock::time_point> until(waits.orders);
    std::vector<Turns> orders;
    orders.reserve(waits.orders);
    using Next = std::pair<Clock::time_point, std::size_t>;
    std::priority_queue<Next, std::vector<Next>, std::greater<>> sleeping;
    const auto go_on = [&](std::size_t order) {
        orders[order].resume();
        if (!orders[order].done()) sleeping.emplace(until[order], order);
    };
    for (std::size_t order = 0; order < waits.orders; ++order) {
        orders.push_back(waiting_order(waits, until[order], made));
        go_on(order);
    }
    while (!sleeping.empty()) {
        const auto [time, order] = sleeping.top();
        sleeping.pop();
        std::this_thread::sleep_until(time);
        go_on(order);
    }
    return made;
}

} // namespace ordermill::study
