#pragma once

#include "app/plan/plan.hpp"
#include "app/terminal/log.hpp"

#include <cstdint>
#include <optional>

namespace ordermill::app {

/// What a run of `ordermill clean` is asked to do, as typed.
struct CleanOptions {
    PlanRequest request;
    bool force = false;
    bool resume = false; ///< go on with an unfinished run
    double checkpoint_seconds = 10;
    double lease_seconds = 12;
    std::uint64_t max_crashes = 10;
    bool strict = false; ///< max_rejects = 0
    bool quiet = false;
    double progress_seconds = 10; ///< between lines when stderr isn't a terminal; 0: none
    std::optional<int> expect_ranks;
    LogOptions log;
    bool in_study = false; ///< one of many runs: says nothing of the launch, and notes when it did what
};

} // namespace ordermill::app
