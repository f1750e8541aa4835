#include "system/process.hpp"

#include "support/catch.hpp"
#include "support/forbidden_reading.hpp"
#include "support/skip.hpp"

#include <csignal>
#include <string>

#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

using ordermill::system::can_read_other_processes;
using ordermill::system::Process;
using ordermill::system::process_space;
using ordermill::system::this_process;
using ordermill::system::unknown_space;

namespace {

/// A child that waits to be killed, of our own space.
Process waiting_child() {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    while (child == 0) ::pause();
    return {child, this_process().space};
}

void kill_and_wait(const Process& process) {
    REQUIRE(::kill(static_cast<pid_t>(process.number), SIGKILL) == 0);
    REQUIRE(::waitpid(static_cast<pid_t>(process.number), nullptr, 0) == process.number);
}

/// The exit status of `what` in a child.
template<class What>
int status_in_child(const What& what) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(what());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("a process is known to be dead when it is, or only waits for its parent") {
    CHECK_FALSE(this_process().known_dead());
    const Process child = waiting_child();
    CHECK_FALSE(child.known_dead());
    child.kill();
    siginfo_t ended{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(child.number), &ended, WEXITED | WNOWAIT) == 0);
    CHECK(child.known_dead());
    REQUIRE(::waitpid(static_cast<pid_t>(child.number), nullptr, 0) == child.number);
    CHECK(child.known_dead());
}

TEST_CASE("without /proc nobody knows where a process is") {
    CHECK(process_space("/nowhere") == unknown_space);
    CHECK(process_space() == this_process().space);
}

TEST_CASE("nothing is known of processes elsewhere, and nothing is done to them") {
    const Process child = waiting_child();
    // Two machines without /proc look alike.
    for (const std::string& space : {std::string("another machine"), std::string(unknown_space)}) {
        const Process alike{child.number, space};
        CHECK_FALSE(alike.is_of_here());
        alike.kill();
    }
    ::usleep(20'000);
    CHECK_FALSE(child.known_dead());
    kill_and_wait(child);
    CHECK(child.known_dead());
    CHECK_FALSE(Process{child.number, unknown_space}.known_dead());
    CHECK_FALSE(Process{child.number, "another machine"}.known_dead());
    CHECK_FALSE(Process{}.known_dead());
}

TEST_CASE("whether processes may read each other is found out by trying") {
    constexpr int no_filter = 3;
    const auto guarded = [] {
        return ordermill::test::forbid_reading_processes() ? static_cast<int>(can_read_other_processes())
                                                           : no_filter;
    };
    const Process child = waiting_child();
    char byte = 0;
    const iovec place{&byte, sizeof byte};
    const ssize_t read = ::process_vm_readv(static_cast<pid_t>(child.number), &place, 1, &place, 1, 0);
    kill_and_wait(child);
    CHECK(can_read_other_processes() == (read == 1));
    const int status = status_in_child(guarded);
    if (status == no_filter)
        ordermill::test::skip("this machine forbids filters for system calls");
    else
        CHECK(status == 0);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1); // no child is left
}
