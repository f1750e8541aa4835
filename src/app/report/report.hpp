#pragma once

#include "app/deal/scheduler.hpp"
#include "app/plan/plan.hpp"
#include "cluster/work/work.hpp"
#include "system/resources.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// What report.json says of the run itself, beside the result.
struct RunFacts {
    std::string started;             ///< ISO 8601, UTC
    double wall_seconds = 0;         ///< from the plan's acceptance to the last byte written
    double dealing_seconds = 0;      ///< from the first deal to the last result
    double dealing_cpu_seconds = 0;  ///< rank 0's CPU time meanwhile
    double dealing_user_seconds = 0; ///< the part of it that the kernel didn't take
    std::vector<std::string> hosts;  ///< by rank
    std::vector<cluster::Usage> usage;
    system::OtherLoad others; ///< what else went on on rank 0's host while it dealt
    std::string transport;    ///< how the inputs' bytes reach the workers
    std::string outputs;      ///< how the outputs' bytes reach the files
    std::string identity;     ///< what a run that goes on must share
    struct Lost {
        int rank = 0;
        double after_seconds = 0;
    };
    std::vector<Lost> lost; ///< workers that died on the way
};

/// The text of report.json, with two parts: `result` has the same bytes for any number of ranks, chunk size
/// and transport; `run` says how and where it was computed.
std::string report_json(const Plan& plan, const CompiledPlan& compiled, const Scheduler& scheduler,
                        const RunFacts& facts);

} // namespace ordermill::app
