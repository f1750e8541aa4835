#include "cluster/farm.hpp"
#include "cluster/serial.hpp"

#include "support/catch.hpp"
#include "support/mpi.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace ordermill;
using namespace std::chrono_literals;
using cluster::Alive;
using cluster::Dealer;
using cluster::Reply;
using cluster::Task;
using cluster::Usage;
using cluster::Work;
using testing::world;
using Clock = std::chrono::steady_clock;

namespace {

int rank() { return testing::session().rank(); }
int workers() { return testing::session().size() - 1; }

int exit_code_of(const std::exception& error) { return dynamic_cast<const std::bad_alloc*>(&error) ? 3 : 1; }

/// Works for that long as real work does: in slices, with signs of life.
void toil(std::chrono::microseconds time, const Alive& alive) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
        std::this_thread::sleep_for(std::min<Clock::duration>(end - Clock::now(), 500us));
        alive();
    }
}

/// Bytes that depend on every argument, made at memory speed.
std::string pattern(std::size_t size, std::uint64_t seed) {
    std::string bytes(size, '\0');
    std::uint64_t word = seed * 0x9E3779B97F4A7C15U + 1;
    for (std::size_t i = 0; i < size; i += sizeof word) {
        word = word * 6364136223846793005U + 1442695040888963407U;
        std::memcpy(bytes.data() + i, &word, std::min(sizeof word, size - i));
    }
    return bytes;
}

/// What came back, by task.
struct Ledger {
    struct Entry {
        int times = 0;
        int worker = 0;
        std::string head;
        std::string body;
        bool operator==(const Entry& other) const { // the worker and the order may differ
            return times == other.times && head == other.head && body == other.body;
        }
    };
    std::uint64_t dealt = 0;
    std::uint64_t taken = 0;
    int ticks = 0;
    std::map<std::uint64_t, Entry> entries;
    std::vector<std::uint64_t> order;

    int count_of(int worker) const {
        return static_cast<int>(std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
            return entry.second.worker == worker;
        }));
    }
};

/// Deals tasks 0 .. count - 1, made by `make`, and keeps the replies.
Dealer deal(Ledger& ledger, std::uint64_t count, std::function<Task(std::uint64_t)> make) {
    Dealer dealer;
    dealer.next = [&ledger, count, make](int, bool room) -> std::optional<Task> {
        if (!room || ledger.dealt == count) return std::nullopt;
        Task task = make(ledger.dealt);
        task.id = ledger.dealt++;
        return task;
    };
    dealer.take = [&ledger](int worker, Reply&& reply) {
        ++ledger.taken;
        ledger.order.push_back(reply.id);
        auto& entry = ledger.entries[reply.id];
        ++entry.times;
        entry.worker = worker;
        entry.head = std::move(reply.head);
        entry.body = std::move(reply.body);
    };
    dealer.finished = [&ledger, count] { return ledger.taken == count; };
    dealer.tick = [&ledger] { ++ledger.ticks; };
    return dealer;
}

Task plain_task(std::uint64_t id) {
    Task task;
    task.head = "task " + std::to_string(id);
    return task;
}

/// What each rank saw of a farm.
struct Outcome {
    bool orderly = false; ///< `run` returned, `serve` returned true
    std::exception_ptr failure;
    Clock::duration time{};
    std::vector<Usage> usage;

    std::string message() const {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            return error.what();
        }
        return {};
    }
};

Outcome farm_out(const Dealer& dealer, const Work& work, boost::mpi::communicator& on = *world(),
                 std::chrono::milliseconds patience = cluster::farm::default_patience) {
    Outcome outcome;
    const auto begin = Clock::now();
    try {
        if (rank() == 0) {
            cluster::farm::run(on, dealer, &outcome.usage, {.patience = patience});
            outcome.orderly = true;
        } else {
            outcome.orderly = cluster::farm::serve(on, work, {.exit_code_of = exit_code_of});
        }
    } catch (...) {
        outcome.failure = std::current_exception();
    }
    outcome.time = Clock::now() - begin;
    return outcome;
}

/// Collective: a small farm on the same communicator still works, so nothing of the last one is left in it.
bool works_after() {
    Ledger ledger;
    const Outcome outcome = farm_out(deal(ledger, 50, plain_task), [](const Task& task, const Alive&) {
        return Reply{0, "after " + task.head, {}};
    });
    bool right = outcome.orderly;
    for (const auto& [id, entry] : ledger.entries) {
        right = right && entry.times == 1 && entry.head == "after task " + std::to_string(id);
    }
    return testing::on_all(*world(), right && (rank() != 0 || ledger.taken == 50));
}

} // namespace

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

TEST_CASE("an exception of work ends every rank") {
    if (!world()) return;
    std::mt19937 random(7); // the same on all ranks
    for (int round = 0; round < 6; ++round) {
        const int culprit = 1 + static_cast<int>(random() % static_cast<unsigned>(workers()));
        const int at = static_cast<int>(random() % 8);
        const bool large = round % 2 == 1;
        const bool memory = round % 3 == 2;
        INFO("round " << round << ": rank " << culprit << " at its task " << at);
        int mine = 0;
        Ledger ledger;
        const auto make = [&](std::uint64_t id) {
            Task task = plain_task(id);
            if (large) task.body = std::make_shared<std::string>(pattern(3 << 20, id));
            return task;
        };
        const Outcome outcome = farm_out(deal(ledger, 1'000'000, make), [&](const Task&, const Alive& alive) {
            toil(1ms, alive);
            if (rank() == culprit && mine++ == at) {
                if (memory) throw std::bad_alloc();
                throw std::runtime_error("the record bit me");
            }
            return Reply{0, "", large ? std::string(2 << 20, 'r') : ""};
        });
        CHECK_FALSE(outcome.orderly);
        if (rank() == 0) {
            try {
                REQUIRE(outcome.failure);
                std::rethrow_exception(outcome.failure);
            } catch (const cluster::RemoteError& error) {
                CHECK(error.rank == culprit);
                CHECK(error.host == testing::session().host());
                CHECK(std::string(error.what()) == (memory ? std::bad_alloc().what() : "the record bit me"));
                CHECK(error.exit_code == (memory ? 3 : 1));
            } catch (const std::exception& error) {
                FAIL_CHECK(error.what());
            }
        } else {
            CHECK_FALSE(outcome.failure); // told, not thrown
        }
        REQUIRE(works_after());
    }
}

