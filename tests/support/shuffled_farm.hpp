#pragma once

#include "app/dealing.hpp"
#include "app/worker.hpp"
#include "cluster/work.hpp"

#include <deque>
#include <random>
#include <utility>
#include <vector>

/// A farm in one process whose replies arrive in a random order: any order that MPI could give, without MPI.
namespace ordermill::test {

inline void run_shuffled(const cluster::Dealer& dealer, std::vector<app::Worker>& workers, std::mt19937_64& random) {
    struct InHand {
        std::deque<cluster::Task> urgent, ordinary;
    };
    std::vector<InHand> hands(workers.size() + 1);
    std::vector<std::pair<int, cluster::Reply>> replies;
    while (!dealer.finished()) {
        const int worker = 1 + static_cast<int>(random() % workers.size());
        InHand& hand = hands[static_cast<std::size_t>(worker)];
        switch (random() % 3) {
        case 0:
            if (auto task = dealer.next(worker, hand.ordinary.size() < 2)) {
                (task->urgent ? hand.urgent : hand.ordinary).push_back(std::move(*task));
            }
            break;
        case 1: {
            auto& queue = hand.urgent.empty() ? hand.ordinary : hand.urgent;
            if (queue.empty()) break;
            cluster::Reply reply = workers[static_cast<std::size_t>(worker) - 1].work(queue.front(), [] {});
            reply.id = queue.front().id;
            replies.emplace_back(worker, std::move(reply));
            queue.pop_front();
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
