#pragma once

#include "core/job_spec.hpp"

#include <string>

namespace ordermill::app {

/// The job as a job file: what differs from the defaults, in one settled order. Read again, it gives an equal
/// spec, provided that the spec came from `read_job`.
std::string print_job(const core::JobSpec& job);

/// One field's line without its name: `decimal "Price Each" | required | scale 2`.
std::string print_field(const core::FieldSpec& field);

} // namespace ordermill::app
