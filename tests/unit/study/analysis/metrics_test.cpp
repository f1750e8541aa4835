#include "study/analysis/metrics.hpp"

#include "study/analysis/analysis.hpp"
#include "support/catch.hpp"
#include "support/study_rows.hpp"

using namespace ordermill::study;
using ordermill::test::add_run;
using ordermill::test::MadeRun;

namespace {

#define CHECK_NEAR(actual, expected) CHECK((actual) == Approx(expected).epsilon(1e-9))
#if __has_include(<catch2/catch_all.hpp>)
using Catch::Approx;
#endif

std::vector<SizeMetrics> measured(const std::vector<RawRow>& rows) { return measure(collect(rows).at(0)); }

std::string refusal(const std::vector<RawRow>& rows) {
    try {
        collect(rows);
    } catch (const RowError& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

// 1 worker: 10, 12, 11 s; useful 8, 9.6, 8.8 (0.8 of the time each).
// 2 workers: 6 s, useful 5 and 3; 4 workers: 4 s, useful 3, 3, 2, 2 (10 altogether).
TEST_CASE("metrics: a strong study by hand", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.repeat = 0, .seconds = 10, .useful = {8}});
    add_run(rows, {.repeat = 1, .seconds = 12, .useful = {9.6}});
    add_run(rows, {.repeat = 2, .seconds = 11, .useful = {8.8}});
    add_run(rows, {.seconds = 6, .useful = {5, 3}, .dealing = 1.5});
    add_run(rows, {.seconds = 4, .useful = {3, 3, 2, 2}});
    const auto metrics = measured(rows);
    REQUIRE(metrics.size() == 3);

    const SizeMetrics& one = metrics[0];
    CHECK((one.base && one.workers == 1 && one.ranks == 2 && one.repeats == 3));
    CHECK_NEAR(one.time.min, 10);
    CHECK_NEAR(one.time.median, 11);
    CHECK_NEAR(one.time.max, 12);
    CHECK_NEAR(one.speedup.min, 11.0 / 12);
    CHECK_NEAR(one.speedup.median, 1);
    CHECK_NEAR(one.speedup.max, 1.1);
    CHECK_NEAR(one.bytes_per_second, 1000.0 / 11);
    CHECK_NEAR(one.records_per_second, 10.0 / 11);
    CHECK_FALSE(one.karp_flatt);
    CHECK(one.peak_rss == 2'000'000);

    const SizeMetrics& two = metrics[1];
    CHECK_NEAR(two.speedup.median, 11.0 / 6);
    CHECK_NEAR(two.efficiency.median, 11.0 / 12);
    // (6/11 - 1/2) / (1/2)
    REQUIRE(two.karp_flatt);
    CHECK_NEAR(two.karp_flatt->median, 1.0 / 11);
    CHECK(std::abs(two.karp_flatt->min) < 1e-12); // 6/12 - 1/2: the base may have taken 12 s
    CHECK_NEAR(two.karp_flatt->max, 0.2);
    // workers: mean useful 4, greatest 5, of 6 s
    CHECK_NEAR(two.pop_workers.load_balance, 0.8);
    CHECK_NEAR(two.pop_workers.communication_efficiency, 5.0 / 6);
    CHECK_NEAR(two.pop_workers.parallel_efficiency, 4.0 / 6);
    CHECK_NEAR(two.pop_workers.computation_scaling, 8.8 / 8);
    CHECK_NEAR(two.pop_workers.global_efficiency, 4.0 / 6 * 1.1);
    // with rank 0, which does nothing useful: mean 8/3
    CHECK_NEAR(two.pop_all.load_balance, 8.0 / 15);
    CHECK_NEAR(two.pop_all.communication_efficiency, 5.0 / 6);
    CHECK_NEAR(two.pop_all.parallel_efficiency, 8.0 / 18);
    CHECK_NEAR(two.pop_all.computation_scaling, 1.1);
    CHECK_NEAR(two.workers_profile[Phase::clean], 4);
    CHECK_NEAR(two.workers_profile[Phase::wait], 2);
    REQUIRE(two.producer_profile);
    CHECK_NEAR((*two.producer_profile)[Phase::deal], 1.5);

    const SizeMetrics& four = metrics[2];
    CHECK_NEAR(four.speedup.median, 2.75);
    CHECK_NEAR(four.karp_flatt->median, (4.0 / 11 - 0.25) / 0.75);
    CHECK_NEAR(four.pop_workers.load_balance, 10.0 / 12);
    CHECK_NEAR(four.pop_workers.computation_scaling, 0.88);
}

// Medians one by one would come from different runs: load balance of the second, efficiency of the third.
TEST_CASE("metrics: POP's products are what is printed, of the run of median time", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.repeat = 0, .seconds = 10, .useful = {8}});
    add_run(rows, {.repeat = 0, .seconds = 5, .useful = {4, 1}});
    add_run(rows, {.repeat = 1, .seconds = 6, .useful = {3, 3}});
    add_run(rows, {.repeat = 2, .seconds = 9, .useful = {3, 2}});
    const PopMetrics pop = measured(rows)[1].pop_workers;
    CHECK_NEAR(pop.load_balance, 1);
    CHECK_NEAR(pop.communication_efficiency, 0.5);
    CHECK_NEAR(pop.parallel_efficiency, pop.load_balance * pop.communication_efficiency);
    CHECK_NEAR(pop.computation_scaling, 8.0 / 6);
    CHECK_NEAR(pop.global_efficiency, pop.parallel_efficiency * pop.computation_scaling);
}

