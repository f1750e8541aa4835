#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// `ordermill run`: from what was typed to what mpirun is given. No MPI, no processes.
namespace ordermill::app {

struct RunOptions {
    bool help = false;
    std::optional<int> ranks;
    int restarts = 0;
    std::vector<std::string> mpirun;     ///< words for mpirun as typed, -n and --restarts apart
    std::vector<std::string> command;    ///< the words after `--`: clean and its words
    std::vector<std::string> host_lists; ///< the values of --host
    std::vector<std::string> host_files; ///< the values of --hostfile
    std::string output;                  ///< the output folder of `command`
};

/// Reads the words after `run` and checks their form; `output` stays empty. Throws UsageError.
RunOptions parse_run(const std::vector<std::string>& words);

/// A host list as --host takes it (`a,b:4`) or a host file's text: the names, without slots and users.
std::vector<std::string> hosts_in_list(std::string_view list);
std::vector<std::string> hosts_in_file(std::string_view text);
/// Whether one of them isn't this machine. A name that can't be judged counts as another machine, which costs
/// some patience at the end of a run that lost a rank, and nothing else.
bool leaves_this_host(const std::vector<std::string>& hosts, std::string_view this_host);

/// The major version in what `mpirun --version` prints; nothing if it isn't Open MPI's.
std::optional<int> open_mpi_version(std::string_view printed);

/// What the flags depend on.
struct Machine {
    int open_mpi = 4; ///< major version
    int cores = 1;
    bool several_hosts = false;      ///< ranks elsewhere than on this host
    bool loopback = false;           ///< the network interface `lo` is up
    std::string program;             ///< this program's path
    std::set<std::string> variables; ///< names in the environment: OMPI_MCA_x is the user's own setting of x
};

/// mpirun kills its ranks this long after it asked them to end with SIGTERM, and (measured on 4.1.4) it lets
/// as much time pass between its own SIGTERM, or an abort, and theirs: twice this until it returns.
inline constexpr int seconds_to_end = 5;

/// mpirun and its arguments. What the user sets in words or in the environment is left to them.
std::vector<std::string> mpirun_command(const RunOptions& options, const Machine& machine);

/// The same run once more, going on where it stopped. `recorded`: that run had begun, and left a journal.
/// Without one, a --force of the user's still has old outputs to replace, and stays.
RunOptions resumed(RunOptions options, bool recorded);

} // namespace ordermill::app
