#pragma once

#include "app/protocol/messages.hpp"
#include "cluster/work/work.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// What each worker is still to be told, what it hasn't answered yet, and whether it is there at all.
/// Workers are ranks, 1 and up.
class WorkerHands {
  public:
    explicit WorkerHands(int workers);

    /// The worker is told that before any ordinary task.
    void send(int worker, std::string head, std::shared_ptr<const std::string> body = nullptr);
    /// The same for a write of so many bytes that isn't sent back. Small ones that follow each other become
    /// one task.
    void send_write(int worker, const WriteTask& task, std::uint64_t bytes);
    /// Takes the next such task off its queue.
    std::optional<cluster::Task> next_urgent(int worker);
    /// A task went to the worker.
    void given(int worker);
    /// An answer came from it. False when it counts as lost: the answer means nothing then.
    bool answered(int worker);

    /// The worker is gone, and with it what it was to be told and to answer. False when that was known.
    bool lose(int worker);
    /// The workers that aren't lost.
    std::vector<int> alive() const;
    std::uint64_t count_alive() const noexcept;

    /// The worker has nothing more to do, and answered that.
    void finish(int worker) { hand(worker).finished = true; }
    /// Every worker has, or is lost.
    bool all_finished() const noexcept;

    /// No worker owes an answer.
    bool all_answered() const noexcept { return unanswered_ == 0; }
    /// Nor is any to be told something.
    bool idle() const noexcept;

  private:
    struct Hand {
        std::deque<cluster::Task> urgent;
        bool takes_more = false; ///< the last of them, which are small writes
        std::uint64_t unanswered = 0;
        bool finished = false;
        bool lost = false;
    };
    Hand& hand(int worker) { return hands_[static_cast<std::size_t>(worker) - 1]; }

    std::vector<Hand> hands_;
    std::uint64_t unanswered_ = 0; ///< by all
};

} // namespace ordermill::app
