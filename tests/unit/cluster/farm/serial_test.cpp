#include "cluster/farm/serial.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace ordermill::cluster;
using namespace std::chrono_literals;

namespace {

/// Deals `count` tasks and keeps the replies' heads.
struct Desk {
    explicit Desk(std::uint64_t tasks) : count(tasks) {}

    std::uint64_t count;
    std::uint64_t dealt = 0;
    int ticks = 0;
    std::vector<std::string> replies;

    Dealer dealer() {
        Dealer dealer;
        dealer.next = [this](int worker, bool room) -> std::optional<Task> {
            CHECK(worker == 1);
            CHECK(room);
            if (dealt == count) return std::nullopt;
            Task task;
            task.id = dealt++;
            task.head = "t" + std::to_string(task.id);
            return task;
        };
        dealer.take = [this](int worker, Reply&& reply) {
            CHECK(worker == 1);
            CHECK(reply.id == replies.size());
            replies.push_back(reply.head);
        };
        dealer.finished = [this] { return replies.size() == count; };
        dealer.tick = [this] { ++ticks; };
        return dealer;
    }
};

Reply echo(const Task& task, const Alive&) { return {0, task.head + "!", {}}; }

} // namespace

TEST_CASE("the serial run does the tasks one by one, in the order dealt") {
    Desk desk(3);
    Usage usage;
    serial::run(desk.dealer(), echo, &usage);
    CHECK(desk.replies == std::vector<std::string>{"t0!", "t1!", "t2!"});
    CHECK(desk.ticks >= 1);
    CHECK(usage.peak_rss > 0);
}

TEST_CASE("the serial run of nothing asks nothing") {
    Desk desk(0);
    Dealer dealer = desk.dealer();
    dealer.next = [](int, bool) -> std::optional<Task> { throw std::logic_error("asked"); };
    CHECK_NOTHROW(serial::run(dealer, echo));
}

TEST_CASE("the serial run asks again when there is nothing for now") {
    Desk desk(5);
    Dealer dealer = desk.dealer();
    int asked = 0;
    dealer.next = [&, next = dealer.next](int worker, bool room) -> std::optional<Task> {
        return ++asked % 10 == 0 ? next(worker, room) : std::nullopt;
    };
    serial::run(dealer, echo);
    CHECK(desk.replies.size() == 5);
    CHECK(asked == 50);
}

TEST_CASE("the serial run ticks from within long work, and counts it as busy") {
    Desk desk(1);
    Usage usage;
    const Work work = [](const Task& task, const Alive& alive) {
        for (int slice = 0; slice < 100; ++slice) {
            std::this_thread::sleep_for(2ms);
            alive();
        }
        return Reply{0, task.head, {}};
    };
    serial::run(desk.dealer(), work, &usage);
    CHECK(desk.ticks >= 3);
    CHECK(desk.ticks <= 100);
    CHECK(usage.busy_seconds >= 0.2);
}

TEST_CASE("exceptions pass through the serial run") {
    for (const std::string where : {"work", "next", "take", "tick"}) {
        INFO(where);
        Desk desk(3);
        Dealer dealer = desk.dealer();
        const auto bang = [&](const std::string& here) {
            if (here == where) throw std::domain_error("out of " + where);
        };
        dealer.next = [&, next = dealer.next](int worker, bool room) {
            bang("next");
            return next(worker, room);
        };
        dealer.take = [&, take = dealer.take](int worker, Reply&& reply) {
            bang("take");
            take(worker, std::move(reply));
        };
        dealer.tick = [&] { bang("tick"); };
        CHECK_THROWS_AS(serial::run(dealer,
                                    [&](const Task& task, const Alive& alive) {
                                        bang("work");
                                        return echo(task, alive);
                                    }),
                        std::domain_error);
    }
}
