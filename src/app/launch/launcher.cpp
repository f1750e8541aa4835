#include "app/launch/launcher.hpp"

#include "app/base/errors.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/launch/exit_status_file.hpp"
#include "app/launch/launched_processes.hpp"
#include "app/launch/leftovers.hpp"
#include "app/launch/lifeline_listener.hpp"
#include "app/launch/supervision.hpp"
#include "app/terminal/message.hpp"
#include "io/error.hpp"
#include "io/input.hpp"
#include "system/process.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <ifaddrs.h>
#include <iterator>
#include <net/if.h>
#include <optional>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ordermill::app {
namespace {

using namespace std::chrono_literals;

/// How often the exit_status is looked at.
constexpr long look_nanoseconds = 100'000'000;
/// What an mpirun that was killed leaves behind may end by itself for so long.
constexpr auto orphans_patience = 2s;
constexpr auto orphans_limit = 10s;

Moment now() { return std::chrono::steady_clock::now(); }

/// A folder that only this user can read, gone with the object.
class PrivateFolder {
  public:
    PrivateFolder() {
        const char* const base = std::getenv("TMPDIR");
        path_ = (base != nullptr && *base != '\0' ? std::string(base) : "/tmp") + "/ordermill-run-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr) throw io::Error("make the folder", path_, errno);
        write_owner(path_);
    }
    ~PrivateFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;

    /// Each attempt has a file of its own, so that a rank left over from the one before can't speak for it.
    std::string verdict_file(int attempt) const { return fmt::format("{}/exit_status-{}", path_, attempt); }

  private:
    std::string path_;
};

/// The signals that the launcher waits for instead of being interrupted: the user's, and a child's end.
class BlockedSignals {
  public:
    BlockedSignals() {
        std::signal(SIGCHLD, SIG_DFL); // whoever ignores it hears nothing of a child's end
        sigemptyset(&set_);
        for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD}) sigaddset(&set_, signal);
        sigprocmask(SIG_BLOCK, &set_, &before_);
    }
    ~BlockedSignals() { restore(); }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

    /// The next signal; 0 if none comes in time.
    int wait(long nanoseconds) const {
        const timespec time{0, nanoseconds};
        const int signal = sigtimedwait(&set_, nullptr, &time);
        return signal > 0 ? signal : 0;
    }
    void restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t set_{};
    sigset_t before_{};
};

// --- looking around
// -------------------------------------------------------------------------------------------

int find_open_mpi() {
    std::string printed;
    std::FILE* const pipe = ::popen("exec mpirun --version 2>&1 </dev/null", "r");
    if (pipe == nullptr) throw io::Error("start", "mpirun", errno);
    std::array<char, 256> piece{};
    while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) printed += piece.data();
    const int status = ::pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        throw std::runtime_error("there is no mpirun in PATH: install Open MPI (Debian: openmpi-bin), or use "
                                 "ordermill clean without run for one process");
    }
    const std::optional<int> version = open_mpi_version(printed);
    if (!version) {
        throw std::runtime_error(fmt::format("the mpirun in PATH isn't the one of Open MPI, which ordermill "
                                             "needs: mpirun --version prints \"{}\"",
                                             printed.substr(0, printed.find('\n'))));
    }
    return *version;
}

std::set<std::string> variable_names() {
    std::set<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        names.emplace(text.substr(0, text.find('=')));
    }
    return names;
}

std::string read_text(const std::string& path) {
    try {
        return io::read_whole_file(path);
    } catch (const io::InputError& error) {
        throw UsageError(fmt::format("run --hostfile {}: {}", path, error.what()));
    }
}

bool uses_several_hosts(const RunOptions& options) {
    std::vector<std::string> hosts;
    for (const std::string& list : options.host_lists)
        std::ranges::copy(hosts_in_list(list), std::back_inserter(hosts));
    for (const std::string& path : options.host_files)
        std::ranges::copy(hosts_in_file(read_text(path)), std::back_inserter(hosts));
    // What the MPI Operator of Kubernetes gave.
    const char* const file = std::getenv("OMPI_MCA_orte_default_hostfile");
    if (hosts.empty() && file != nullptr && ::access(file, R_OK) == 0) hosts = hosts_in_file(read_text(file));
    // What Slurm gave: `node1` or, several, `node[1-4]`.
    const char* const nodes = std::getenv("SLURM_JOB_NODELIST");
    if (hosts.empty() && nodes != nullptr) hosts = hosts_in_list(nodes);
    return leaves_this_host(hosts, system::host_name());
}

bool has_loopback() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return false;
    bool found = false;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next)
        found |= std::string_view(one->ifa_name) == "lo" && (one->ifa_flags & IFF_UP) != 0 &&
                 one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET;
    ::freeifaddrs(list);
    return found;
}

Machine look_around(const RunOptions& options) {
    std::error_code error;
    Machine machine;
    machine.several_hosts = uses_several_hosts(options);
    machine.open_mpi = find_open_mpi();
    machine.cores = usable_cores();
    machine.loopback = has_loopback();
    machine.program = std::filesystem::read_symlink("/proc/self/exe", error).string();
    if (error) throw io::Error("read", "/proc/self/exe", error.value());
    machine.variables = variable_names();
    return machine;
}

/// mpirun refuses root otherwise: Open MPI 4 by the first pair, 5 by either.
void allow_root() {
    if (::geteuid() != 0) return;
    for (const char* const name : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                                   "PRTE_ALLOW_RUN_AS_ROOT", "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM"})
        ::setenv(name, "1", 0);
}

// --- processes
// ------------------------------------------------------------------------------------------------

