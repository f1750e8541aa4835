#include "study/burn/busy_loop.hpp"

#include "support/catch.hpp"

#include <set>

using namespace ordermill::study;

TEST_CASE("xorshift64 as published") {
    // x ^= x << 13; x ^= x >> 7; x ^= x << 17, from 0x9E3779B97F4A7C15 on.
    std::uint64_t state = 0x9E3779B97F4A7C15;
    for (int i = 0; i < 1000; ++i) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    CHECK(clean_order(0, 1000) == state);
    CHECK(clean_order(0, 0) == 0x9E3779B97F4A7C15);
}

TEST_CASE("every way does the same work") {
    for (const std::uint64_t orders : {0, 1, 2, 7}) {
        for (const std::uint64_t iterations : {1, 99, 100, 101, 12'345}) {
            const auto streaming = clean_in_turn(orders, iterations);
            CHECK(clean_in_threads(orders, iterations) == streaming);
            CHECK(clean_in_coroutines(orders, iterations) == streaming);
            CHECK(std::set<std::uint64_t>(streaming.begin(), streaming.end()).size() == orders);
        }
    }
}
