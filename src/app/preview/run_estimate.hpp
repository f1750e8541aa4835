#pragma once

#include "app/hosts/host_facts.hpp"
#include "app/run/clean_options.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// `ordermill plan`: what a run of `clean` with these options would do, without doing it: inputs, chunks,
/// ranks, memory, the time that it would take, and how many ranks are worth it. Cleans a sample of the first
/// input (up to 16 MiB) into a folder below --scratch that is removed again. `hosts`: by rank of this launch.
/// One process; throws what `make_plan` throws, and UsageError for a pipe.
std::string estimate_run(const CleanOptions& options, const std::vector<HostFacts>& hosts);

} // namespace ordermill::app
