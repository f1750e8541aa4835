#include "study/analysis/bottleneck.hpp"

#include "support/catch.hpp"
#include "support/study_rows.hpp"

#include <functional>

using namespace ordermill::study;
using ordermill::test::add_run;
using ordermill::test::MadeRun;

namespace {

struct Case {
    const char* what;
    MadeRun run;                              ///< with four workers
    std::function<void(RawRow&)> change = {}; ///< of its rows
    Bound bound;
    const char* said; ///< a part of the sentence
};

void turn_wait_into(RawRow& row, Phase phase) {
    if (row.role == Role::worker && row.phase == Phase::wait) row.phase = phase;
}

} // namespace

TEST_CASE("verdict: what takes most of the workers' time bounds the run", "[study]") {
    const Case cases[] = {
        {"cleaning",
         {.seconds = 10, .useful = {9, 9, 9, 9}},
         {},
         Bound::cleaning,
         "At 4 workers their time is 90 % cleaning, 10 % waiting; rank 0 is busy 0 % of the time; the mean "
         "worker "
         "has 100 % of the busiest one's work."},
        {"memory bandwidth",
         {.seconds = 25, .useful = {24, 24, 24, 24}},
         {},
         Bound::slowdown,
         "60 % cleaning more slowly than at the base, 36 % cleaning"},
        {"reading",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) { turn_wait_into(row, Phase::read); },
         Bound::reading,
         "60 % reading, 40 % cleaning"},
        {"writing",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) { turn_wait_into(row, Phase::write); },
         Bound::writing,
         "60 % writing"},
        {"keys",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) { turn_wait_into(row, Phase::exchange); },
         Bound::exchange,
         "60 % exchanging keys"},
        {"rank 0",
         {.seconds = 10, .useful = {4, 4, 4, 4}, .dealing = 9},
         {},
         Bound::rank_0,
         "60 % waiting for rank 0, 40 % cleaning; rank 0 is busy 90 % of the time"},
        {"imbalance",
         {.seconds = 10, .useful = {9, 3, 2, 2}},
         {},
         Bound::imbalance,
         "60 % waiting for slower workers, 40 % cleaning; rank 0 is busy 0 % of the time; the mean worker "
         "has 44 %"},
        {"neither",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         {},
         Bound::waiting,
         "60 % waiting, 40 % cleaning"},
        {"a moment",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) {
             if (row.phase == Phase::wait) row.wall_s = 0;
         },
         Bound::elsewhere,
         "60 % starting and ending"},
    };
    for (const Case& one : cases) {
        INFO(one.what);
        std::vector<RawRow> rows;
        add_run(rows, {.seconds = 37, .useful = {36}});
        std::vector<RawRow> own;
        add_run(own, one.run);
        for (RawRow& row : own) {
            if (one.change) one.change(row);
            rows.push_back(row);
        }
        const Bottleneck bottleneck = find_bottleneck(measure(collect(rows).at(0)));
        CHECK(bottleneck.workers == 4);
        CHECK(name(bottleneck.bound) == name(one.bound));
        INFO(bottleneck.sentence);
        CHECK(bottleneck.sentence.find(one.said) != std::string::npos);
        double sum = 0;
        for (const Share& share : bottleneck.shares) sum += share.share;
        CHECK(std::abs(sum - 1) < 1e-9);
    }
}

TEST_CASE("verdict: oversubscribed sizes are judged only where there is nothing else", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 10, .useful = {9}, .cores = 1});
    add_run(rows, {.seconds = 10, .useful = {4, 4}, .cores = 1});
    CHECK(find_bottleneck(measure(collect(rows).at(0))).workers == 1);
    std::erase_if(rows, [](const RawRow& row) { return row.workers == 1; });
    const Bottleneck bottleneck = find_bottleneck(measure(collect(rows).at(0)));
    CHECK(bottleneck.workers == 2);
    CHECK(bottleneck.sentence.find("More workers than cores") != std::string::npos);
}
