#pragma once

#include "app/plan/plan.hpp"

#include <string>

namespace ordermill::app {

struct ExplainOptions {
    PlanRequest request; ///< its inputs may be empty
    bool as_job = false; ///< as a job file
};

/// The job as the program understands it, as text for people: inputs, stages, fields, rules, outputs. Columns
/// are looked up in the headers of the inputs, if inputs are given or the job names some that are there. Only
/// the headers of the inputs are read. With `as_job`: a job file with the same meaning, overrides included.
/// Throws what `make_plan` throws.
std::string explain_job(const ExplainOptions& options, io::PipeInput& pipe);

} // namespace ordermill::app