// Tables of the sign test: the 95 % interval of 6 to 8 values is from the first to the last, of 9 to 11 from
// the second, of 20 from the 6th, of 100 from the 40th.
TEST_CASE("metrics: the interval of a median by order statistics", "[study]") {
    const auto numbers = [](int n) {
        std::vector<double> values;
        for (int i = n; i > 0; --i) values.push_back(i);
        return values;
    };
    CHECK_FALSE(median_interval(numbers(5)));
    CHECK(std::isinf(median_doubt(numbers(5))));
    struct Case {
        int n;
        int from;
    };
    for (const Case& one : {Case{6, 1}, Case{8, 1}, Case{9, 2}, Case{11, 2}, Case{12, 3}, Case{20, 6},
                            Case{100, 40}, Case{1000, 469}, Case{1001, 469}, Case{2000, 956}}) {
        INFO(one.n);
        const auto interval = median_interval(numbers(one.n));
        REQUIRE(interval);
        CHECK(interval->min == one.from);
        CHECK(interval->max == one.n + 1 - one.from);
    }
    CHECK_NEAR(median_doubt({10, 9, 11, 10, 10, 10}), 0.1);
}

TEST_CASE("metrics: what others did is what the ranks didn't", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 10, .useful = {8, 6}, .dealing = 1});
    for (RawRow& row : rows) {
        if (row.phase != Phase::total) continue;
        row.host_busy_s = row.rank == 2 ? 20 : 19; // they ask at slightly different times
        row.host_stolen_s = 2;
        row.involuntary_switches = 30;
        row.load_average = 1.5;
    }
    const OthersLoad others = measured(rows)[0].others;
    CHECK_NEAR(others.cores, (20 - 8 - 6 - 1) / 10.0);
    CHECK_NEAR(others.stolen, 0.2);
    CHECK_NEAR(others.switches_per_second, 3);
    CHECK_NEAR(others.load_average, 1.5);
}

TEST_CASE("metrics: weak scaling is normalised by the work", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.mode = Mode::weak, .seconds = 10, .useful = {8}, .bytes = 1000});
    add_run(rows, {.mode = Mode::weak, .seconds = 12.5, .useful = {10, 10}, .bytes = 2000});
    const auto metrics = measured(rows);
    CHECK_NEAR(metrics[1].speedup.median, 1.6); // twice the work in 1.25 times the time
    CHECK_NEAR(metrics[1].efficiency.median, 0.8);
    CHECK_FALSE(metrics[1].karp_flatt);
    CHECK_NEAR(metrics[1].pop_workers.computation_scaling, 0.8); // 8 for 1000 bytes, 20 for 2000
}

