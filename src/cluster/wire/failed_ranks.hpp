#pragma once

#include <mpi.h>

#include <vector>

/// What MPI itself knows of ranks that died. Open MPI 5 knows it when it is started with `--with-ft ulfm`
/// (User-Level Failure Mitigation, Bland et al. 2013); Open MPI 4 never does. The farm doesn't depend on it:
/// it also watches processes and the workers' beats, which works with every MPI.
namespace ordermill::cluster {

/// Ranks of the communicator that have failed so far, ascending; empty where MPI can't say. It sends no
/// message and takes some microseconds.
std::vector<int> failed_ranks(MPI_Comm communicator);

/// True if an MPI call's result says that the other rank has failed, false for success and for every other
/// error.
bool is_process_failure(int result) noexcept;

} // namespace ordermill::cluster
