#pragma once

#include "cluster/work/work.hpp"

namespace ordermill::cluster::serial {

/// Runs the job on this process alone: deals to worker 1, which is ourselves, one task at a time. Exceptions
/// of `work` and of the dealer pass through. `dealer.tick` is also called from within `alive`. `usage`, when
/// given, is kept up to date. `peers`, when given, is linked with itself.
void run(const Dealer& dealer, const Work& work, Usage* usage = nullptr, Peers* peers = nullptr);

} // namespace ordermill::cluster::serial
