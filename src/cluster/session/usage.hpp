#pragma once

#include "cluster/work/work.hpp"

#include <chrono>

namespace ordermill::cluster {

/// CPU seconds and peak memory of this process since its start. Three system calls. `busy_seconds` is stored
/// as it is given: the caller measures it.
Usage measure_usage(double busy_seconds);

/// How often a rank that answers many small tasks measures itself.
inline constexpr std::chrono::milliseconds usage_interval{5};

} // namespace ordermill::cluster
