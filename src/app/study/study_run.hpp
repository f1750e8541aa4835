#pragma once

#include "app/command/options.hpp"
#include "cluster/session/session.hpp"

#include <string>

namespace ordermill::app {

/// `ordermill study JOB ...` on every rank: runs the job at each size on the first ranks of the session, in
/// turn, while the others sleep; rank 0 appends the raw rows after every run, and publishes the study at the
/// end. `said`, on rank 0: the tables for people. Returns the exit code. Throws UsageError, and what a run
/// throws.
int run_study(const StudyCommand& command, const cluster::Launch& launch, cluster::Session& session,
              std::string& said);

} // namespace ordermill::app
