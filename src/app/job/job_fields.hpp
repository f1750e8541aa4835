#pragma once

#include "app/job_syntax/job_lines.hpp"
#include "core/job/job_spec.hpp"

#include <vector>

namespace ordermill::app {

/// `[fields]`: the job's fields, in order, and `rest = *`.
void read_fields(const Section& section, core::JobSpec& job);
/// `[fields.NAME]`: fields read differently in the files of `[input.NAME]`. Needs the job's inputs and
/// fields.
void read_field_overrides(const Section& section, core::JobSpec& job);

/// The field that `name` names, else an error with the nearest one.
void require_field(const core::JobSpec& job, std::string_view name, core::Place place);
/// Look-ups, parts of splits and countries that the fields refer to. Needs the whole job.
void check_references(const core::JobSpec& job);

/// Takes `when CONDITION` off the end of an expression.
bool take_when(std::string_view condition, Piece& expression);
/// Throws when there is none, or a mark of the job file in its place. What it says is for its compiler.
void require_expression(const Piece& expression);

} // namespace ordermill::app
