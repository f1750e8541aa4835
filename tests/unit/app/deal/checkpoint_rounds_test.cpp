#include "app/deal/checkpoint_rounds.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace ordermill;
using app::Checkpoint;
using app::CheckpointRounds;

namespace {

/// Rounds, and what they reached.
struct Rounds {
    CheckpointRounds rounds;
    std::vector<Checkpoint> reached;

    std::optional<std::uint64_t> begin(std::uint64_t so_far, const std::vector<int>& workers) {
        Checkpoint point;
        point.offset = 100 * so_far;
        return rounds.begin(so_far, point, workers, [this](const Checkpoint& at) { reached.push_back(at); });
    }
    std::optional<std::uint64_t> begin_saving(std::uint64_t so_far, const std::vector<int>& workers) {
        return rounds.begin_saving(so_far, workers, [this](const Checkpoint& at) { reached.push_back(at); });
    }
};

} // namespace

TEST_CASE("a checkpoint is reached when every worker has answered, with what was written when it began") {
    Rounds of;
    const auto number = of.begin(3, {1, 2});
    REQUIRE(number);
    of.rounds.answered(1, *number);
    CHECK(of.reached.empty());
    of.rounds.answered(1, *number); // again: worker 2 is still missing
    CHECK(of.reached.empty());
    of.rounds.answered(2, *number);
    REQUIRE(of.reached.size() == 1);
    CHECK(of.reached.front().offset == 300);
}

TEST_CASE("one round at a time, and none for nothing new") {
    Rounds of;
    const auto first = of.begin(3, {1});
    CHECK_FALSE(of.begin(4, {1})); // the first goes on
    of.rounds.answered(1, *first);
    CHECK_FALSE(of.begin(3, {1})); // nothing came since
    const auto second = of.begin(4, {1});
    REQUIRE(second);
    CHECK(*second != *first);
    of.rounds.answered(1, *first); // late
    CHECK(of.reached.size() == 1);
    of.rounds.answered(1, *second);
    CHECK(of.reached.size() == 2);
}

TEST_CASE("a worker that is lost during a round isn't waited for, nor in the rounds after it") {
    Rounds of;
    const auto first = of.begin(1, {1, 2, 3});
    of.rounds.answered(1, *first);
    of.rounds.lost(2);
    CHECK(of.reached.empty());
    SECTION("another one answers") { of.rounds.answered(3, *first); }
    SECTION("another one is lost as well") { of.rounds.lost(3); }
    CHECK(of.reached.size() == 1);
    of.rounds.lost(1); // between rounds: nothing
    const auto second = of.begin(2, {3});
    REQUIRE(second);
    of.rounds.answered(3, *second);
    CHECK(of.reached.size() == 2);
}

TEST_CASE("what workers keep on the disk comes with their answers") {
    Rounds of;
    of.rounds.add_saved({.file = 9, .begin = 0, .end = 1, .place = {}}); // no round goes on
    const auto first = of.begin_saving(5, {1, 2});
    of.rounds.add_saved({.file = 0, .begin = 10, .end = 20, .place = {}});
    of.rounds.answered(1, *first);
    of.rounds.add_saved({.file = 1, .begin = 7, .end = 9, .place = {}});
    of.rounds.answered(2, *first);
    REQUIRE(of.reached.size() == 1);
    REQUIRE(of.reached.front().saved.size() == 2);
    CHECK(of.reached.front().saved.front().end == 20);
    CHECK(of.reached.front().saved.back().file == 1);
    const auto second = of.begin_saving(6, {1, 2}); // nobody saves anything
    of.rounds.answered(1, *second);
    of.rounds.answered(2, *second);
    CHECK(of.reached.size() == 1);
    CHECK(of.begin_saving(7, {1, 2})); // but the round is over
}
