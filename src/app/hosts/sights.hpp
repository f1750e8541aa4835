#pragma once

#include "app/deal/dealing.hpp"
#include "app/plan/plan.hpp"
#include "app/hosts/visibility.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// What each worker reads and writes by itself, and what passes through rank 0.
struct Sights {
    std::vector<Sight> by_worker; ///< [0] is unused
    std::string inputs;           ///< `reference`, `inline`, or for how many workers
    std::string outputs;          ///< `direct`, `through rank 0`, or for how many workers
    std::string problem;          ///< why it can't be done as asked for; empty when it can
    int problem_rank = 0;
};

/// By what the ranks said. A worker writes by itself when it sees the output folder, rank 0 has seen its
/// answer there, and it is on rank 0's host or the file system is known to be coherent.
Sights decide_sights(const Plan& plan, const PlanRequest& request, const std::vector<RankView>& views,
                     Probe& probe);

} // namespace ordermill::app
