#pragma once

#include "cluster/work.hpp"

namespace ordermill::cluster::serial {

/// Runs the job on this process alone: deals to worker 1, which is ourselves, one task at a time. Exceptions
/// of `work` and of the dealer pass through. `dealer.tick` is also called from within `alive`. `usage`, when
/// given, is kept up to date.
void run(const Dealer& dealer, const Work& work, Usage* usage = nullptr);

} // namespace ordermill::cluster::serial
