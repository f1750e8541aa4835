#pragma once

#include "app/hosts/access_plan.hpp"
#include "app/plan/plan.hpp"

#include <string>

namespace ordermill::app {

/// What a run is about to do, for people: the job, the inputs, the ranks. Whole lines.
std::string plan_summary(const Plan& plan, const CompiledPlan& compiled, int ranks, const AccessPlan& access);

} // namespace ordermill::app
