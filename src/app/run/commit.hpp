#pragma once

#include "app/deal/scheduler.hpp"
#include "app/plan/plan.hpp"
#include "app/report/report.hpp"
#include "app/resume/run_journal.hpp"

namespace ordermill::app {

/// When every output is whole and on the disk under its temporary name: checks that nothing of the inputs is
/// missing and that they didn't change, writes the report, and puts all of it in place, the report last: it
/// is the mark of a whole run. True when more records were rejected than the job allows.
/// Throws std::logic_error when the accounts don't add up, std::runtime_error for a changed input, io::Error,
/// and io::Replaced once a newer run has the folder.
bool commit(const Plan& plan, const CompiledPlan& compiled, const Scheduler& scheduler, const RunFacts& facts,
            RunJournal& journal);

} // namespace ordermill::app
