#pragma once

#include "app/deal/scheduler.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ordermill::app {

/// What passed through rank 0, because ranks don't share files, and whether the run waited for it.
struct Rank0Traffic {
    std::uint64_t bytes = 0;     ///< both ways
    double bytes_per_second = 0; ///< over the time from the first deal to the last result
    double waited = 0;           ///< share of that time, 0 to 1: the workers' mean that no phase accounts for
    bool binds = false;          ///< the workers waited for more than half of the time and more than a second
};

Rank0Traffic rank0_traffic(const SchedulerCounts& counts, const std::vector<Phases>& phases,
                           double dealing_seconds);

/// A sentence for people; empty unless it binds.
std::string in_words(const Rank0Traffic& load);

} // namespace ordermill::app