TEST_CASE("an exception that is not a std::exception is told too") {
    if (!world()) return;
    Ledger ledger;
    const Outcome outcome =
        farm_out(deal(ledger, 10, plain_task), [](const Task&, const Alive&) -> Reply { throw 7; });
    CHECK_FALSE(outcome.orderly);
    if (rank() == 0) CHECK(outcome.message() == "unknown exception");
    REQUIRE(works_after());
}

TEST_CASE("an exception of the dealer stops the workers, who are in the midst of long work") {
    if (!world()) return;
    for (const std::string where : {"next", "take", "tick", "finished"}) {
        INFO(where);
        Ledger ledger;
        Dealer dealer = deal(ledger, 1'000'000, plain_task);
        const auto bang = [&](bool now) {
            if (now) throw std::domain_error("out of " + where);
        };
        if (where == "next") {
            dealer.next = [&, next = dealer.next](int worker, bool room) {
                bang(ledger.taken == 3);
                return next(worker, room);
            };
        } else if (where == "take") {
            dealer.take = [&, take = dealer.take](int worker, Reply&& reply) {
                bang(ledger.taken == 3);
                take(worker, std::move(reply));
            };
        } else if (where == "tick") {
            dealer.tick = [&] { bang(++ledger.ticks == 4); };
        } else {
            dealer.finished = [&] {
                bang(ledger.taken == 3);
                return false;
            };
        }
        int mine = 0;
        const Outcome outcome = farm_out(dealer, [&](const Task&, const Alive& alive) {
            toil(mine++ < 4 ? 1ms : 20'000ms, alive);
            return Reply{};
        });
        CHECK_FALSE(outcome.orderly);
        CHECK(outcome.time < 2s);
        CHECK(outcome.message() == (rank() == 0 ? "out of " + where : ""));
        REQUIRE(works_after());
    }
}

TEST_CASE(
    "farms follow each other on one communicator, though large bodies were on their way when one ended") {
    if (!world()) return;
    for (int round = 0; round < 40; ++round) {
        INFO("round " << round);
        Ledger ledger;
        const std::uint64_t last = static_cast<std::uint64_t>(round) % 7 + 1;
        Dealer dealer = deal(ledger, 1'000'000, [&](std::uint64_t id) {
            Task task = plain_task(id);
            if (id % 2 == 0) task.body = std::make_shared<std::string>(300'000, 'b');
            return task;
        });
        dealer.finished = [&] { return ledger.taken >= last; }; // with tasks in hand: they are dropped
        const Outcome outcome = farm_out(dealer, [](const Task&, const Alive& alive) {
            toil(500us, alive);
            return Reply{0, {}, std::string(2 << 20, 'r')};
        });
        CHECK(outcome.orderly);
        REQUIRE(works_after());
    }
}

TEST_CASE("an ordinary task for a worker without room is the dealer's error") {
    if (!world()) return;
    Ledger ledger;
    Dealer dealer = deal(ledger, 100, plain_task);
    dealer.next = [](int, bool) { return std::optional<Task>(Task{}); };
    const Outcome outcome = farm_out(dealer, [](const Task&, const Alive&) { return Reply{}; });
    CHECK_FALSE(outcome.orderly);
    if (rank() == 0) CHECK_THROWS_AS(std::rethrow_exception(outcome.failure), std::logic_error);
    REQUIRE(works_after());
}

TEST_CASE("rank 0 doesn't wait for ever for a worker that won't stop") {
    if (!world()) return;
    boost::mpi::communicator own(*world(), boost::mpi::comm_duplicate); // the last message stays in it
    Ledger ledger;
    const Outcome outcome = farm_out(
        deal(ledger, 1000, plain_task),
        [](const Task&, const Alive&) -> Reply {
            if (rank() == 1) {
                std::this_thread::sleep_for(300ms); // the others have begun by then, on a busy machine too
                throw std::runtime_error("first");
            }
            std::this_thread::sleep_for(1500ms); // without a sign of life
            return {};
        },
        own, 200ms);
    CHECK_FALSE(outcome.orderly);
    if (rank() == 0) {
        if (workers() == 1) CHECK_THROWS_AS(std::rethrow_exception(outcome.failure), cluster::RemoteError);
        if (workers() > 1) {
            try {
                std::rethrow_exception(outcome.failure);
            } catch (const cluster::farm::Unstopped& error) {
                INFO(error.what());
                CHECK(std::string(error.what()).find("first (then: no answer from rank 2") == 0);
                CHECK_THROWS_AS(std::rethrow_exception(error.cause), cluster::RemoteError);
            } catch (const std::exception& error) {
                FAIL_CHECK(error.what());
            }
            CHECK(outcome.time < 1200ms);
        }
    }
    REQUIRE(works_after());
}
