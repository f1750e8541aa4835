#pragma once

#include "cluster/work/work.hpp"

namespace ordermill::cluster {

/// This process since its start (three system calls); `busy_seconds` is the caller's own measure.
Usage measure_usage(double busy_seconds);

} // namespace ordermill::cluster
