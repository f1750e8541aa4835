#pragma once

#include "app/run/clean_options.hpp"
#include "app/run/run_measures.hpp"
#include "cluster/session/session.hpp"

namespace ordermill::app {

/// `ordermill clean` on every rank of the session: plans on rank 0, cleans, commits. Returns this rank's exit
/// code. Throws on the rank where something is wrong; the others return exit_done. `measures`, when given, is
/// filled on rank 0.
int run_clean(const CleanOptions& options, const cluster::Launch& launch, cluster::Session& session,
              RunMeasures* measures = nullptr);

} // namespace ordermill::app
