#pragma once

#include "app/report/report.hpp"

#include <string>

namespace ordermill::app {

/// The table that is printed at the end of a run.
std::string summary_table(const Plan& plan, const CompiledPlan& compiled, const Totals& totals,
                          const RunFacts& facts);

} // namespace ordermill::app
