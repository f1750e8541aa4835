// Rank 0's side of the farm.
#include "cluster/farm/farm.hpp"

#include "cluster/farm/farm_shared.hpp"
#include "cluster/session/usage.hpp"
#include "cluster/wire/failed_ranks.hpp"
#include "cluster/wire/task_pace.hpp"
#include "cluster/wire/waiting.hpp"
#include "cluster/wire/wire.hpp"
#include "system/process.hpp"

#include <boost/mpi/communicator.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace ordermill::cluster::farm {

namespace {

constexpr auto tick_interval = std::chrono::milliseconds(50);
/// Rank 0 asks everybody at most this often: with thousands of workers a round costs a millisecond.
constexpr auto asking_interval_per_worker = std::chrono::nanoseconds(200);
constexpr Waiting::Duration producer_spin{10};

RemoteError remote_error(const Message& message) {
    return {message.peer, message.head, message.body ? *message.body : std::string(),
            message.header.exit_code};
}

std::string message_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "unknown exception";
    }
}

/// Rank 0. A worker that is lost counts as dismissed, and the Post has forgotten it.
class Producer {
  public:
    Producer(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage,
             const Limits& limits, const std::vector<system::Process>& processes)
        : world_(world), post_(world), dealer_(dealer), usage_(usage), limits_(limits),
          hands_(static_cast<std::size_t>(world.size())) {
        for (Hand& hand : hands_) hand.heard = Clock::now();
        for (std::size_t rank = 0; rank < std::min(hands_.size(), processes.size()); ++rank)
            hands_[rank].process = processes[rank];
        if (usage_) usage_->assign(hands_.size(), Usage{});
        hands_[producer].dismissed = true;
    }

