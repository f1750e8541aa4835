#pragma once

#include "app/run/clean_options.hpp"
#include "cluster/farm/farm.hpp"
#include "cluster/session/session.hpp"

namespace ordermill::app {

/// What every rank but 0 does in a run: receives the plan, says what it can do, cleans until rank 0 releases
/// it. Collective with rank 0's side. Returns the exit code; throws what the work throws, and farm::Orphaned.
int run_worker(const CleanOptions& options, cluster::Session& session);

cluster::farm::Limits farm_limits(const CleanOptions& options);

} // namespace ordermill::app
