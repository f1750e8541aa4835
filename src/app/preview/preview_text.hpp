#pragma once

#include "app/plan/plan.hpp"

#include <cstdint>
#include <string>

namespace ordermill::app {

struct PreviewOptions {
    PlanRequest request;
    std::uint64_t records = 20;                    ///< to be shown
    std::uint64_t bytes = std::uint64_t{64} << 20; ///< of the inputs, to be looked at
};

/// What `clean` would do, as text for people: the first records before and after, one example of each fault
/// and repair, and counts. Writes no file and reads `bytes` of the inputs at most. Duplicates and rules on
/// whole orders are left out. Costs what cleaning so many bytes on one core costs. Throws what `make_plan`
/// throws.
std::string preview_job(const PreviewOptions& options, io::PipeInput& pipe);

} // namespace ordermill::app
