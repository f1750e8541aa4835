#pragma once

#include "app/deal/scheduler.hpp"
#include "app/protocol/messages.hpp"
#include "app/report/report.hpp"
#include "cluster/work/work.hpp"
#include "study/rows/phase_buckets.hpp"
#include "system/resources.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ordermill::app {

/// What a run cost, for the scaling study. The lists are by rank, rank 0 included; a run of one process has
/// one entry, and no separate dealing.
struct RunMeasures {
    bool complete = false;   ///< false: it didn't come to its end, or lost a rank on the way
    std::string started;     ///< ISO 8601, UTC
    double wall_seconds = 0; ///< from the first deal to the last byte written
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;      ///< of input
    std::uint64_t duplicates = 0; ///< records removed
    std::uint64_t chunk_bytes = 0;
    int parts = 1;
    Spent dealing;            ///< rank 0; its wall time is its CPU time
    double dealing_user = 0;  ///< of it
    system::OtherLoad others; ///< on rank 0's host
    std::vector<cluster::Usage> usage;
    std::vector<Phases> phases;
    std::vector<std::vector<study::PhaseBuckets::Bar>> timelines;
};

using Bars = std::vector<study::PhaseBuckets::Bar>;

/// Of a run that came to its end. `rank0`: its timeline.
RunMeasures measures_of(const Plan& plan, const Scheduler& scheduler, const RunFacts& facts, Bars rank0);

} // namespace ordermill::app
