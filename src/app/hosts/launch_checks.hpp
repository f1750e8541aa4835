#pragma once

#include "cluster/session/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Throws UsageError when `size` isn't the number of ranks in `expected` (--expect-ranks), or, without
/// that, when the launcher promised several ranks and this process is alone: each of N lone processes would
/// overwrite the outputs of the others. Call it before anything else; a process that was started alone can
/// call it before MPI starts.
void check_launch(const cluster::Launch& launch, int size, const std::optional<int>& expected);

/// What is unwise about the launch, one sentence each: more ranks on a host than cores (on rank 0's host:
/// than cores + 1), or several CPUs per task. `hosts` and `cores` are by rank.
std::vector<std::string> launch_warnings(const cluster::Launch& launch, const std::vector<std::string>& hosts,
                                         const std::vector<int>& cores);

/// How many cores this process may use; at least 1.
int usable_cores();

} // namespace ordermill::app
