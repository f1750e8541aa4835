#pragma once

#include "app/plan/plan.hpp"

#include <string>

/// The part of `explain` that is about fields and their columns.
namespace ordermill::app {

/// A table: name, type, source, what is done on a fault, steps; the fields that are read differently in some
/// files; the columns by file, where they differ.
std::string explain_fields(const Plan& plan, const CompiledPlan& compiled);

/// Which column of the files this is: `column 3 "Quantity"`; the names that are looked for when there are no
/// files or they differ. `column`: of the first recipe's columns.
std::string column_source(const Plan& plan, const CompiledPlan& compiled, std::uint32_t column);

} // namespace ordermill::app
