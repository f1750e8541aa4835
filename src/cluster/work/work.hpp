#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

/// The seam between what is done and who does it. `serial::run` and `farm::run` take the same callables, so
/// the result of a run on one process is what a run on many must give. No MPI here.
namespace ordermill::cluster {

/// What a worker is asked to do. `head` is small, a few hundred bytes; `body` may be as large as a chunk.
/// Only the application knows what these bytes mean.
struct Task {
    std::uint64_t id = 0; ///< comes back in the reply
    std::string head;
    /// May be null; then the worker gets null. Shared with the dealer until it is sent.
    std::shared_ptr<const std::string> body;
    /// The worker serves it before ordinary tasks that wait. It doesn't count as one of the two in hand.
    bool urgent = false;
};

struct Reply {
    std::uint64_t id = 0; ///< the task's; filled in for Work
    std::string head;
    std::string body;
    /// Set by Work if it can't answer yet, because something of another worker is missing. The task is kept,
    /// and Work called again with it when a peer's message came or another task is done. Only for urgent
    /// tasks. The other members mean nothing then.
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
    std::uint64_t messages = 0; ///< that it sent to any rank, those put together counted as one
    bool wants_stop = false;    ///< it was asked from outside to end the run
};

/// Rank 0's side. All calls come from one thread.
struct Dealer {
    /// A task for this worker, or nothing for now. If `room` is false, the worker has two ordinary tasks in
    /// hand; then only an urgent task may be returned. Called again until it returns nothing: for one worker
    /// after each of its replies, for all workers in idle rounds (at least every millisecond) and with each
    /// tick. Must be cheap when it returns nothing.
    std::function<std::optional<Task>(int worker, bool room)> next;
    std::function<void(int worker, Reply&& reply)> take;
    /// True once nothing is left to deal and every reply was taken.
    std::function<bool()> finished;
    /// Called at least about ten times a second: progress, signals. May throw.
    std::function<void()> tick;
    /// A worker is lost for good: `take` and `next` are never called for it again. May throw if the run can't
    /// go on. If null, a lost worker ends the run.
    std::function<void(int worker)> lost;
    /// A worker was asked from outside to end the run. May be null.
    std::function<void()> stop;
};

/// Work calls it between slices of at most 1 MiB of input. It shows rank 0 that the worker lives. It throws
/// Stopped if rank 0 told the worker to stop; Work must let that pass. Costs a look at the clock; it looks
/// for messages about once a millisecond.
using Alive = std::function<void()>;
using Work = std::function<Reply(const Task& task, const Alive& alive)>;

/// Messages from worker to worker, without rank 0. Each arrives once and whole, in any order.
struct Peers {
    /// Called at the receiver, between tasks and while Work calls Alive: it must not disturb what Work does.
    std::function<void(int from, std::string&& bytes)> receive;
    /// Set by farm::serve or serial::run while it runs. A worker may send to itself. Doesn't block; the bytes
    /// wait in the sender's memory.
    std::function<void(int worker, std::string&& bytes)> send;
    /// That worker is lost: drops what is on its way to or from it. Set like `send`; may be null.
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
