#include "study/analysis/bottleneck.hpp"

#include "support/catch.hpp"
#include "support/study_rows.hpp"

#include <cmath>
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
         [](RawRow& row) {
             turn_wait_into(row, Phase::write);
             row.parts = 2;
         },
         Bound::writing,
         "60 % writing"},
        {"writing to a disk that is slow, not to a file that is taken",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) {
             turn_wait_into(row, Phase::write);
             if (row.phase == Phase::write) row.cpu_s = 1.7;
         },
         Bound::writing,
         "60 % writing"},
        {"one file",
         {.seconds = 10, .useful = {4, 4, 4, 4}, .writing = 1.8},
         {},
         Bound::one_file,
         "60 % writing to the one file, or waiting for it, 40 % cleaning; it was being written to 72 % of "
         "the "
         "time; rank 0"},
        {"one file, but not all the time",
         {.seconds = 10, .useful = {4, 4, 4, 4}, .writing = 1.7},
         {},
         Bound::waiting,
         "43 % waiting, 40 % cleaning, 17 % writing"},
        {"files of their own: nothing to wait for",
         {.seconds = 10, .useful = {4, 4, 4, 4}, .writing = 1.8},
         [](RawRow& row) { row.parts = 4; },
         Bound::waiting,
         "42 % waiting, 40 % cleaning, 18 % writing"},
        {"two hosts",
         {.seconds = 10, .useful = {4, 4, 4, 4}, .writing = 1.8},
         [](RawRow& row) {
             if (row.rank == 4) row.host = "another";
         },
         Bound::waiting,
         "42 % waiting, 40 % cleaning, 18 % writing"},
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
         "50 % waiting for slower workers, 40 % cleaning, 10 % waiting; the busiest worker is busy for 9.00 "
         "s, "
         "the mean one for 4.00 s; rank 0 is busy 0 % of the time; the mean worker has 44 %"},
        {"not imbalance, however unequal the little work is",
         {.seconds = 10, .useful = {1, 0.5, 0.6, 0.5}},
         {},
         Bound::waiting,
         "90 % waiting, 6 % cleaning; rank 0"},
        {"no cores: only the wall time has grown",
         {.seconds = 25, .useful = {24, 24, 24, 24}},
         [](RawRow& row) {
             if (row.phase == Phase::clean) row.cpu_s = 9;
         },
         Bound::displaced,
         "60 % having work, but no core, 36 % cleaning; others used"},
        {"other load",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) {
             if (row.phase == Phase::total) row.host_busy_s = 16 + 20;
         },
         Bound::other_load,
         "60 % waiting beside other load, 40 % cleaning; others used 2.0 cores, the hypervisor took 0.0"},
        {"stolen cores",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) {
             if (row.phase == Phase::total) row.host_stolen_s = 15;
         },
         Bound::other_load,
         "the hypervisor took 1.5"},
        {"work in no phase",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) {
             if (row.phase == Phase::wait) row.cpu_s = 5;
         },
         Bound::uncounted,
         "60 % working outside of the phases"},
        {"reading without the CPU",
         {.seconds = 10, .useful = {4, 4, 4, 4}},
         [](RawRow& row) {
             turn_wait_into(row, Phase::read);
             if (row.phase == Phase::read) row.cpu_s = 1.5;
         },
         Bound::reading,
         "60 % reading, 40 % cleaning; 75 % of it without using the CPU"},
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

TEST_CASE("verdict: times that vary more than the shares differ tell nothing", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 1, .useful = {0.9}});
    add_run(rows, {.repeat = 0, .seconds = 0.142, .useful = {0.1, 0.1}});
    add_run(rows, {.repeat = 1, .seconds = 0.300, .useful = {0.2, 0.2}});
    add_run(rows, {.repeat = 2, .seconds = 0.661, .useful = {0.4, 0.4}});
    const Bottleneck noisy = find_bottleneck(measure(collect(rows).at(0)));
    CHECK_FALSE(noisy.firm);
    INFO(noisy.sentence);
    CHECK(noisy.sentence.starts_with(
        "Too noisy to tell what bounds the run: the times vary by 173 % (142 ms to "
        "661 ms), and the two largest shares are only 33 % apart. At 2 workers"));
    std::erase_if(rows, [](const RawRow& row) { return row.workers == 2 && row.repeat != 1; });
    const Bottleneck once = find_bottleneck(measure(collect(rows).at(0)));
    CHECK(once.firm);
    CHECK(once.sentence.ends_with("There was one run, so how far that is noise isn't known."));
}

// 1 worker 10 s, 4 workers 4 s: 2.5 times, 62.5 %. Alone, 4 processes take 2.94 s: 3.4 times, 85 %.
TEST_CASE("verdict: what of the loss is the machine's", "[study]") {
    std::vector<RawRow> rows;
    for (int repeat = 0; repeat < 2; ++repeat) {
        add_run(rows, {.repeat = repeat, .seconds = 10, .useful = {9}});
        add_run(rows, {.repeat = repeat, .seconds = 4, .useful = {3, 3, 3, 3}});
    }
    Collection runs = collect(rows).at(0);
    CHECK(ceiling_sentence(measure(runs)).empty());
    std::vector<RawRow> alone;
    add_run(alone, {.mode = Mode::strong_ceiling, .seconds = 10 / 3.4, .useful = {2, 2, 2, 2}});
    const Collection ceiling = collect(alone).at(0);
    const auto metrics = measure(runs, &ceiling);
    CHECK_FALSE(metrics[0].ceiling);
    REQUIRE(metrics[1].ceiling);
    CHECK(std::abs(metrics[1].ceiling->speedup - 3.4) < 1e-9);
    CHECK(std::abs(metrics[1].ceiling->of_ceiling - 2.5 / 3.4) < 1e-9);
    const std::string sentence = ceiling_sentence(metrics);
    INFO(sentence);
    CHECK(sentence.find("give 3.40 times the base, and ordermill reaches 74 % of that.") !=
          std::string::npos);
    CHECK(sentence.find("the machine loses 15 %") != std::string::npos);
    CHECK(sentence.find("ordermill 22 %") != std::string::npos);
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