    void run() {
        try {
            for (int worker = producer + 1; worker < ranks(); ++worker)
                post_.send(worker, hello(), system::this_process().space);
            deal();
        } catch (...) {
            failure_ = std::current_exception();
        }
        dismiss(failure_ ? Kind::stop : Kind::release);
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    struct Hand {
        int ordinary = 0;       ///< tasks dealt and not yet answered, urgent ones apart
        bool replied = false;   ///< and wasn't asked since
        bool dismissed = false; ///< it said goodbye
        bool lost = false;
        bool told = false; ///< being lost, it was told to stop, as it spoke again
        bool left = false; ///< and it did stop
        system::Process process;
        Clock::time_point heard;
        Clock::time_point done; ///< its last ordinary task
    };

    void deal();
    void take(Message&& message);
    void note_done(Hand& hand);
    void wait(Waiting& waiting) const;
    void ask_replied();
    bool ask(int worker, int fill_up_to);
    bool ask_everybody();
    bool tick_if_due();
    void note_usage(int rank, const Usage& usage);
    void note_own_usage();
    bool hear(const Message& message);
    bool look_after();
    std::chrono::milliseconds lease_of_workers() const;
    void lose(int worker);
    void dismiss(Kind how);
    void await_goodbyes();
    void await_returned();
    bool all_dismissed() const;
    std::string stragglers() const;
    int ranks() const { return static_cast<int>(hands_.size()); }

    MPI_Comm world_;
    Post post_;
    const Dealer& dealer_;
    std::vector<Usage>* usage_;
    Limits limits_;
    std::vector<Hand> hands_;  ///< by rank; our own counts as dismissed
    std::vector<int> replied_; ///< who has, and wasn't asked since
    TaskPace pace_;
    std::exception_ptr failure_;
    Clock::time_point next_tick_{};
    Clock::time_point next_asking_{};
    Clock::time_point next_look_{};
};

void Producer::deal() {
    Waiting waiting(producer_spin);
    bool over = dealer_.finished();
    while (!over) {
        if (std::optional<Message> message = post_.receive()) {
            waiting.arrived();
            take(std::move(*message));
            if (post_.more()) continue;
            ask_replied();
            if (tick_if_due()) ask_everybody();
            over = dealer_.finished();
        } else if (!pace_.spins() || !waiting.spin()) {
            tick_if_due();
            const bool dealt = ask_everybody();
            over = dealer_.finished();
            if (dealt) waiting.arrived();
            if (!dealt && !over) wait(waiting);
        }
    }
}

/// Notes what any message tells; false if that is all, or its sender is lost.
bool Producer::hear(const Message& message) {
    Hand& hand = hands_[static_cast<std::size_t>(message.peer)];
    if (hand.lost) {
        hand.left = hand.left || message.header.kind == Kind::goodbye;
        if (hand.left || hand.told) return false;
        hand.told = true;
        Header header;
        header.kind = Kind::stop;
        post_.send(message.peer, header);
        return false;
    }
    hand.heard = Clock::now();
    if (message.header.kind == Kind::hello) {
        hand.process = process_of(message);
        return false;
    }
    note_usage(message.peer, message.header.usage);
    if (message.header.usage.wants_stop && dealer_.stop) dealer_.stop();
    return message.header.kind != Kind::beat;
}

/// Finds workers that are gone: by what MPI knows, by their processes, by their silence. True when there is
/// one. Costs a system call a worker of this host, and a message to each, once a second.
bool Producer::look_after() {
    const auto now = Clock::now();
    if (now < next_look_) return false;
    next_look_ = now + beat_interval;
    bool lost = false;
    const auto lease = lease_of_workers();
    for (const int worker : failed_ranks(world_)) {
        const Hand& hand = hands_[static_cast<std::size_t>(worker)];
        if (worker == producer || hand.lost || hand.dismissed) continue;
        lose(worker);
        lost = true;
    }
    for (int worker = producer + 1; worker < ranks(); ++worker) {
        Hand& hand = hands_[static_cast<std::size_t>(worker)];
        if (hand.lost || hand.dismissed) continue;
        if (hand.process.known_dead() || now - hand.heard > lease) {
            lose(worker);
            lost = true;
            continue;
        }
        Header beat;
        beat.kind = Kind::beat;
        post_.send(worker, beat);
    }
    return lost;
}

std::chrono::milliseconds Producer::lease_of_workers() const {
    const auto left =
        std::count_if(hands_.begin() + 1, hands_.end(), [](const Hand& hand) { return !hand.lost; });
    return left > 1 ? limits_.lease : limits_.lease * limits_.last_ones_leases;
}

void Producer::lose(int worker) {
    Hand& hand = hands_[static_cast<std::size_t>(worker)];
    hand.lost = true;
    hand.dismissed = true;
    post_.abandon(worker);
    if (!dealer_.lost) throw std::runtime_error("rank " + std::to_string(worker) + " is lost");
    if (!failure_) dealer_.lost(worker);
}

void Producer::take(Message&& message) {
    if (!hear(message)) return;
    if (message.header.kind == Kind::failure) throw remote_error(message);
    Hand& hand = hands_[static_cast<std::size_t>(message.peer)];
    if (message.header.kind == Kind::reply) {
        --hand.ordinary;
        note_done(hand);
    }
    Reply reply{message.header.id, std::move(message.head), {}};
    if (message.body) reply.body = std::move(*message.body);
    dealer_.take(message.peer, std::move(reply));
    if (!std::exchange(hand.replied, true)) replied_.push_back(message.peer);
}

void Producer::note_done(Hand& hand) {
    if (hand.done != Clock::time_point{}) pace_.add(hand.heard - hand.done);
    hand.done = hand.heard;
}

void Producer::wait(Waiting& waiting) const {
    if (pace_.spins())
        waiting.pause(sleep_limit(post_));
    else
        waiting.nap(pace_.nap(sleep_limit(post_)));
}

/// When all that came together is taken: then what it led to goes out together.
void Producer::ask_replied() {
    for (const int worker : replied_) {
        hands_[static_cast<std::size_t>(worker)].replied = false;
        ask(worker, tasks_in_hand);
    }
    replied_.clear();
}

/// Deals until the worker holds that many ordinary tasks and there is no urgent one. True if something was
/// dealt.
bool Producer::ask(int worker, int fill_up_to) {
    Hand& hand = hands_[static_cast<std::size_t>(worker)];
    if (hand.lost) return false;
    bool dealt = false;
    while (hand.ordinary < fill_up_to || fill_up_to == tasks_in_hand) {
        std::optional<Task> task = dealer_.next(worker, hand.ordinary < tasks_in_hand);
        if (!task) break;
        if (!task->urgent && hand.ordinary >= tasks_in_hand) {
            throw std::logic_error("an ordinary task was dealt to a worker that has no room");
        }
        if (!task->urgent) ++hand.ordinary;
        Header header;
        header.kind = task->urgent ? Kind::urgent : Kind::task;
        header.id = task->id;
        post_.put(worker, header, task->head, std::move(task->body));
        dealt = true;
    }
    post_.flush(worker);
    return dealt;
}

/// First a task for those with empty hands, so that few tasks spread over all.
bool Producer::ask_everybody() {
    const auto now = Clock::now();
    if (now < next_asking_) return false;
    next_asking_ = now + ranks() * asking_interval_per_worker;
    bool dealt = false;
    for (int worker = producer + 1; worker < ranks(); ++worker) dealt |= ask(worker, 1);
    for (int worker = producer + 1; worker < ranks(); ++worker) dealt |= ask(worker, tasks_in_hand);
    return dealt;
}

bool Producer::tick_if_due() {
    const auto now = Clock::now();
    if (now < next_tick_) return false;
    next_tick_ = now + tick_interval;
    note_own_usage();
    look_after();
    if (dealer_.tick) dealer_.tick();
    return true;
}

void Producer::note_usage(int rank, const Usage& usage) {
    if (usage_) (*usage_)[static_cast<std::size_t>(rank)] = usage;
}

void Producer::note_own_usage() {
    if (!usage_) return;
    Usage own = measure_usage(0);
    own.messages = post_.messages_sent();
    note_usage(producer, own);
}

void Producer::dismiss(Kind how) {
    try {
        Header header;
        header.kind = how;
        for (int worker = producer + 1; worker < ranks(); ++worker) {
            if (hands_[static_cast<std::size_t>(worker)].lost)
                post_.abandon(worker);
            else
                post_.send(worker, header);
        }
        await_goodbyes();
        // One that only sleeps would keep mpirun from ending. For one that is killed mpirun exits with 137,
        // so whoever only was slow gets the time to end by itself.
        await_returned();
        for (const Hand& hand : hands_) {
            if (hand.lost && !hand.left) hand.process.kill();
        }
    } catch (const std::exception& error) {
        std::string what = error.what();
        if (failure_) what = message_of(failure_) + " (then: " + what + ")";
        throw Unstopped(what, failure_);
    }
    note_own_usage();
}

/// Drops what still arrives. Also waits for the transfers: MPI_Finalize would wait for them without a limit.
void Producer::await_goodbyes() {
    const auto deadline = Clock::now() + limits_.patience;
    Waiting waiting(producer_spin);
    while (!all_dismissed() || post_.receiving() || post_.sending()) {
        std::optional<Message> message = post_.receive();
        if (!message) {
            if (!waiting.spin()) {
                if (look_after()) continue;
                if (Clock::now() > deadline) throw std::runtime_error(stragglers());
            }
            waiting.pause(sleep_limit(post_));
            continue;
        }
        waiting.arrived();
        if (!hear(*message)) continue;
        if (message->header.kind == Kind::goodbye)
            hands_[static_cast<std::size_t>(message->peer)].dismissed = true;
        if (message->header.kind == Kind::failure && !failure_) {
            failure_ = std::make_exception_ptr(remote_error(*message));
        }
    }
}

/// The goodbyes of workers that counted as lost and spoke again.
void Producer::await_returned() {
    constexpr auto patience = std::chrono::seconds(2);
    const auto deadline = Clock::now() + patience;
    Waiting waiting(producer_spin);
    const auto still_here = [](const Hand& hand) {
        return hand.lost && hand.told && !hand.left && !hand.process.known_dead();
    };
    while (std::any_of(hands_.begin(), hands_.end(), still_here) && Clock::now() < deadline) {
        if (const std::optional<Message> message = post_.receive()) {
            hear(*message);
            waiting.arrived();
        } else if (!waiting.spin()) {
            waiting.pause(sleep_limit(post_));
        }
    }
}

bool Producer::all_dismissed() const {
    return std::all_of(hands_.begin(), hands_.end(), [](const Hand& hand) { return hand.dismissed; });
}

std::string Producer::stragglers() const {
    std::string text = "no answer from rank";
    for (std::size_t rank = 0; rank < hands_.size(); ++rank) {
        if (!hands_[rank].dismissed) text += ' ' + std::to_string(rank);
    }
    return text + " for " + std::to_string(limits_.patience.count()) + " ms";
}

} // namespace

void run(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage,
         const Limits& limits, const std::vector<system::Process>& processes) {
    if (world.size() < 2) throw std::logic_error("a farm needs a worker");
    Producer(world, dealer, usage, limits, processes).run();
}

} // namespace ordermill::cluster::farm
