#include "app/hosts/launch_checks.hpp"

#include "app/base/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sched.h>

namespace ordermill::app {

void check_launch(const cluster::Launch& launch, int size, const std::optional<int>& expected) {
    if (expected) {
        if (*expected == size) return;
        throw UsageError(fmt::format("the run has {} rank{}, but --expect-ranks is {}", size,
                                     size == 1 ? "" : "s", *expected));
    }
    if (size == 1 && launch.expected && *launch.expected > 1) {
        throw UsageError(fmt::format(
            "this process is the only rank, although {}={}: start ordermill with mpirun or srun --mpi=pmix "
            "of the Open MPI that it was built with, or give --expect-ranks 1 if one process is intended",
            launch.expected_from, *launch.expected));
    }
}

std::vector<std::string> launch_warnings(const cluster::Launch& launch, const std::vector<std::string>& hosts,
                                         const std::vector<int>& cores) {
    std::vector<std::string> warnings;
    std::map<std::string, int> ranks;
    std::map<std::string, int> cores_of;
    for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
        ++ranks[hosts[rank]];
        cores_of[hosts[rank]] = std::max(cores_of[hosts[rank]], cores[rank]);
    }
    for (const auto& [host, count] : ranks) {
        // Rank 0 sleeps, so its host has room for one more.
        const int sensible = cores_of[host] + (host == hosts.front() ? 1 : 0);
        if (count > sensible && count > 1) {
            warnings.push_back(fmt::format(
                "{} ranks on {}, which has {} core{}: the ranks share cores; start at most {} there", count,
                host, cores_of[host], cores_of[host] == 1 ? "" : "s", sensible));
        }
    }
    if (launch.cpus_per_task > 1) {
        warnings.push_back(fmt::format(
            "SLURM_CPUS_PER_TASK={}: a rank uses only one CPU; ask for more tasks (--ntasks) instead",
            launch.cpus_per_task));
    }
    return warnings;
}

int usable_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return CPU_COUNT(&set);
}

} // namespace ordermill::app
