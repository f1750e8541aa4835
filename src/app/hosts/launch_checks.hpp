#pragma once

#include "cluster/session/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Before anything else, also before MPI starts for a process that was started alone: refuses when the
/// launcher promised more ranks than there are (each of N lone processes would overwrite the others'
/// outputs). Throws UsageError.
void check_launch(const cluster::Launch& launch, int size, const std::optional<int>& expected);

/// What may be unwise about the launch, a sentence each: more ranks on a host than its cores + 1, several
/// CPUs per task. `hosts` and `cores`: by rank.
std::vector<std::string> launch_warnings(const cluster::Launch& launch, const std::vector<std::string>& hosts,
                                         const std::vector<int>& cores);

/// Cores that this process may use.
int usable_cores();
/// This host's memory, or this container's limit, in bytes.
std::uint64_t usable_memory();

} // namespace ordermill::app
