#pragma once

#include "cluster/work/work.hpp"

namespace ordermill::cluster {

/// CPU seconds and peak memory of this process since its start. Three system calls. `busy_seconds` is stored
/// as it is given: the caller measures it.
Usage measure_usage(double busy_seconds);

} // namespace ordermill::cluster
