#pragma once

#include "cluster/work.hpp"

#include <vector>

namespace boost::mpi {
class communicator;
}

/// Self-scheduling over MPI, point to point only: workers hold two ordinary tasks, rank 0 deals one more with each reply. A waiting rank spins
/// about 2,000 probes, then backs off from 50 us to 1 ms: rank 0 costs 2 % of a core. Large bodies travel by Isend/Irecv + Test.
namespace ordermill::cluster::farm {

/// Rank 0: until `dealer.finished()`; then every worker is released. Throws what the dealer's callables threw, or RemoteError, after every worker
/// has been told to stop; never leaves a worker waiting.
/// `usage`, when given, has one entry a rank and is kept up to date.
void run(boost::mpi::communicator& world, const Dealer& dealer, std::vector<Usage>* usage = nullptr);

/// Every other rank: until released. An exception of `work` is told to rank 0, then it waits to be released and returns false. True after an orderly end.
/// `exit_code_of` says what rank 0 should exit with for an exception.
bool serve(boost::mpi::communicator& world, const Work& work, const std::function<int(const std::exception&)>& exit_code_of);

} // namespace ordermill::cluster::farm
