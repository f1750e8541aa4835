#include "app/deal/worker_hands.hpp"

#include <algorithm>
#include <utility>

namespace ordermill::app {

WorkerHands::WorkerHands(int workers) : hands_(static_cast<std::size_t>(workers)) {}

void WorkerHands::send(int worker, std::string head, std::shared_ptr<const std::string> body) {
    hand(worker).urgent.push_back(
        {.id = 0, .head = std::move(head), .body = std::move(body), .urgent = true});
    hand(worker).takes_more = false;
}

void WorkerHands::send_write(int worker, const WriteTask& task, std::uint64_t bytes) {
    constexpr std::uint64_t small = std::uint64_t{16} << 10;
    constexpr std::size_t most = 32 * sizeof(WriteTask);
    Hand& to = hand(worker);
    const bool joins = bytes <= small && !to.urgent.empty() && to.takes_more;
    if (joins)
        to.urgent.back().head += pack(task);
    else
        send(worker, pack(task));
    to.takes_more = bytes <= small && to.urgent.back().head.size() < most;
}

std::optional<cluster::Task> WorkerHands::next_urgent(int worker) {
    std::deque<cluster::Task>& urgent = hand(worker).urgent;
    if (urgent.empty()) return std::nullopt;
    cluster::Task task = std::move(urgent.front());
    urgent.pop_front();
    return task;
}

void WorkerHands::given(int worker) {
    ++unanswered_;
    ++hand(worker).unanswered;
}

bool WorkerHands::answered(int worker) {
    if (hand(worker).lost) return false;
    --unanswered_;
    --hand(worker).unanswered;
    return true;
}

bool WorkerHands::lose(int worker) {
    Hand& gone = hand(worker);
    if (gone.lost) return false;
    gone.lost = true;
    unanswered_ -= std::exchange(gone.unanswered, 0);
    gone.urgent.clear();
    return true;
}

std::vector<int> WorkerHands::alive() const {
    std::vector<int> ranks;
    for (std::size_t i = 0; i < hands_.size(); ++i) {
        if (!hands_[i].lost) ranks.push_back(static_cast<int>(i) + 1);
    }
    return ranks;
}

std::uint64_t WorkerHands::count_alive() const noexcept {
    return static_cast<std::uint64_t>(
        std::count_if(hands_.begin(), hands_.end(), [](const Hand& hand) { return !hand.lost; }));
}

bool WorkerHands::all_finished() const noexcept {
    return std::all_of(hands_.begin(), hands_.end(),
                       [](const Hand& hand) { return hand.finished || hand.lost; });
}

bool WorkerHands::idle() const noexcept {
    return all_answered() &&
           std::all_of(hands_.begin(), hands_.end(), [](const Hand& hand) { return hand.urgent.empty(); });
}

} // namespace ordermill::app
