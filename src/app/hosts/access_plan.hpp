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
    std::string inputs;                ///< for report.json: `reference`, `inline`, or both with their workers
    std::string outputs;               ///< likewise: `direct`, `through rank 0`, or both with their workers
    std::string problem;               ///< why --transport or --gather can't be obeyed; empty when it can
    int problem_rank = 0;              ///< of the first worker that has the problem
};

/// Decides from the capabilities of all ranks (`views`, by rank). A worker writes by itself when it sees the
/// output folder, rank 0 has seen its answer there, and it is on rank 0's host or the file system is known to
/// be coherent. May wait for answers that a network file system shows late. Throws nothing: see `problem`.
AccessPlan plan_access(const Plan& plan, const PlanRequest& request,
                       const std::vector<RankCapabilities>& views, Probe& probe);

} // namespace ordermill::app
