#pragma once

#include "app/deal/scheduler.hpp"
#include "app/work/worker.hpp"
#include "cluster/work/work.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

/// A farm in one process whose replies arrive in a random order: any order that MPI could give, without MPI.
namespace ordermill::test {

/// Around what a worker does, and when it dies.
struct Watcher {
    std::function<void(int worker)> begins = [](int) {};
    std::function<void()> ends = [] {};
    std::function<void(int worker)> dies = [](int) {};
};

/// `peers`: the workers' links, in their order. `lose`: so many workers die, each at a random moment.
inline void run_shuffled(const cluster::Dealer& dealer, std::vector<std::unique_ptr<app::Worker>>& workers,
                         std::vector<cluster::Peers>& peers, std::mt19937_64& random, int lose = 0,
                         const Watcher& watcher = {}) {
    struct Letter {
        int from, to;
        std::string bytes;
    };
    std::vector<Letter> letters;
    for (std::size_t i = 0; i < peers.size(); ++i) {
        const int from = static_cast<int>(i) + 1;
        peers[i].send = [&letters, from](int to, std::string&& bytes) {
            letters.push_back({from, to, std::move(bytes)});
        };
    }
    struct InHand {
        std::deque<cluster::Task> urgent, ordinary, held; ///< held: waits for another worker
        void try_held_again() {
            urgent.insert(urgent.end(), held.begin(), held.end());
            held.clear();
        }
    };
    std::vector<InHand> hands(workers.size() + 1);
    std::vector<std::pair<int, cluster::Reply>> replies;
    std::vector<bool> dead(workers.size() + 1, false);
    // What is on its way from the dead may still arrive at the others, but not at rank 0.
    const auto die = [&](int worker) {
        dead[static_cast<std::size_t>(worker)] = true;
        hands[static_cast<std::size_t>(worker)] = {};
        std::erase_if(replies, [worker](const auto& reply) { return reply.first == worker; });
        watcher.dies(worker);
        dealer.lost(worker);
    };
    while (!dealer.finished()) {
        const int worker = 1 + static_cast<int>(random() % workers.size());
        if (dead[static_cast<std::size_t>(worker)]) continue;
        if (lose > 0 && random() % 200 == 0) {
            --lose;
            die(worker);
            continue;
        }
        InHand& hand = hands[static_cast<std::size_t>(worker)];
        switch (random() % 4) {
        case 3: {
            if (letters.empty()) break;
            std::swap(letters[random() % letters.size()], letters.back());
            Letter letter = std::move(letters.back());
            letters.pop_back();
            if (dead[static_cast<std::size_t>(letter.to)]) break;
            peers[static_cast<std::size_t>(letter.to) - 1].receive(letter.from, std::move(letter.bytes));
            hands[static_cast<std::size_t>(letter.to)].try_held_again();
            break;
        }
        case 0:
            if (auto task = dealer.next(worker, hand.ordinary.size() < 2)) {
                (task->urgent ? hand.urgent : hand.ordinary).push_back(std::move(*task));
            }
            break;
        case 1: {
            auto& queue = hand.urgent.empty() ? hand.ordinary : hand.urgent;
            if (queue.empty()) {
                hand.try_held_again();
                break;
            }
            const cluster::Task task = std::move(queue.front());
            queue.pop_front();
            watcher.begins(worker);
            cluster::Reply reply = workers[static_cast<std::size_t>(worker) - 1]->work(task, [] {});
            watcher.ends();
            if (reply.not_yet) {
                hand.held.push_back(task);
                break;
            }
            reply.id = task.id;
            replies.emplace_back(worker, std::move(reply));
            hand.try_held_again();
            break;
        }
        default:
            // One worker's replies stay in their order, as MPI keeps them.
            for (auto reply = replies.begin(); reply != replies.end(); ++reply) {
                if (reply->first != worker) continue;
                cluster::Reply taken = std::move(reply->second);
                replies.erase(reply);
                dealer.take(worker, std::move(taken));
                break;
            }
        }
    }
}

} // namespace ordermill::test
