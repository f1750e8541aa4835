#include "cluster/wire/task_pace.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace ordermill::cluster;
using namespace std::chrono_literals;

TEST_CASE("rank 0 spins through tiny tasks and sleeps through a quarter of others") {
    struct Row {
        Clock::duration task;
        bool spins;
        Waiting::Duration limit, nap;
    };
    for (const Row& row : {
             Row{1us, true, 1000us, 50us},
             Row{150us, true, 1000us, 74us},
             Row{250us, false, 1000us, 124us},
             Row{600us, false, 1000us, 299us},
             Row{600us, false, 50us, 50us}, // it drives a transfer
             Row{1500us, false, 1000us, 749us},
             Row{1s, false, 1000us, 1000us},
         }) {
        INFO("tasks of " << row.task.count() << " ns");
        TaskPace pace;
        CHECK(pace.spins());
        for (int i = 0; i < 100; ++i) pace.add(row.task);
        CHECK(pace.spins() == row.spins);
        const auto nap = pace.nap(row.limit);
        CHECK(nap >= row.nap);
        CHECK(nap <= row.nap + 1us);
    }
}

TEST_CASE("a pace that changes is followed") {
    TaskPace pace;
    for (int i = 0; i < 100; ++i) pace.add(1ms);
    CHECK_FALSE(pace.spins());
    for (int i = 0; i < 20; ++i) pace.add(10us);
    CHECK(pace.spins());
    pace.add(1ms); // one that is slow means nothing
    CHECK(pace.spins());
    for (int i = 0; i < 10; ++i) pace.add(1ms);
    CHECK_FALSE(pace.spins());
}
