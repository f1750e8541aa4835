#pragma once

#include "app/run/clean_options.hpp"
#include "app/study/study_command.hpp"
#include "cluster/session/session.hpp"

#include <string>

namespace ordermill::app {

/// `study`; `clean` is only set when it is to run a job.
struct StudyCommand {
    StudyOptions study;
    CleanOptions clean;
};

/// `ordermill study JOB ...` on every rank: runs the job at each size on the first ranks of the session, in
/// turn, while the others sleep; rank 0 appends the raw rows after every run, and publishes the study at the
/// end. `said`, on rank 0: the tables for people. Returns the exit code. Throws UsageError, and what a run
/// throws.
int run_study(const StudyCommand& command, const cluster::Launch& launch, cluster::Session& session,
              std::string& said);

} // namespace ordermill::app
