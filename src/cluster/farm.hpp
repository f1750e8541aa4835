#pragma once

#include "cluster/work.hpp"

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

/// Rank 0, with at least one other rank: until `dealer.finished()`; then every worker is released. Throws
/// what the dealer's callables threw, or RemoteError, after every worker has been told to stop and has
/// confirmed it; or else Unstopped. Tasks still in hand then are dropped. A worker is asked for after each of
/// its replies; all of them are in idle rounds and with each tick. `usage`, when given, gets one entry a rank
/// and is kept up to date (rank 0's own with each tick).
void run(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage = nullptr,
         std::chrono::milliseconds patience = default_patience);

/// Every other rank: until released. An exception of `work` is told to rank 0; then it waits to be stopped.
/// True after an orderly end, false if it was stopped. `exit_code_of` says what rank 0 should exit with for
/// an exception. Not bounded in time if rank 0 vanishes: that needs leases (see farm.cpp).
/// `peers`, when given, links the workers with each other.
bool serve(boost::mpi::communicator& world, const Work& work,
           const std::function<int(const std::exception&)>& exit_code_of, Peers* peers = nullptr);

} // namespace ordermill::cluster::farm
