#pragma once

#include "app/hosts/rank_access.hpp"
#include "app/hosts/rank_capabilities.hpp"
#include "app/plan/plan.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// What each worker reads and writes by itself, and what passes through rank 0.
struct AccessPlan {
    std::vector<RankAccess> by_worker; ///< [0] is unused
    std::string inputs;                ///< `reference`, `inline`, or for how many workers
    std::string outputs;               ///< `direct`, `through rank 0`, or for how many workers
    std::string problem;               ///< why it can't be done as asked for; empty when it can
    int problem_rank = 0;
};

/// By what the ranks said. A worker writes by itself when it sees the output folder, rank 0 has seen its
/// answer there, and it is on rank 0's host or the file system is known to be coherent.
AccessPlan plan_access(const Plan& plan, const PlanRequest& request,
                       const std::vector<RankCapabilities>& views, Probe& probe);

} // namespace ordermill::app
