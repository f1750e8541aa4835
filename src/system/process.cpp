#include "system/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ordermill::system {
namespace {

/// The state letter of /proc/N/stat: behind the command's name, which may have anything in it but ends with
/// the last bracket.
bool is_zombie(long number) {
    std::ifstream file("/proc/" + std::to_string(number) + "/stat");
    std::ostringstream text;
    text << file.rdbuf();
    const std::string stat = text.str();
    const std::size_t bracket = stat.rfind(')');
    return bracket != std::string::npos && bracket + 2 < stat.size() && stat[bracket + 2] == 'Z';
}

} // namespace

std::string process_space(const std::string& proc) {
    std::string boot;
    std::ifstream(proc + "/sys/kernel/random/boot_id") >> boot;
    std::array<char, 64> space{};
    const ssize_t length = ::readlink((proc + "/self/ns/pid").c_str(), space.data(), space.size() - 1);
    if (boot.empty() || length <= 0) return unknown_space;
    return boot + std::string(space.data(), static_cast<std::size_t>(length));
}

bool Process::is_of_here() const {
    return number != 0 && space != unknown_space && space == this_process().space;
}

bool Process::known_dead() const {
    if (!is_of_here()) return false;
    return (::kill(static_cast<pid_t>(number), 0) != 0 && errno == ESRCH) || is_zombie(number);
}

void Process::kill() const {
    if (is_of_here()) ::kill(static_cast<pid_t>(number), SIGKILL);
}

Process this_process() {
    static const std::string space = process_space();
    return {::getpid(), space};
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown-host";
}

bool can_read_other_processes() {
    char byte = 0;
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) ::pause();
    }
    const iovec here{&byte, sizeof byte};
    const iovec there = here; // the child's memory looks like ours
    const bool could = ::process_vm_readv(child, &here, 1, &there, 1, 0) == sizeof byte;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return could;
}

} // namespace ordermill::system
