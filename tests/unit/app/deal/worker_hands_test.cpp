#include "app/deal/worker_hands.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace ordermill;
using app::WorkerHands;

TEST_CASE("a worker is told what was sent to it, in order, and nothing else") {
    WorkerHands hands(2);
    hands.send(1, "a");
    hands.send(1, "b", std::make_shared<const std::string>("body"));
    hands.send(2, "c");
    CHECK(hands.next_urgent(1)->head == "a");
    const auto second = hands.next_urgent(1);
    CHECK(second->head == "b");
    CHECK(*second->body == "body");
    CHECK(second->urgent);
    CHECK(!hands.next_urgent(1));
    CHECK(hands.next_urgent(2)->head == "c");
}

TEST_CASE("small writes that follow each other are one task, up to 32") {
    constexpr std::uint64_t small = 100;
    constexpr std::uint64_t large = 1 << 20;
    WorkerHands hands(1);
    const auto sizes = [&hands] {
        std::vector<std::size_t> found;
        while (const auto task = hands.next_urgent(1))
            found.push_back(task->head.size() / sizeof(app::WriteTask));
        return found;
    };
    for (const std::uint64_t bytes : {small, small, large, large, small, small})
        hands.send_write(1, {}, bytes);
    CHECK(sizes() == std::vector<std::size_t>{2, 1, 1, 2});
    hands.send_write(1, {}, small);
    hands.send(1, std::string(sizeof(app::WriteTask), 'x'));
    hands.send_write(1, {}, small);
    CHECK(sizes() == std::vector<std::size_t>{1, 1, 1});
    for (int i = 0; i < 70; ++i) hands.send_write(1, {}, small);
    CHECK(sizes() == std::vector<std::size_t>{32, 32, 6});
}

TEST_CASE("hands are idle when nothing is to be told or answered") {
    WorkerHands hands(2);
    CHECK(hands.idle());
    hands.send(2, "a");
    CHECK(hands.all_answered());
    CHECK_FALSE(hands.idle());
    (void)hands.next_urgent(2);
    hands.given(2);
    CHECK_FALSE(hands.all_answered());
    hands.given(1);
    CHECK(hands.answered(2));
    CHECK_FALSE(hands.all_answered());
    CHECK(hands.answered(1));
    CHECK(hands.idle());
}

TEST_CASE("a lost worker owes nothing, and its answers mean nothing") {
    WorkerHands hands(3);
    hands.given(2);
    hands.given(2);
    hands.given(3);
    hands.send(2, "a");
    CHECK(hands.lose(2));
    CHECK_FALSE(hands.lose(2));
    CHECK_FALSE(hands.answered(2));
    CHECK_FALSE(hands.all_answered()); // worker 3 still owes one
    CHECK(hands.answered(3));
    CHECK(hands.idle());
    CHECK(hands.alive() == std::vector<int>{1, 3});
    CHECK(hands.count_alive() == 2);
}

TEST_CASE("all have finished when each has, or is lost") {
    WorkerHands hands(3);
    hands.finish(1);
    hands.finish(3);
    CHECK_FALSE(hands.all_finished());
    SECTION("the last one finishes") { hands.finish(2); }
    SECTION("the last one is lost") { hands.lose(2); }
    CHECK(hands.all_finished());
}
