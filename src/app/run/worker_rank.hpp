#pragma once

#include "app/run/clean_options.hpp"
#include "cluster/farm/farm.hpp"
#include "cluster/session/session.hpp"

namespace ordermill::app {

/// What every rank but 0 does in a run. The exit code.
int run_worker(const CleanOptions& options, cluster::Session& session);

cluster::farm::Limits farm_limits(const CleanOptions& options);

} // namespace ordermill::app
