#pragma once

#include "core/job/job_spec.hpp"

#include <string>

namespace ordermill::app {

/// The job as a job file: what differs from the defaults, in one settled order. Read again, it gives an equal
/// spec, provided that the spec came from `read_job`.
std::string print_job(const core::JobSpec& job);

/// One field's line without its name: `decimal "Price Each" | required | scale 2`.
std::string print_field(const core::FieldSpec& field);
/// The steps alone, without what is done on a fault: `required | scale 2`.
std::string print_steps(const core::FieldSpec& field);
/// What is done on a fault: `reject`, `keep flag`, ...
std::string print_action(const core::OnFault& on_fault);

} // namespace ordermill::app
