#include "cluster/farm.hpp"

#include "cluster/failed_ranks.hpp"
#include "cluster/process.hpp"
#include "cluster/session.hpp"
#include "cluster/usage.hpp"
#include "cluster/waiting.hpp"
#include "cluster/wire.hpp"

#include <boost/mpi/communicator.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace ordermill::cluster::farm {

namespace {

using wire::Header;
using wire::Kind;
using wire::Message;
using wire::Post;

constexpr int producer = 0;
constexpr auto tick_interval = std::chrono::milliseconds(50);
/// Rank 0 asks everybody at most this often: with thousands of workers a round costs a millisecond.
constexpr auto asking_interval_per_worker = std::chrono::nanoseconds(200);
constexpr auto poll_interval = std::chrono::milliseconds(1);
constexpr auto beat_interval = std::chrono::seconds(1);
/// While rank 0 or a worker has a large body on its way, it must drive it.
constexpr Waiting::Duration driving_sleep = Waiting::shortest_sleep;
constexpr int driving_polls = 16;
constexpr Waiting::Duration producer_spin{10};
constexpr Waiting::Duration producer_sleep{200};

Waiting::Duration sleep_limit(const Post& post) {
    return post.receiving() || post.sending() ? driving_sleep : Waiting::longest_sleep;
}

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

Header hello() {
    Header header;
    header.kind = Kind::hello;
    header.id = static_cast<std::uint64_t>(this_process().number);
    return header;
}

Process process_of(const Message& message) { return {static_cast<long>(message.header.id), message.head}; }

/// Rank 0. A worker that is lost counts as dismissed, and the Post has forgotten it.
class Producer {
  public:
    Producer(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage,
             const Limits& limits)
        : world_(world), post_(world), dealer_(dealer), usage_(usage), limits_(limits),
          hands_(static_cast<std::size_t>(world.size())) {
        for (Hand& hand : hands_) hand.heard = Clock::now();
        if (usage_) usage_->assign(hands_.size(), Usage{});
        hands_[producer].dismissed = true;
    }

    void run() {
        try {
            for (int worker = producer + 1; worker < ranks(); ++worker)
                post_.send(worker, hello(), this_process().space);
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
        bool dismissed = false; ///< it said goodbye
        bool lost = false;
        bool told = false; ///< being lost, it was told to stop, as it spoke again
        Process process;
        Clock::time_point heard;
    };

    void deal();
    void take(Message&& message);
    bool ask(int worker, int fill_up_to);
    bool ask_everybody();
    bool tick_if_due();
    void note_usage(int rank, const Usage& usage);
    bool hear(const Message& message);
    bool look_after();
    std::chrono::milliseconds lease_of_workers() const;
    void lose(int worker);
    void dismiss(Kind how);
    void await_goodbyes();
    bool all_dismissed() const;
    std::string stragglers() const;
    int ranks() const { return static_cast<int>(hands_.size()); }

    MPI_Comm world_;
    Post post_;
    const Dealer& dealer_;
    std::vector<Usage>* usage_;
    Limits limits_;
    std::vector<Hand> hands_; ///< by rank; our own counts as dismissed
    std::exception_ptr failure_;
    Clock::time_point next_tick_{};
    Clock::time_point next_asking_{};
    Clock::time_point next_look_{};
};

void Producer::deal() {
    Waiting waiting(producer_spin, producer_sleep);
    bool over = dealer_.finished();
    while (!over) {
        if (std::optional<Message> message = post_.receive()) {
            waiting.arrived();
            take(std::move(*message));
            if (tick_if_due()) ask_everybody();
            over = dealer_.finished();
        } else if (!waiting.spin()) {
            tick_if_due();
            const bool dealt = ask_everybody();
            over = dealer_.finished();
            if (dealt) waiting.arrived();
            if (!dealt && !over) waiting.pause(sleep_limit(post_));
        }
    }
}

/// Notes what any message tells; false if that is all, or its sender is lost.
bool Producer::hear(const Message& message) {
    Hand& hand = hands_[static_cast<std::size_t>(message.peer)];
    if (hand.lost) {
        if (message.header.kind == Kind::goodbye || hand.told) return false;
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
    if (!dealer_.lost) throw std::runtime_error("rank " + std::to_string(worker) + " is gone");
    if (!failure_) dealer_.lost(worker);
}

void Producer::take(Message&& message) {
    if (!hear(message)) return;
    if (message.header.kind == Kind::failure) throw remote_error(message);
    Hand& hand = hands_[static_cast<std::size_t>(message.peer)];
    if (message.header.kind == Kind::reply) --hand.ordinary;
    Reply reply{message.header.id, std::move(message.head), {}};
    if (message.body) reply.body = std::move(*message.body);
    dealer_.take(message.peer, std::move(reply));
    ask(message.peer, tasks_in_hand);
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
        post_.send(worker, header, task->head, std::move(task->body));
        dealt = true;
    }
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
    if (usage_) note_usage(producer, measure_usage(0));
    look_after();
    if (dealer_.tick) dealer_.tick();
    return true;
}

void Producer::note_usage(int rank, const Usage& usage) {
    if (usage_) (*usage_)[static_cast<std::size_t>(rank)] = usage;
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
        // One that only sleeps would keep mpirun from ending.
        for (const Hand& hand : hands_) {
            if (hand.lost) hand.process.kill();
        }
    } catch (const std::exception& error) {
        std::string what = error.what();
        if (failure_) what = message_of(failure_) + " (then: " + what + ")";
        throw Unstopped(what, failure_);
    }
    if (usage_) note_usage(producer, measure_usage(0));
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

/// Every other rank.
class Worker {
  public:
    Worker(boost::mpi::communicator& world, const Work& work, const Service& service)
        : post_(world), work_(work), service_(service), alive_([this] { alive(); }), peers_(service.peers),
          rank_(world.rank()) {
        if (!peers_) return;
        peers_->send = [this](int worker, std::string&& bytes) { send_to_peer(worker, std::move(bytes)); };
        peers_->forget = [this](int worker) { post_.abandon(worker); };
    }

