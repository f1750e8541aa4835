#pragma once

#include "cluster/work/work.hpp"

#include <chrono>

namespace ordermill::cluster {

/// This process since its start (three system calls); `busy_seconds` is the caller's own measure.
Usage measure_usage(double busy_seconds);

/// How often a rank that answers many small tasks measures itself.
inline constexpr std::chrono::milliseconds usage_interval{5};

} // namespace ordermill::cluster
