#pragma once

#include "cluster/work/work.hpp"
#include "system/process.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace boost::mpi {
class communicator;
}

/// Self-scheduling over MPI, point to point only. Each worker has two ordinary tasks in hand, and rank 0
/// sends it one more with each reply. Ranks that wait spin, then sleep between probes (waiting.hpp). No MPI
/// call blocks: large bodies travel by MPI_Isend and MPI_Irecv, driven by MPI_Test.
namespace ordermill::cluster::farm {

inline constexpr int tasks_in_hand = 2;

/// The run failed for `cause`, and some workers didn't confirm in time that they stopped. MPI can't be
/// finalised any more; call Session::abort.
struct Unstopped : std::runtime_error {
    Unstopped(const std::string& what, std::exception_ptr first)
        : std::runtime_error(what), cause(std::move(first)) {}
    std::exception_ptr cause; ///< null if the run was orderly until its end
};

/// How long rank 0 waits for the workers to confirm their stop or release.
inline constexpr std::chrono::milliseconds default_patience{10'000};

struct Limits {
    /// A worker is lost if rank 0 hears nothing of it for this long. Workers send a beat a second, at work or
    /// not. A worker whose process is seen to be gone is lost at once.
    std::chrono::milliseconds lease{12'000};
    /// The last worker that is left has this many leases, since the run ends without it. So has rank 0 at its
    /// workers, since it sends nothing while it waits for a disk.
    int last_ones_leases = 4;
    std::chrono::milliseconds patience = default_patience;
};

/// Rank 0 is gone, or can't be reached. The worker can tell nobody, and MPI can't be finalised.
struct Orphaned : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Rank 0's side; there must be at least one other rank. Deals tasks until `dealer.finished()`, then releases
/// every worker. Calls `dealer.next` for a worker after each of its replies, and for all workers in idle
/// rounds and with each tick.
///
/// A worker that dies is reported to `dealer.lost`. If it lives after all, what it sends is ignored.
/// `usage`, if given, gets one entry a rank and is kept up to date (rank 0's own with each tick).
/// `processes`, if given: by rank; else each says who it is with its first word. One that counts as lost and
/// lives on this machine is ended in the end, unless it ends by itself: MPI_Finalize would wait for it.
///
/// Errors: if a callable of the dealer throws, or a worker fails (RemoteError), all workers are told to stop,
/// and tasks in hand are dropped. When all have confirmed, the exception is thrown on; if some don't within
/// `limits.patience`, Unstopped is thrown.
void run(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage = nullptr,
         const Limits& limits = {}, const std::vector<system::Process>& processes = {});

/// What a worker needs beside its work.
struct Service {
    /// Which code rank 0 should exit with if `work` throws this.
    std::function<int(const std::exception&)> exit_code_of;
    /// If given: links the workers with each other. Must outlive `serve`.
    Peers* peers = nullptr;
    /// If given: asked now and then; true makes rank 0 call `dealer.stop`.
    std::function<bool()> wants_stop = nullptr;
    Limits limits = {};
};
/// A worker's side, on every other rank: serves tasks until rank 0 releases it. If `work` throws, the
/// exception is sent to rank 0, and the worker waits to be told to stop. Returns true after an orderly end,
/// false if it was told to stop. Throws Orphaned.
bool serve(boost::mpi::communicator& world, const Work& work, const Service& service);

} // namespace ordermill::cluster::farm
