#pragma once

#include "cluster/work/work.hpp"

namespace ordermill::cluster::serial {

/// Runs all tasks on this process: deals to worker 1, which is this process itself, one task at a time. Calls
/// `dealer.tick` while `work` calls Alive, too. Exceptions of `work` and of the dealer pass through. `usage`,
/// if given, is kept up to date. `peers`, if given, sends to itself.
void run(const Dealer& dealer, const Work& work, Usage* usage = nullptr, Peers* peers = nullptr);

} // namespace ordermill::cluster::serial
