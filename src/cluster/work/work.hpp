#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// The seam between what is done and who does it. `serial::run` and `farm::run` take the same callables, so a
/// run on one process is the oracle of a run on many. No MPI here.
namespace ordermill::cluster {

/// What a worker is asked to do. `head` is small (a few hundred bytes) and `body` as large as a chunk; both
/// are the application's own bytes.
struct Task {
    std::uint64_t id = 0; ///< comes back in the reply
    std::string head;
    /// May be null, and then is null at the worker. Shared with the dealer until it is sent.
    std::shared_ptr<const std::string> body;
    bool urgent = false; ///< served before ordinary tasks that wait at the worker; never counts as "in hand"
};

struct Reply {
    std::uint64_t id = 0; ///< the task's; filled in for Work
    std::string head;
    std::string body;
    /// It can't be answered yet, as something of another worker is missing: the task is kept, and tried again
    /// when something came from one or another task is done. Urgent tasks only; the rest means nothing then.
    bool not_yet = false;
    /// With `not_yet`: nothing will come that says when, so it is also tried again every 0.1 ms or so.
    bool soon = false;
};

/// What rank 0 knows of a worker, updated with each of its messages.
struct Usage {
    double user_seconds = 0;
    double system_seconds = 0;
    std::uint64_t peak_rss = 0; ///< bytes
    double busy_seconds = 0;    ///< wall time spent in Work
    bool wants_stop = false;    ///< it was asked from outside to end the run
};

/// Rank 0's side. All calls come from one thread.
struct Dealer {
    /// A task for this worker, or nothing for now. `room` is false when the worker has its two ordinary tasks
    /// in hand: then only an urgent task may be returned. Called until it returns nothing: for one worker
    /// after each of its replies, for all of them in idle rounds (at least every millisecond) and with each
    /// tick. Must be cheap when it has nothing.
    std::function<std::optional<Task>(int worker, bool room)> next;
    std::function<void(int worker, Reply&& reply)> take;
    /// True when nothing is left to deal and every reply was taken.
    std::function<bool()> finished;
    /// Called at least about ten times a second: progress, signals. May throw.
    std::function<void()> tick;
    /// A worker is gone for good; nothing more will be taken from it, and `next` isn't called for it again.
    /// May throw when the run can't go on. Null: a lost worker ends the run.
    std::function<void(int worker)> lost;
    /// A worker was asked from outside to end the run. May be null.
    std::function<void()> stop;
};

/// Called by long work between slices (at most 1 MiB of input): the worker is alive, and may be told to stop
/// (then it throws Stopped, which work must let pass). Costs a look at the clock; messages are looked at
/// about once per millisecond.
using Alive = std::function<void()>;
using Work = std::function<Reply(const Task& task, const Alive& alive)>;

/// Bytes from worker to worker, past rank 0. Each message arrives once and whole; the order is not kept.
struct Peers {
    /// Called at the receiver between tasks and within `alive`, so it must not disturb what Work is doing.
    std::function<void(int from, std::string&& bytes)> receive;
    /// Set by farm::serve or serial::run for as long as it runs. To oneself, too. Doesn't block; the bytes
    /// wait in the sender's memory.
    std::function<void(int worker, std::string&& bytes)> send;
    /// That worker is gone: what is on its way to or from it is dropped. Set like `send`; may be null.
    std::function<void(int worker)> forget;
};

struct Stopped : std::runtime_error {
    Stopped() : std::runtime_error("stopped") {}
};

/// What went wrong on another rank, told on rank 0.
struct RemoteError : std::runtime_error {
    RemoteError(int on_rank, std::string on_host, const std::string& what, int code)
        : std::runtime_error(what), rank(on_rank), host(std::move(on_host)), exit_code(code) {}
    int rank;
    std::string host;
    int exit_code;
};

} // namespace ordermill::cluster
