#pragma once

#include <mpi.h>

#include <vector>

/// What MPI itself knows of ranks that died: Open MPI 5 does, started with `--with-ft ulfm` (User-Level
/// Failure Mitigation, Bland et al. 2013), and an earlier one nothing. Beside it the farm looks after
/// processes and beats, which works everywhere.
namespace ordermill::cluster {

/// Ranks of the communicator that have failed so far, ascending; empty where MPI can't say. Local, some
/// microseconds.
std::vector<int> failed_ranks(MPI_Comm communicator);

/// Whether a call's result says that the other side has failed, rather than that the call was wrong.
bool is_process_failure(int result) noexcept;

} // namespace ordermill::cluster
