#include "study/rows/phase_buckets.hpp"

#include "support/catch.hpp"

#include <random>

using namespace ordermill::study;

namespace {

double time_in(const PhaseBuckets& buckets, Phase phase) {
    double time = 0;
    for (const PhaseBuckets::Bar& bar : buckets.bars()) time += bar.phase == phase ? bar.end - bar.begin : 0;
    return time;
}

} // namespace

TEST_CASE("bars follow each other, and say what took most of the time") {
    PhaseBuckets buckets;
    buckets.add(Phase::read, 0, 0.010);
    buckets.add(Phase::clean, 0.010, 0.050);
    buckets.add(Phase::write, 0.070, 0.080);
    const auto bars = buckets.bars();
    REQUIRE(bars.size() == 4);
    const Phase expected[] = {Phase::read, Phase::clean, Phase::wait, Phase::write};
    for (std::size_t i = 0; i < bars.size(); ++i) {
        CHECK(bars[i].phase == expected[i]);
        if (i > 0) CHECK(bars[i].begin == Approx(bars[i - 1].end));
    }
    CHECK(bars[1].begin == Approx(0.010).margin(0.0011));
    CHECK(bars[1].end == Approx(0.050).margin(0.0011));
}

TEST_CASE("a long run has as few bars as a short one") {
    PhaseBuckets buckets;
    std::mt19937_64 random(7);
    double now = 0;
    for (int i = 0; i < 100'000; ++i) { // 0.3 s of cleaning, 0.1 s of writing, over and over: 11 hours
        buckets.add(Phase::clean, now, now + 0.3);
        buckets.add(Phase::write, now + 0.3, now + 0.4);
        now += 0.4;
    }
    CHECK(buckets.bars().size() <= 400);
    CHECK(buckets.bars().back().end > 0.99 * now);
    CHECK(time_in(buckets, Phase::clean) > 0.99 * now); // most of each bucket
}

TEST_CASE("nothing was done: no bars") { CHECK(PhaseBuckets().bars().empty()); }
