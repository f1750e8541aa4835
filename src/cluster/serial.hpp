#pragma once

#include "cluster/work.hpp"

namespace ordermill::cluster::serial {

/// Runs the job on this process alone: deals to worker 1, which is ourselves. Exceptions of `work` pass through.
void run(const Dealer& dealer, const Work& work);

} // namespace ordermill::cluster::serial
