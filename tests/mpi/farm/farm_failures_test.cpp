#include "cluster/farm/farm.hpp"

#include "support/catch.hpp"
#include "support/farms.hpp"
#include "support/mpi.hpp"
#include "support/processes.hpp"
#include "system/process.hpp"

#include <chrono>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace ordermill;
using namespace testing::farms;
using testing::world;

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

TEST_CASE("the last worker may be silent for several leases") {
    if (!world() || workers() != 1) return;
    const cluster::farm::Limits limits{.lease = 2s, .last_ones_leases = 4};
    bool lost = false;
    Ledger ledger;
    Dealer dealer = deal(ledger, 2, plain_task);
    dealer.lost = [&](int) { lost = true; };
    try {
        if (rank() == 0) {
            cluster::farm::run(*world(), dealer, nullptr, limits);
        } else {
            int tasks = 0;
            const Work work = [&](const Task&, const Alive&) -> Reply {
                if (tasks++ == 0) std::this_thread::sleep_for(3500ms); // without a sign of life
                return {};
            };
            cluster::farm::serve(*world(), work, {.exit_code_of = exit_code_of});
        }
    } catch (const std::exception& error) {
        FAIL_CHECK(error.what());
    }
    CHECK(!lost);
    CHECK((rank() != 0 || ledger.taken == 2));
    REQUIRE(works_after());
}

TEST_CASE("a worker that never says a word is lost, and its process ended when the run is over") {
    if (!world() || workers() < 2) return;
    boost::mpi::communicator own(*world(), boost::mpi::comm_duplicate); // what it is told stays in it
    const int silent = workers();
    const cluster::farm::Limits limits{.lease = 1s, .last_ones_leases = 10};
    if (rank() == 0) {
        test::ChildProcess standing_still([] {
            for (;;) ::pause();
        });
        std::vector<system::Process> processes(static_cast<std::size_t>(workers()) + 1);
        processes.back() = {standing_still.number(), system::this_process().space};
        int lost = 0;
        const Dealer dealer{.next = [](int, bool) { return std::nullopt; },
                            .take = [](int, Reply&&) {},
                            .finished = [&] { return lost != 0; },
                            .tick = nullptr,
                            .lost = [&](int worker) { lost = worker; },
                            .stop = nullptr};
        CHECK_NOTHROW(cluster::farm::run(own, dealer, nullptr, limits, processes));
        CHECK(lost == silent);
        const auto until = std::chrono::steady_clock::now() + 5s;
        while (!processes.back().known_dead() && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(1ms);
        CHECK(processes.back().known_dead());
    } else if (rank() != silent) {
        const Work work = [](const Task&, const Alive&) -> Reply { return {}; };
        CHECK(cluster::farm::serve(own, work, {.exit_code_of = exit_code_of, .limits = limits}));
    }
    REQUIRE(works_after());
}
