#pragma once

#include "app/hosts/access_plan.hpp"
#include "app/plan/plan.hpp"
#include "cluster/session/session.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ordermill::app {

/// What rank 0 knows of the ranks when a plan suits all of them. The lists are by rank.
struct Agreement {
    std::vector<std::string> hosts;
    std::vector<int> cores;            ///< of its host
    std::vector<std::uint64_t> memory; ///< that it may keep records in, in bytes
    AccessPlan access;
};

/// On rank 0, after the run folder is there: sends the plan to every rank, hears what each can see of it, and
/// settles who reads and writes what. Throws cluster::RemoteError with the first problem of a rank. The other
/// ranks wait for `start_workers` or `refuse_workers` then (worker_rank.hpp is their side).
Agreement agree(const Plan& plan, const CompiledPlan& compiled, const PlanRequest& request,
                cluster::Session& session);

/// The workers begin to serve.
void start_workers(const Agreement& agreement, cluster::Session& session);
/// The workers leave without a word. Also instead of `agree`.
void refuse_workers(cluster::Session& session);

} // namespace ordermill::app
