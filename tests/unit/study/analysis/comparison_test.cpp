#include "study/analysis/comparison.hpp"

#include "support/catch.hpp"
#include "support/study_rows.hpp"

#include <cmath>
#include <random>

using namespace ordermill::study;
using ordermill::test::add_run;

namespace {

std::vector<RawRow> runs(double seconds, int repeats, double noise, std::mt19937_64& random) {
    std::normal_distribution<double> normal(0, noise);
    std::vector<RawRow> rows;
    for (int repeat = 0; repeat < repeats; ++repeat)
        add_run(rows,
                {.repeat = repeat, .seconds = seconds * std::exp(normal(random)), .useful = {seconds / 2}});
    return rows;
}

} // namespace

// Hollander and Wolfe's example 4.1 (permeability of the human chorioamnion): estimate -0.305; its range of
// 95 % from U's table for 5 and 10 values is from the 9th difference from either end.
TEST_CASE("comparison: the shift of a textbook", "[study]") {
    const std::vector<double> first{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
    const std::vector<double> second{1.15, 0.88, 0.90, 0.74, 1.21};
    const Shift shift = shift_between(first, second);
    CHECK(std::abs(shift.value + 0.305) < 1e-9);
    REQUIRE(shift.range);
    CHECK(std::abs(shift.range->min + 0.76) < 1e-9);
    CHECK(std::abs(shift.range->max - 0.15) < 1e-9);
}

TEST_CASE("comparison: how many runs it takes", "[study]") {
    const std::vector<double> values{1, 2, 3, 4};
    const auto first = [&](std::size_t count) {
        return std::vector<double>(values.begin(), values.begin() + static_cast<long>(count));
    };
    CHECK(shift_between(first(4), first(4)).range);
    CHECK_FALSE(shift_between(first(3), first(3)).range);
    CHECK_FALSE(shift_between(first(1), first(4)).range);
}

TEST_CASE("comparison: the range holds the ratio in 95 of 100 pairs, and tells a difference of ten per cent",
          "[study]") {
    std::mt19937_64 random(20261127);
    constexpr int pairs = 400;
    for (const int repeats : {5, 10, 45}) {
        INFO(repeats << " runs each");
        int held = 0;
        int told = 0;
        for (int i = 0; i < pairs; ++i) {
            const auto sizes =
                compare_studies(runs(10, repeats, 0.02, random), runs(9, repeats, 0.02, random));
            REQUIRE(sizes.size() == 1);
            REQUIRE(sizes[0].ratio_range);
            held += sizes[0].ratio_range->min <= 0.9 && 0.9 <= sizes[0].ratio_range->max ? 1 : 0;
            told += sizes[0].sentence.find("the second is faster") != std::string::npos ? 1 : 0;
        }
        CHECK(held >= 0.92 * pairs);
        CHECK(held <= 0.99 * pairs);
        CHECK(told >= 0.99 * pairs);
    }
}

TEST_CASE("comparison: only what both have, and by the amount of work", "[study]") {
    std::vector<RawRow> first;
    std::vector<RawRow> second;
    for (int repeat = 0; repeat < 5; ++repeat) {
        add_run(first, {.repeat = repeat, .seconds = 10, .useful = {9}});
        add_run(first, {.repeat = repeat, .seconds = 5, .useful = {4, 4}});
        add_run(second, {.repeat = repeat, .seconds = 10, .useful = {4, 4}, .bytes = 2000});
    }
    const auto sizes = compare_studies(first, second);
    REQUIRE(sizes.size() == 1);
    CHECK(sizes[0].workers == 2);
    CHECK_FALSE(sizes[0].same_work);
    CHECK(std::abs(sizes[0].ratio - 1) < 1e-12); // twice the work in twice the time
    CHECK(sizes[0].sentence.starts_with("At 2 workers no difference can be told"));
    for (RawRow& row : second) row.mode = Mode::weak;
    CHECK_THROWS_AS(compare_studies(first, second), RowError);
}