    bool serve();

  private:
    void receive_all();
    void accept(Message&& message);
    std::optional<Task> next_task();
    void execute(Task&& task);
    void try_held_again();
    void alive();
    void tell_failure(const std::string& what, int exit_code);
    void say_goodbye();
    void beat();
    void send_to_peer(int worker, std::string&& bytes);
    Header header(Kind kind) const;

    Post post_;
    const Work& work_;
    const Service& service_;
    const Alive alive_;
    Peers* const peers_; ///< may be null
    const int rank_;
    std::deque<Task> urgent_;
    std::deque<Task> ordinary_;
    std::deque<Task> held_;         ///< urgent ones that wait for something of another worker
    std::optional<Kind> dismissed_; ///< stop or release
    bool failed_ = false;
    Clock::time_point next_poll_{};
    Clock::duration busy_{};
    Process producer_process_;
    Clock::time_point heard_ = Clock::now(); ///< of rank 0
    Clock::time_point next_beat_{};
};

bool Worker::serve() {
    Waiting waiting(Waiting::longest_spin);
    for (;;) {
        receive_all();
        if (dismissed_) break;
        beat();
        if (std::optional<Task> task = next_task()) {
            execute(std::move(*task));
            waiting.arrived();
        } else {
            waiting.pause(sleep_limit(post_));
        }
    }
    say_goodbye();
    return *dismissed_ == Kind::release && !failed_;
}

void Worker::receive_all() {
    while (std::optional<Message> message = post_.receive()) accept(std::move(*message));
}

/// Tells rank 0 that we live, once a second, and looks whether it does. Only when it has begun: it may still
/// be ending another farm on this communicator.
void Worker::beat() {
    const auto now = Clock::now();
    if (now < next_beat_) return;
    next_beat_ = now + beat_interval;
    if (producer_process_.known_dead()) throw Orphaned("rank 0 is gone");
    const auto limit = service_.limits.lease * service_.limits.last_ones_leases;
    if (now - heard_ > limit)
        throw Orphaned("nothing was heard of rank 0 for " + std::to_string(limit.count() / 1000) + " s");
    if (producer_process_.number != 0) post_.send(producer, header(Kind::beat));
}

void Worker::accept(Message&& message) {
    const Kind kind = message.header.kind;
    if (message.peer == producer) heard_ = Clock::now();
    if (kind == Kind::hello) {
        producer_process_ = process_of(message);
        post_.send(producer, hello(), this_process().space);
    }
    if (kind == Kind::task || kind == Kind::urgent) {
        const bool urgent = kind == Kind::urgent;
        (urgent ? urgent_ : ordinary_)
            .push_back(Task{message.header.id, std::move(message.head), std::move(message.body), urgent});
    } else if (kind == Kind::peer && peers_) {
        peers_->receive(message.peer, message.body ? std::move(*message.body) : std::string());
        try_held_again();
    } else if (kind == Kind::stop || kind == Kind::release) {
        dismissed_ = kind;
    }
}

void Worker::send_to_peer(int worker, std::string&& bytes) {
    if (worker == rank_) return peers_->receive(rank_, std::move(bytes));
    Header header;
    header.kind = Kind::peer;
    post_.send(worker, header, {}, std::make_shared<std::string>(std::move(bytes)));
}

/// None after a failure: rank 0 is about to stop everyone.
std::optional<Task> Worker::next_task() {
    auto& queue = urgent_.empty() ? ordinary_ : urgent_;
    if (failed_ || queue.empty()) return std::nullopt;
    std::optional<Task> task(std::move(queue.front()));
    queue.pop_front();
    return task;
}

void Worker::try_held_again() {
    for (Task& task : held_) urgent_.push_back(std::move(task));
    held_.clear();
}

void Worker::execute(Task&& task) {
    const auto begin = Clock::now();
    next_poll_ = begin + poll_interval;
    const auto failed = [&](const std::exception& error) {
        busy_ += Clock::now() - begin;
        if (!dismissed_) tell_failure(error.what(), service_.exit_code_of(error));
    };
    Reply reply;
    try {
        reply = work_(task, alive_);
    } catch (const Orphaned&) {
        throw;
    } catch (const std::exception& error) {
        return failed(error);
    } catch (...) {
        return failed(std::runtime_error("unknown exception"));
    }
    busy_ += Clock::now() - begin;
    if (dismissed_) return;
    if (reply.not_yet) {
        if (!task.urgent) throw std::logic_error("an ordinary task can't wait for other workers");
        held_.push_back(std::move(task));
        return;
    }
    try_held_again();
    Header header = this->header(task.urgent ? Kind::urgent_reply : Kind::reply);
    header.id = task.id;
    std::shared_ptr<std::string> body;
    if (!reply.body.empty()) body = std::make_shared<std::string>(std::move(reply.body));
    post_.send(producer, header, reply.head, std::move(body));
}

/// A large body on its way needs us to push it: a poll moves some of it.
void Worker::alive() {
    const auto now = Clock::now();
    if (now < next_poll_) return;
    int polls = post_.sending() || post_.receiving() ? driving_polls : 1;
    while (polls-- > 0) receive_all();
    next_poll_ = Clock::now() + poll_interval;
    if (dismissed_) throw Stopped();
    beat();
}

void Worker::tell_failure(const std::string& what, int exit_code) {
    failed_ = true;
    Header header = this->header(Kind::failure);
    header.exit_code = exit_code;
    post_.send(producer, header, host_name(), std::make_shared<std::string>(what));
}

/// Rank 0 sends nothing after the dismissal, but what it sent before may still be on its way, and must be
/// received for rank 0's requests to complete. After our goodbye, rank 0 may begin another farm: its messages
/// aren't ours.
void Worker::say_goodbye() {
    // Another worker may have died with a transfer between us.
    const auto deadline = Clock::now() + service_.limits.patience;
    Waiting waiting(Waiting::longest_spin);
    while (post_.receiving() && Clock::now() < deadline) {
        receive_all();
        waiting.pause(sleep_limit(post_));
    }
    post_.send(producer, header(Kind::goodbye));
    while (post_.sending() && Clock::now() < deadline) {
        post_.drive();
        waiting.pause(sleep_limit(post_));
    }
}

Header Worker::header(Kind kind) const {
    Header header;
    header.kind = kind;
    header.usage = measure_usage(std::chrono::duration<double>(busy_).count());
    header.usage.wants_stop = service_.wants_stop && service_.wants_stop();
    return header;
}

} // namespace

void run(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage,
         const Limits& limits) {
    if (world.size() < 2) throw std::logic_error("a farm needs a worker");
    Producer(world, dealer, usage, limits).run();
}

bool serve(boost::mpi::communicator& world, const Work& work, const Service& service) {
    return Worker(world, work, service).serve();
}

} // namespace ordermill::cluster::farm
