#pragma once

#include "app/run/clean_options.hpp"
#include "app/study/study_command.hpp"
#include "cluster/session/session.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// What is run at each size: the job as asked for, or one value of a sweep.
struct Setting {
    std::string name; ///< "chunk-size=1MiB"; empty without a sweep
    CleanOptions clean;
};

/// `study`; `settings` has one or more only when it is to run a job.
struct StudyCommand {
    StudyOptions study;
    std::vector<Setting> settings;
};

/// `ordermill study JOB ...` on every rank: runs the job at each size and setting on the first ranks of the
/// session, in turn, while the others sleep, until the times have settled; and the ceiling of each size,
/// where it is asked for. Rank 0 appends the raw rows after every run, and publishes the study at the end.
/// `said`, on rank 0: the tables for people. Returns the exit code. Throws UsageError, and what a run throws.
int run_study(const StudyCommand& command, const cluster::Launch& launch, cluster::Session& session,
              std::string& said);

} // namespace ordermill::app
