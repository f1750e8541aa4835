#include "app/launch/launched_processes.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

namespace ordermill::app {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// R, S, T and so on, behind the command's name; '?' for a process that isn't there.
char state_of(const std::string& folder) {
    const std::string stat = text_of(folder + "/stat");
    const std::size_t bracket = stat.rfind(')');
    return bracket != std::string::npos && bracket + 2 < stat.size() ? stat[bracket + 2] : '?';
}

/// What a process was told in a variable of its environment; nothing where it wasn't.
std::optional<int> number_in(const std::string& environment, const std::string& variable) {
    const std::size_t at = environment.find('\0' + variable + '=');
    if (at == std::string::npos) return std::nullopt;
    return std::atoi(environment.c_str() + at + variable.size() + 2);
}

} // namespace

LaunchedProcesses look_at_processes(pid_t mpirun, const std::string& proc) {
    const std::string number = std::to_string(mpirun);
    LaunchedProcesses seen;
    seen.mpirun_stopped = state_of(proc + '/' + number) == 'T';
    std::ifstream children(proc + '/' + number + "/task/" + number + "/children");
    for (pid_t child = 0; children >> child;) {
        const std::string folder = proc + '/' + std::to_string(child);
        const char state = state_of(folder);
        const std::string environment = '\0' + text_of(folder + "/environ");
        const std::optional<int> rank =
            number_in(environment, "OMPI_COMM_WORLD_RANK"); // mpirun forks others too
        if (!rank || state == 'Z' || state == '?') continue;
        ++seen.ranks;
        seen.started =
            std::max(seen.started, number_in(environment, "OMPI_COMM_WORLD_LOCAL_SIZE").value_or(0));
        seen.rank0_here |= *rank == 0;
        seen.rank0_stopped |= *rank == 0 && state == 'T';
    }
    return seen;
}

} // namespace ordermill::app
