#include "cluster/farm/farm.hpp"
#include "cluster/farm/serial.hpp"

#include "support/catch.hpp"
#include "support/farms.hpp"
#include "support/mpi.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace ordermill;
using namespace testing::farms;
using testing::world;

TEST_CASE("every task is done exactly once, in any order, and as the serial run does it") {
    if (!world()) return;
    constexpr std::uint64_t count = 300;
    const auto make = [](std::uint64_t id) {
        Task task = plain_task(id);
        if (id % 3 == 0) task.body = std::make_shared<std::string>(pattern(id * 997, id));
        return task;
    };
    const auto answer = [](const Task& task) {
        std::string body = task.body ? *task.body : "null";
        std::reverse(body.begin(), body.end());
        return Reply{0, task.head + "!", std::move(body)};
    };
    std::mt19937 random(static_cast<unsigned>(20 + rank()));
    Ledger ledger;
    const Outcome outcome = farm_out(deal(ledger, count, make), [&](const Task& task, const Alive& alive) {
        toil(std::chrono::microseconds(random() % 3000), alive);
        return answer(task);
    });
    CHECK(outcome.orderly);
    if (rank() == 0) {
        Ledger oracle;
        cluster::serial::run(deal(oracle, count, make),
                             [&](const Task& task, const Alive&) { return answer(task); });
        CHECK(ledger.entries.size() == count);
        CHECK(ledger.entries == oracle.entries);
        CHECK(std::is_sorted(oracle.order.begin(), oracle.order.end()));
        if (workers() > 1) CHECK_FALSE(std::is_sorted(ledger.order.begin(), ledger.order.end()));
    }
    REQUIRE(testing::on_all(*world(), outcome.orderly));
}

TEST_CASE("a farm without tasks ends") {
    if (!world()) return;
    Ledger ledger;
    const Outcome outcome =
        farm_out(deal(ledger, 0, plain_task), [](const Task&, const Alive&) { return Reply{}; });
    CHECK(outcome.orderly);
    CHECK(works_after());
}

TEST_CASE("few tasks spread over all workers") {
    if (!world()) return;
    Ledger ledger;
    const Outcome outcome = farm_out(deal(ledger, static_cast<std::uint64_t>(workers()), plain_task),
                                     [](const Task&, const Alive& alive) {
                                         toil(20ms, alive);
                                         return Reply{};
                                     });
    CHECK(outcome.orderly);
    for (int worker = 1; rank() == 0 && worker <= workers(); ++worker) CHECK(ledger.count_of(worker) == 1);
}

TEST_CASE("a slow worker gets fewer tasks") {
    if (!world() || workers() < 2) return;
    Ledger ledger;
    const Outcome outcome = farm_out(deal(ledger, 120, plain_task), [](const Task&, const Alive& alive) {
        toil(rank() == 1 ? 30ms : 2ms, alive);
        return Reply{};
    });
    CHECK(outcome.orderly);
    if (rank() != 0) return;
    CHECK(ledger.taken == 120);
    CHECK(ledger.count_of(1) >= 2);
    CHECK(ledger.count_of(1) * 3 < ledger.count_of(2));
}

TEST_CASE("an urgent task goes to its worker and overtakes") {
    if (!world()) return;
    // Each worker gets two ordinary tasks at once and, while it does the first, an urgent one.
    std::map<int, int> ordinary;
    std::map<int, int> urgent;
    std::map<int, std::vector<std::string>> done;
    std::map<int, int> in_hand;
    bool room_is_right = true;
    int taken = 0;
    const auto begin = Clock::now();
    Dealer dealer;
    dealer.next = [&](int worker, bool room) -> std::optional<Task> {
        room_is_right = room_is_right && room == (in_hand[worker] < 2);
        Task task;
        if (room && ordinary[worker] < 3) {
            ++in_hand[worker];
            task.head = "ordinary " + std::to_string(++ordinary[worker]);
            return task;
        }
        if (room || urgent[worker] == 1 || Clock::now() < begin + 60ms) return std::nullopt;
        ++urgent[worker];
        task.urgent = true;
        task.head = "urgent for " + std::to_string(worker);
        return task;
    };
    dealer.take = [&](int worker, Reply&& reply) {
        ++taken;
        if (reply.head.starts_with("ordinary")) --in_hand[worker];
        done[worker].push_back(reply.head);
    };
    dealer.finished = [&] { return taken == 4 * workers(); };
    const Outcome outcome = farm_out(dealer, [](const Task& task, const Alive& alive) {
        toil(task.head == "ordinary 1" ? 150ms : 1ms, alive);
        return Reply{0, task.head, {}};
    });
    CHECK(outcome.orderly);
    CHECK(room_is_right);
    for (int worker = 1; rank() == 0 && worker <= workers(); ++worker) {
        const std::vector<std::string> expected = {"ordinary 1", "urgent for " + std::to_string(worker),
                                                   "ordinary 2", "ordinary 3"};
        CHECK(done[worker] == expected);
    }
}

