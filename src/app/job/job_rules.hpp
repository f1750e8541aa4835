#pragma once

#include "app/job_syntax/job_lines.hpp"
#include "core/job/job_spec.hpp"

/// The sections beside input, fields and output. Each reads one section into the job, whose fields are there
/// already.
namespace ordermill::app {

void read_split(const Section& section, core::JobSpec& job);
void read_lookup(const Section& section, core::JobSpec& job);
void read_repair(const Section& section, core::JobSpec& job);
void read_rules(const Section& section, core::JobSpec& job);
void read_drop(const Section& section, core::JobSpec& job);
void read_duplicates(const Section& section, core::JobSpec& job);
void read_order(const Section& section, core::JobSpec& job);

} // namespace ordermill::app
