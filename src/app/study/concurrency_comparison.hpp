#pragma once

#include "app/study/study_command.hpp"
#include "cluster/session/session.hpp"

#include <string>

namespace ordermill::app {

/// `ordermill study --burn`, on every rank: the same CPU-bound orders one after another, in processes,
/// threads and coroutines; `said`, on rank 0, is the table and what it shows. What is measured apart runs in
/// child processes, which make no MPI call. Returns the exit code; throws std::runtime_error when a child
/// can't be had.
int burn_orders(const StudyOptions& options, cluster::Session& session, std::string& said);

} // namespace ordermill::app
