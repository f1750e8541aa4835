#include "study/burn/waiting_loop.hpp"

#include "support/catch.hpp"

using namespace ordermill::study;

TEST_CASE("every way makes the same waits") {
    for (const std::uint64_t orders : {0, 1, 2, 9}) {
        for (const int each : {0, 1, 3}) {
            INFO(orders << " orders, " << each << " waits each");
            const Waits waits{.orders = orders, .each = each, .time = std::chrono::microseconds(200)};
            const std::uint64_t all = orders * static_cast<std::uint64_t>(each);
            CHECK(wait_in_turn(waits) == all);
            CHECK(wait_in_threads(waits) == all);
            CHECK(wait_in_coroutines(waits) == all);
        }
    }
}

TEST_CASE("coroutines wait at the same time, and not less than they should") {
    const Waits waits{.orders = 200, .each = 1, .time = std::chrono::milliseconds(20)};
    const auto begin = std::chrono::steady_clock::now();
    wait_in_coroutines(waits);
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= waits.time);
    CHECK(took < waits.time * waits.orders / 2); // one after another it would be all of it
}