TEST_CASE("metrics: the base needn't be one worker, and a serial run is none", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 6, .useful = {1, 1}});
    add_run(rows, {.seconds = 4, .useful = {1, 1, 1, 1}});
    RawRow serial = rows.front();
    serial.ranks = serial.workers = 1;
    serial.role = Role::worker;
    serial.wall_s = 9;
    rows.push_back(serial);
    const auto metrics = measured(rows);
    REQUIRE(metrics.size() == 3);
    CHECK((metrics[0].serial && !metrics[0].base && !metrics[0].fits()));
    CHECK_NEAR(metrics[0].speedup.median, 2 * 6.0 / 9);
    CHECK((metrics[1].base && metrics[1].workers == 2));
    CHECK_NEAR(metrics[1].speedup.median, 2);
    CHECK_NEAR(metrics[2].speedup.median, 3);
    CHECK_NEAR(metrics[2].karp_flatt->median, (2.0 / 3 - 0.5) / 0.5);
    CHECK(measured({serial}).at(0).base);
}

TEST_CASE("metrics: without a rank 0, one rank is a size like others", "[study]") {
    std::vector<RawRow> rows;
    for (const int ranks : {1, 2, 4}) {
        for (int rank = 0; rank < ranks; ++rank) {
            RawRow row;
            row.study = "s1";
            row.mode = Mode::burn;
            row.ranks = row.workers = ranks;
            row.rank = rank;
            row.cores = 4;
            row.wall_s = 8.0 / ranks;
            rows.push_back(row);
        }
    }
    const auto metrics = measured(rows);
    CHECK((metrics[0].base && metrics[0].fits()));
    CHECK_NEAR(metrics[2].speedup.median, 4);
    CHECK_FALSE(metrics[2].oversubscribed);
}

TEST_CASE("metrics: more workers than cores is seen, host by host", "[study]") {
    struct Case {
        int cores;
        bool oversubscribed;
    };
    for (const Case& one : {Case{1, true}, Case{2, false}, Case{3, false}}) {
        INFO(one.cores << " cores");
        std::vector<RawRow> rows;
        add_run(rows, {.useful = {1, 1}, .cores = one.cores});
        CHECK(measured(rows).at(0).oversubscribed == one.oversubscribed);
    }
    std::vector<RawRow> rows;
    add_run(rows, {.useful = {1, 1}, .cores = 1});
    for (RawRow& row : rows)
        if (row.rank == 2) row.host = "node2";
    CHECK_FALSE(measured(rows).at(0).oversubscribed);
}

TEST_CASE("metrics: medians of even numbers", "[study]") {
    CHECK(median({3}) == 3);
    CHECK(median({4, 1}) == 2.5);
    CHECK(median({9, 1, 5}) == 5);
    CHECK(median({9, 1, 5, 6}) == 5.5);
}

TEST_CASE("metrics: rows that contradict each other are refused", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 10, .useful = {8}});
    CHECK(refusal(rows) == "accepted");

    auto twice = rows;
    twice.push_back(rows.front());
    CHECK(collect(twice).at(0).notes == std::vector<std::string>{"1 row was there twice and counts once"});
    twice.back().wall_s = 11;
    CHECK(refusal(twice) == "study s1, 1 workers, repeat 0: two different rows for phase total of rank 0");

    auto torn = rows;
    torn.back().work_bytes = 7;
    CHECK(refusal(torn) == "study s1, 1 workers, repeat 0: its rows disagree about the run's work");

    auto other = rows;
    add_run(other, {.seconds = 5, .useful = {4, 4}, .bytes = 999, .study = "s2"});
    CHECK(refusal(other) ==
          "strong scaling: study s2 has other work at 2 workers than study s1: they can't be compared");

    std::vector<RawRow> idle;
    add_run(idle, {.mode = Mode::weak, .useful = {1}, .bytes = 0});
    CHECK(refusal(idle) == "weak scaling: 1 workers have neither bytes nor records");
}

TEST_CASE("metrics: a run that didn't end is left out, and said to be", "[study]") {
    std::vector<RawRow> rows;
    add_run(rows, {.seconds = 10, .useful = {8}});
    add_run(rows, {.seconds = 5, .useful = {4, 4}});
    std::erase_if(rows, [](const RawRow& row) { return row.rank == 2 && row.phase == Phase::total; });
    const auto collections = collect(rows);
    CHECK(collections.at(0).sizes.size() == 1);
    CHECK(collections.at(0).notes ==
          std::vector<std::string>{
              "left out, since it didn't end on every rank: study s1, 2 workers, repeat 0"});
    std::erase_if(rows, [](const RawRow& row) { return row.phase == Phase::total; });
    CHECK_THROWS_AS(analyse(rows), RowError);
    CHECK_THROWS_AS(analyse(std::vector<RawRow>{}), RowError);
}