TEST_CASE("a task that waits for another worker is held, and answered once") {
    if (!world()) return;
    // Every worker waits for something of the one before it, which is told to send it only later.
    std::map<int, std::string> waiting, telling;
    const auto begin = Clock::now();
    Dealer dealer;
    dealer.next = [&](int worker, bool room) -> std::optional<Task> {
        if (waiting.try_emplace(worker).second)
            return Task{.id = 0, .head = "wait", .body = nullptr, .urgent = true};
        if (!room || Clock::now() < begin + 60ms || !telling.try_emplace(worker).second) return std::nullopt;
        return Task{.id = 0, .head = "tell", .body = nullptr, .urgent = false};
    };
    int taken = 0;
    dealer.take = [&](int worker, Reply&& reply) {
        ++taken;
        (reply.head == "told" ? telling : waiting)[worker] = reply.head;
    };
    dealer.finished = [&] { return taken == 2 * workers(); };
    if (rank() == 0) {
        cluster::farm::run(*world(), dealer);
        for (int worker = 1; worker <= workers(); ++worker) {
            INFO("worker " << worker);
            CHECK(telling[worker] == "told");
            // At once, when something came, and when the other task was done: not again and again.
            CHECK((waiting[worker] == "waited 2" || waiting[worker] == "waited 3"));
        }
        return;
    }
    int received = 0;
    int tries = 0;
    cluster::Peers peers;
    peers.receive = [&](int, std::string&&) { ++received; };
    const auto work = [&](const Task& task, const Alive&) {
        if (task.head == "tell") {
            peers.send(rank() % workers() + 1, "something");
            return Reply{0, "told", {}};
        }
        ++tries;
        if (received == 0) return Reply{.id = 0, .head = {}, .body = {}, .not_yet = true};
        return Reply{0, "waited " + std::to_string(tries), {}};
    };
    CHECK(cluster::farm::serve(*world(), work, {.exit_code_of = exit_code_of, .peers = &peers}));
}

TEST_CASE("bodies of any size arrive intact both ways") {
    if (!world()) return;
    const std::vector<std::size_t> sizes = {0,      1,      4'000,   4'096,   65'000,      65'400, 65'500,
                                            65'536, 70'000, 1 << 20, 8 << 20, 100'000'000, 3,      1 << 22};
    const auto size_of = [&](std::uint64_t id) { return sizes[id % sizes.size()]; };
    Ledger ledger;
    const auto make = [&](std::uint64_t id) {
        Task task = plain_task(id);
        task.head.append(id * 100, 'h');
        if (id != sizes.size()) task.body = std::make_shared<std::string>(pattern(size_of(id), id));
        return task;
    };
    Dealer dealer = deal(ledger, sizes.size() + 1, make);
    dealer.take = [&, take = dealer.take](int worker, Reply&& reply) {
        // The largest are compared here rather than kept.
        const bool null = reply.id == sizes.size();
        const std::string expected = null ? "null" : "<" + pattern(size_of(reply.id), reply.id) + ">";
        INFO("task " << reply.id << " of " << expected.size() << " bytes");
        CHECK(reply.body.size() == expected.size());
        CHECK((reply.body == expected));
        CHECK(reply.head == make(reply.id).head);
        reply.body.clear();
        take(worker, std::move(reply));
    };
    const Outcome outcome = farm_out(dealer, [](const Task& task, const Alive&) {
        return Reply{0, task.head, task.body ? "<" + *task.body + ">" : "null"};
    });
    CHECK(outcome.orderly);
    CHECK(outcome.message() == "");
    CHECK(ledger.taken == (rank() == 0 ? sizes.size() + 1 : 0));
}

TEST_CASE("a dealer with nothing for now is asked again") {
    if (!world()) return;
    SECTION("a slow source") {
        Ledger ledger;
        Dealer dealer = deal(ledger, 10, plain_task);
        auto ready = Clock::now();
        dealer.next = [&, next = dealer.next](int worker, bool room) -> std::optional<Task> {
            if (Clock::now() < ready) return std::nullopt;
            auto task = next(worker, room);
            if (task) ready = Clock::now() + 30ms;
            return task;
        };
        const Outcome outcome = farm_out(dealer, [](const Task&, const Alive&) { return Reply{}; });
        CHECK(outcome.orderly);
        if (rank() == 0) {
            CHECK(ledger.taken == 10);
            CHECK(ledger.ticks >= 3);
            CHECK(outcome.time < 600ms);
        }
    }
    SECTION("a full window: one task at a time over all workers") {
        Ledger ledger;
        Dealer dealer = deal(ledger, 100, plain_task);
        dealer.next = [&, next = dealer.next](int worker, bool room) -> std::optional<Task> {
            if (ledger.dealt > ledger.taken) return std::nullopt;
            const int turn =
                1 + static_cast<int>(ledger.dealt) % workers(); // another one than that which just answered
            return worker == turn ? next(worker, room) : std::nullopt;
        };
        const Outcome outcome = farm_out(dealer, [](const Task&, const Alive&) { return Reply{}; });
        CHECK(outcome.orderly);
        if (rank() == 0) {
            CHECK(ledger.taken == 100);
            CHECK(std::is_sorted(ledger.order.begin(), ledger.order.end()));
        }
    }
}

