#pragma once

#include "app/plan/plan.hpp"

#include <string>

namespace ordermill::app {

struct ExplainOptions {
    PlanRequest request; ///< its inputs may be empty
    bool as_job = false; ///< as a job file
};

/// The job as it is understood, as text for people: inputs, stages, fields, rules, outputs. Columns are
/// resolved against the headers of the inputs, when some are given or the job names some that are there. Of
/// the inputs only the headers are read. `as_job`: a job file instead, overrides included, that reads back to
/// the same meaning. Throws what `make_plan` throws.
std::string explain_job(const ExplainOptions& options, io::PipeInput& pipe);

} // namespace ordermill::app
