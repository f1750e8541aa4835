// A worker's side of the farm.
#include "cluster/farm/farm.hpp"

#include "cluster/farm/farm_shared.hpp"
#include "cluster/session/session.hpp"
#include "cluster/session/usage.hpp"
#include "cluster/wire/waiting.hpp"
#include "cluster/wire/wire.hpp"
#include "system/process.hpp"

#include <boost/mpi/communicator.hpp>

#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace ordermill::cluster::farm {

namespace {

constexpr auto poll_interval = std::chrono::milliseconds(1);
constexpr int driving_polls = 16;
constexpr auto soon = std::chrono::microseconds(100);
/// What is to be sent waits for so many urgent tasks, so that more goes with it.
constexpr int longest_put = 8;
constexpr auto usage_interval = std::chrono::milliseconds(1);

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
    void send_put();
    void accept(Message&& message);
    std::optional<Task> next_task();
    bool execute(Task&& task);
    void try_held_again();
    void try_again_soon();
    void alive();
    void tell_failure(const std::string& what, int exit_code);
    void say_goodbye();
    void beat();
    void send_to_peer(int worker, std::string&& bytes);
    Header header(Kind kind);

    Post post_;
    const Work& work_;
    const Service& service_;
    const Alive alive_;
    Peers* const peers_; ///< may be null
    const int rank_;
    std::deque<Task> urgent_;
    std::deque<Task> ordinary_;
    std::deque<Task> held_;         ///< urgent ones that wait for something of another worker
    bool some_soon_ = false;        ///< some of them are to be tried again without a sign
    std::optional<Kind> dismissed_; ///< stop or release
    bool failed_ = false;
    Clock::time_point next_poll_{};
    Clock::duration busy_{};
    system::Process producer_process_;
    Clock::time_point heard_ = Clock::now(); ///< of rank 0
    Clock::time_point next_beat_{};
    int urgent_since_ = 0; ///< urgent tasks begun since all that was put together was sent
    Usage usage_;
    Clock::time_point measured_{}; ///< that
};

bool Worker::serve() {
    Waiting waiting(Waiting::longest_spin);
    for (;;) {
        receive_all();
        if (dismissed_) break;
        beat();
        if (std::optional<Task> task = next_task()) {
            if (!task->urgent || ++urgent_since_ > longest_put) send_put();
            if (execute(std::move(*task))) waiting.arrived();
        } else {
            send_put();
            waiting.pause(some_soon_ ? std::min(soon, sleep_limit(post_)) : sleep_limit(post_));
            try_again_soon();
        }
    }
    say_goodbye();
    return *dismissed_ == Kind::release && !failed_;
}

void Worker::receive_all() {
    while (std::optional<Message> message = post_.receive()) accept(std::move(*message));
}

/// Replies and messages to other workers, before anything that may take long: they leave together.
void Worker::send_put() {
    post_.flush();
    urgent_since_ = 0;
}

/// Tells rank 0 that we live, once a second, and looks whether it does. Only when it has begun: it may still
/// be ending another farm on this communicator.
void Worker::beat() {
    const auto now = Clock::now();
    if (now < next_beat_) return;
    next_beat_ = now + beat_interval;
    if (producer_process_.known_dead()) throw Orphaned("rank 0 has ended");
    const auto limit = service_.limits.lease * service_.limits.last_ones_leases;
    if (now - heard_ > limit)
        throw Orphaned("no message from rank 0 for " + std::to_string(limit.count() / 1000) + " s");
    if (producer_process_.number != 0) post_.send(producer, header(Kind::beat));
}

void Worker::accept(Message&& message) {
    const Kind kind = message.header.kind;
    if (message.peer == producer) heard_ = Clock::now();
    if (kind == Kind::hello) {
        producer_process_ = process_of(message);
        post_.send(producer, hello(), system::this_process().space);
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
    post_.put(worker, header, {}, std::make_shared<std::string>(std::move(bytes)));
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
    some_soon_ = false;
}

void Worker::try_again_soon() {
    if (some_soon_) try_held_again();
}

/// False for a task that can't be answered yet.
bool Worker::execute(Task&& task) {
    const auto begin = Clock::now();
    next_poll_ = begin + poll_interval;
    const auto failed = [&](const std::exception& error) {
        busy_ += Clock::now() - begin;
        if (!dismissed_) tell_failure(error.what(), service_.exit_code_of(error));
        return true;
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
    if (dismissed_) return true;
    if (reply.not_yet) {
        if (!task.urgent) throw std::logic_error("an ordinary task can't wait for other workers");
        held_.push_back(std::move(task));
        some_soon_ |= reply.soon;
        return false;
    }
    try_held_again();
    Header header = this->header(task.urgent ? Kind::urgent_reply : Kind::reply);
    header.id = task.id;
    std::shared_ptr<std::string> body;
    if (!reply.body.empty()) body = std::make_shared<std::string>(std::move(reply.body));
    post_.put(producer, header, reply.head, std::move(body));
    return true;
}

/// A large body on its way needs us to push it: a poll moves some of it.
void Worker::alive() {
    const auto now = Clock::now();
    if (now < next_poll_) return;
    int polls = post_.sending() || post_.receiving() ? driving_polls : 1;
    while (polls-- > 0) receive_all();
    send_put();
    next_poll_ = Clock::now() + poll_interval;
    if (dismissed_) throw Stopped();
    beat();
}

void Worker::tell_failure(const std::string& what, int exit_code) {
    failed_ = true;
    Header header = this->header(Kind::failure);
    header.exit_code = exit_code;
    post_.send(producer, header, system::host_name(), std::make_shared<std::string>(what));
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
    post_.flush();
    post_.send(producer, header(Kind::goodbye));
    while (post_.sending() && Clock::now() < deadline) {
        post_.drive();
        waiting.pause(sleep_limit(post_));
    }
}

/// Some system calls for what was used, so not for each of many replies.
Header Worker::header(Kind kind) {
    const auto now = Clock::now();
    const bool one_of_many = kind == Kind::reply || kind == Kind::urgent_reply;
    if (!one_of_many || now - measured_ > usage_interval) {
        usage_ = measure_usage(std::chrono::duration<double>(busy_).count());
        measured_ = now;
    }
    Header header;
    header.kind = kind;
    header.usage = usage_;
    header.usage.messages = post_.messages_sent();
    header.usage.wants_stop = service_.wants_stop && service_.wants_stop();
    return header;
}

} // namespace

bool serve(boost::mpi::communicator& world, const Work& work, const Service& service) {
    return Worker(world, work, service).serve();
}

} // namespace ordermill::cluster::farm
