#pragma once

#include "app/plan/plan.hpp"
#include "core/job/job_spec.hpp"

namespace ordermill::app {

/// Reads the files that the job names (look-ups, lists of values), each once, into the plan: ranks on other
/// hosts may not have them. A job's own files are looked for beside it, those that `--set` names in the
/// current folder. Throws JobFileError for one that can't be read.
void attach_files(Plan& plan, const core::JobSpec& spec);

/// Gives fields whose allowed values or aliases stand in a file or a look-up what stands there. The files
/// must be attached. Throws core::JobError for a file with too few columns.
void fill_from_attachments(core::JobSpec& spec, const Plan& plan);

} // namespace ordermill::app
