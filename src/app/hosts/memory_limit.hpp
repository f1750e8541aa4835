#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ordermill::app {

/// How much memory the processes of this job may use together on one host.
struct MemoryLimit {
    std::uint64_t bytes = 0;
    std::string source; ///< what sets it, for people: "control group /slurm/job_7", "SLURM_MEM_PER_NODE=512"
};

/// What a limit is found in; tests give recorded files.
struct MemorySources {
    std::string root;                  ///< the folder that has proc/ and sys/; empty: the real ones
    std::uint64_t physical_memory = 0; ///< in bytes
    std::function<const char*(const char* name)> environment; ///< null: not set
};

/// The least of: the host's memory; the limits of this process' memory control group and of the groups around
/// it, version 1 or 2 (cgroups(7), proc(5) on mountinfo); Slurm's --mem and --mem-per-cpu (sbatch(1), "Output
/// environment variables"), which some sites enforce without control groups. A source that is missing or
/// can't be understood sets no limit.
MemoryLimit memory_limit(const MemorySources& sources);
/// Of this process.
MemoryLimit memory_limit();

/// By rank: how much a rank may keep in memory of records that wait. `wished` (--memory), if it isn't 0; else
/// an equal share of half of what the ranks of its host may use. `hosts` and `memory` are by rank.
std::vector<std::uint64_t> memory_bounds(std::uint64_t wished, const std::vector<std::string>& hosts,
                                         const std::vector<std::uint64_t>& memory);

} // namespace ordermill::app