TEST_CASE("waiting ranks sleep") {
    if (!world()) return;
    const auto cpu = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
    Ledger ledger;
    const auto end = Clock::now() + 500ms;
    Dealer dealer = deal(ledger, 0, plain_task);
    dealer.finished = [&] { return Clock::now() > end; };
    const double before = cpu();
    const Outcome outcome = farm_out(dealer, [](const Task&, const Alive&) { return Reply{}; });
    const double used = cpu() - before;
    CHECK(outcome.orderly);
    INFO("rank " << rank());
    CHECK(used < 0.1); // some 0.01 s; spinning takes 0.5 s
    if (rank() == 0) CHECK(ledger.ticks >= 5);
}

TEST_CASE("what a reply leads to leaves in one message, and so do the replies") {
    if (!world()) return;
    // Each ordinary task that is done leads to urgent ones for its worker.
    constexpr int rounds = 100;
    constexpr int urgent_ones = 4;
    std::map<int, int> ordinary, urgent;
    int taken = 0;
    Dealer dealer;
    dealer.next = [&](int worker, bool room) -> std::optional<Task> {
        Task task;
        if (urgent[worker] > 0) {
            --urgent[worker];
            task.urgent = true;
            return task;
        }
        if (!room || ordinary[worker] == rounds) return std::nullopt;
        ++ordinary[worker];
        task.head = "ordinary";
        return task;
    };
    dealer.take = [&](int worker, Reply&& reply) {
        ++taken;
        if (reply.head == "ordinary") urgent[worker] += urgent_ones;
    };
    dealer.finished = [&] { return taken == (1 + urgent_ones) * rounds * workers(); };
    const Outcome outcome = farm_out(dealer, [](const Task& task, const Alive& alive) {
        if (task.head == "ordinary") toil(1ms, alive);
        return Reply{0, task.head, {}};
    });
    CHECK(outcome.orderly);
    if (rank() != 0) return;
    const auto tasks = static_cast<double>(rounds * workers());
    double replies = 0;
    for (std::size_t worker = 1; worker < outcome.usage.size(); ++worker)
        replies += static_cast<double>(outcome.usage[worker].messages);
    INFO(static_cast<double>(outcome.usage[0].messages) / tasks << " and " << replies / tasks
                                                                << " messages for an ordinary task");
    CHECK(static_cast<double>(outcome.usage[0].messages) / tasks < 1.6); // 1; apart they would be 5
    CHECK(replies / tasks < 2.6);                                        // at most 2
}

TEST_CASE("thousands of tiny tasks") {
    if (!world()) return;
    constexpr std::uint64_t count = 20'000;
    Ledger ledger;
    const Outcome outcome = farm_out(deal(ledger, count, [](std::uint64_t) { return Task{}; }),
                                     [](const Task& task, const Alive&) {
                                         return Reply{0, std::to_string(task.id), {}};
                                     });
    CHECK(outcome.orderly);
    if (rank() != 0) return;
    CHECK(ledger.entries.size() == count);
    CHECK(std::all_of(ledger.entries.begin(), ledger.entries.end(), [](const auto& entry) {
        return entry.second.times == 1 && entry.second.head == std::to_string(entry.first);
    }));
}

TEST_CASE("rank 0 learns what each rank used") {
    if (!world()) return;
    Ledger ledger;
    const Outcome outcome = farm_out(deal(ledger, static_cast<std::uint64_t>(workers()) * 2, plain_task),
                                     [](const Task&, const Alive& alive) {
                                         toil(20ms, alive);
                                         return Reply{};
                                     });
    CHECK(outcome.orderly);
    if (rank() != 0) return;
    REQUIRE(outcome.usage.size() == static_cast<std::size_t>(workers()) + 1);
    for (const Usage& usage : outcome.usage) {
        CHECK(usage.peak_rss > 1'000'000);
        CHECK(usage.user_seconds + usage.system_seconds > 0);
        const bool own = &usage == outcome.usage.data();
        CHECK(usage.busy_seconds >= (own ? 0 : 0.02));
        CHECK(usage.busy_seconds < (own ? 0.001 : 5));
    }
}
