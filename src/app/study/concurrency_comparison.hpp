#pragma once

#include "app/study/study_command.hpp"
#include "cluster/session/session.hpp"

#include <string>

namespace ordermill::app {

/// `ordermill study --burn`, on every rank: the same CPU-bound orders one after another, in processes,
/// threads and coroutines, in C++ and in the Pythons of this machine; then orders that wait. `said`, on rank
/// 0, is the table and what it shows; the rows go to burn.csv in the output folder, where there is one. What
/// is measured apart runs in child processes, which make no MPI call. Returns the exit code; throws
/// UsageError, and std::runtime_error when a child can't be had.
int burn_orders(const StudyOptions& options, cluster::Session& session, std::string& said);

} // namespace ordermill::app