/// The child's side of fork. In a process group of its own the terminal's Ctrl-C doesn't reach it, and
/// neither may it read from the terminal then.
[[noreturn]] void become(const std::vector<std::string>& command, const BlockedSignals& signals,
                         pid_t launcher) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != launcher) ::_exit(127); // it died before that
    if (::isatty(STDIN_FILENO) == 1) {
        const int nothing = ::open("/dev/null", O_RDONLY);
        ::dup2(nothing, STDIN_FILENO);
    }
    signals.restore();
    std::signal(SIGPIPE, SIG_DFL);
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words.front(), words.data());
    ::_exit(127);
}

pid_t start(const std::vector<std::string>& command, const BlockedSignals& signals) {
    const pid_t launcher = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) throw io::Error("start", command.front(), errno);
    if (child == 0) become(command, signals, launcher);
    return child;
}

std::vector<pid_t> children() {
    const std::string self = std::to_string(::getpid());
    std::ifstream list("/proc/self/task/" + self + "/children");
    return {std::istream_iterator<pid_t>(list), {}};
}

/// Ends what is left of a run when its mpirun is gone: it has become a child of ours, and its own children do
/// so when it ends.
void end_orphans(std::chrono::milliseconds patience) {
    const Moment begin = now();
    for (;;) {
        pid_t ended = 0;
        do ended = ::waitpid(-1, nullptr, WNOHANG);
        while (ended > 0);
        if (ended < 0 || now() - begin >= orphans_limit) return;
        if (now() - begin >= patience)
            for (const pid_t child : children()) ::kill(child, SIGKILL);
        std::this_thread::sleep_for(10ms);
    }
}

/// What rank 0 says to this launcher: in the file, where it is on this host, or over its lifeline.
class Rank0 {
  public:
    Rank0(std::string file, bool may_be_elsewhere) : file_(std::move(file)) {
        if (may_be_elsewhere) listener_.emplace();
    }
    /// Tells mpirun's environment where rank 0 finds this.
    void announce() const {
        ::setenv(exit_status_variable, file_.c_str(), 1);
        const LifelineAddress address = listener_ ? listener_->address() : LifelineAddress();
        ::setenv(lifeline_variable, address.hosts.empty() ? "" : address.text().c_str(), 1);
    }
    void look() {
        if (listener_) listener_->look(now());
    }
    bool is_silent() const { return listener_ && listener_->is_silent(now()); }
    ExitStatus said() const {
        ExitStatus said = read_exit_status(file_);
        if (!listener_) return said;
        said.begun |= listener_->said().begun;
        if (!said.exit_code) said.exit_code = listener_->said().exit_code;
        return said;
    }

  private:
    std::string file_;
    std::optional<LifelineListener> listener_;
};

/// Waits for mpirun's end, sees to it that it comes, and returns the status: its exit code, or 128 + signal.
int supervise(pid_t mpirun, Rank0& rank0, const BlockedSignals& signals, Watch& watch) {
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(mpirun, &status, WNOHANG);
        if (ended == mpirun) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        rank0.look();
        const ExitStatus exit_status = rank0.said();
        watch.begun = exit_status.begun;
        if (exit_status.exit_code && !watch.exit_status) watch.exit_status = now();
        if (!watch.looked || now() - *watch.looked >= 1s)
            note_processes(watch, look_at_processes(mpirun), rank0.is_silent(), now());
        if (const int due = signal_due(watch, now()); due != 0) {
            ::kill(mpirun, due);
            note_sent(watch, due, now());
        }
        const int signal = signals.wait(look_nanoseconds);
        if (signal != 0 && signal != SIGCHLD) note_request(watch, signal, now());
    }
}

/// One mpirun from its start until nothing of it is left.
Ending run_once(const RunOptions& options, const Machine& machine, const std::string& verdict_file,
                const BlockedSignals& signals) {
    Rank0 rank0(verdict_file, machine.several_hosts);
    rank0.announce();
    if (!machine.several_hosts) ::setenv("HWLOC_COMPONENTS", "-pci,-linuxio", 0); // no network cards needed
    Watch watch;
    Ending ending;
    ending.status = supervise(start(mpirun_command(options, machine), signals), rank0, signals, watch);
    end_orphans(watch.insisted ? 0ms : std::chrono::milliseconds(orphans_patience));
    while (const int signal = signals.wait(0)) // came too late to be handed on
        if (signal != SIGCHLD) note_request(watch, signal, now());
    rank0.look();
    ending.exit_status = rank0.said();
    ending.asked = watch.asked.has_value();
    ending.cause = watch.cause;
    std::error_code ignored;
    ending.journal = std::filesystem::exists(options.output + "/.ordermill", ignored);
    return ending;
}

} // namespace

int launch(const RunOptions& typed) {
    allow_root();
    const Machine machine = look_around(typed);
    clear_leftovers();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const BlockedSignals signals;
    const PrivateFolder folder;
    RunOptions options = typed;
    for (int attempt = 0;; ++attempt) {
        const Ending ending = run_once(options, machine, folder.verdict_file(attempt), signals);
        const Outcome outcome = outcome_of(ending);
        if (!outcome.died || attempt == typed.restarts) {
            if (!outcome.advice.empty()) say(fmt::format("{}; {}", outcome.why, outcome.advice));
            return outcome.exit_code;
        }
        say(fmt::format("{}; starting it again (restart {} of {})", outcome.why, attempt + 1,
                        typed.restarts));
        options = resumed(std::move(options), ending.exit_status.begun && ending.journal);
    }
}

} // namespace ordermill::app
