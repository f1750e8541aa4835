#pragma once

#include "cluster/work/work.hpp"

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

/// Self-scheduling over MPI, point to point only: workers hold two ordinary tasks, rank 0 deals one more with
/// each reply. Waiting ranks spin, then sleep between probes (waiting.hpp). Nothing blocks: large bodies
/// travel by Isend/Irecv + Test.
namespace ordermill::cluster::farm {

inline constexpr int tasks_in_hand = 2;

/// The run failed for `cause`, and some workers didn't confirm in time that they stopped. All that is left is
/// Session::abort.
struct Unstopped : std::runtime_error {
    Unstopped(const std::string& what, std::exception_ptr first)
        : std::runtime_error(what), cause(std::move(first)) {}
    std::exception_ptr cause; ///< null if the run was orderly until its end
};

/// How long rank 0 waits for the workers to confirm their stop or release.
inline constexpr std::chrono::milliseconds default_patience{10'000};

struct Limits {
    /// A worker of which nothing is heard for so long is lost (those that work or wait send a beat a second);
    /// one whose process is seen to be gone is lost at once.
    std::chrono::milliseconds lease{12'000};
    /// So many leases has the last worker that is left, since the run ends without it; and rank 0, of which
    /// its workers hear nothing while it waits for a disk.
    int last_ones_leases = 4;
    std::chrono::milliseconds patience = default_patience;
};

/// Rank 0 is gone, or the way to it: there is nobody to tell, and MPI can't be finalised.
struct Orphaned : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Rank 0, with at least one other rank: until `dealer.finished()`; then every worker is released. Throws
/// what the dealer's callables threw, or RemoteError, after every worker has been told to stop and has
/// confirmed it; or else Unstopped. Tasks still in hand then are dropped. A worker is asked for after each of
/// its replies; all of them are in idle rounds and with each tick. `usage`, when given, gets one entry a rank
/// and is kept up to date (rank 0's own with each tick). A worker that dies is told to `dealer.lost`, and
/// ended for good: what it sends if it lives is not heard.
void run(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage = nullptr,
         const Limits& limits = {});

/// Every other rank: until released. An exception of `work` is told to rank 0; then it waits to be stopped.
/// True after an orderly end, false if it was stopped. `exit_code_of` says what rank 0 should exit with for
/// an exception. Throws Orphaned. `peers`, when given, links the workers with each other. `wants_stop`, when
/// given, is told to rank 0's `dealer.stop`.
struct Service {
    std::function<int(const std::exception&)> exit_code_of;
    Peers* peers = nullptr;
    std::function<bool()> wants_stop = nullptr;
    Limits limits = {};
};
bool serve(boost::mpi::communicator& world, const Work& work, const Service& service);

} // namespace ordermill::cluster::farm
