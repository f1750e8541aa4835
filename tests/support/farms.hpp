#pragma once

#include "cluster/farm/farm.hpp"
#include "support/mpi.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

/// Farms to test: tasks that are dealt and counted, and what each rank saw of it.
namespace ordermill::testing::farms {

using namespace std::chrono_literals;
using cluster::Alive;
using cluster::Dealer;
using cluster::Reply;
using cluster::Task;
using cluster::Usage;
using cluster::Work;
using Clock = std::chrono::steady_clock;

inline int rank() { return testing::session().rank(); }
inline int workers() { return testing::session().size() - 1; }

inline int exit_code_of(const std::exception& error) {
    return dynamic_cast<const std::bad_alloc*>(&error) ? 3 : 1;
}

/// Works for that long as real work does: in slices, with signs of life.
inline void toil(std::chrono::microseconds time, const Alive& alive) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
        std::this_thread::sleep_for(std::min<Clock::duration>(end - Clock::now(), 500us));
        alive();
    }
}

/// Bytes that depend on every argument, made at memory speed.
inline std::string pattern(std::size_t size, std::uint64_t seed) {
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
inline Dealer deal(Ledger& ledger, std::uint64_t count, std::function<Task(std::uint64_t)> make) {
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

inline Task plain_task(std::uint64_t id) {
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

inline Outcome farm_out(const Dealer& dealer, const Work& work, boost::mpi::communicator& on = *world(),
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
inline bool works_after() {
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

} // namespace ordermill::testing::farms
