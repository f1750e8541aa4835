#include "app/launch/supervision.hpp"

#include "app/base/errors.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>

#include <sys/wait.h>
#include <unistd.h>

using namespace ordermill::app;
using namespace std::chrono_literals;

TEST_CASE("how a run ended") {
    constexpr auto none = std::optional<int>();
    struct Case {
        std::optional<int> exit_status;
        bool begun;
        int status;
        bool asked;
        bool journal;
        int exit_code;
        bool died;
    };
    const Case cases[] = {
        {0, true, 0, false, false, 0, false},     {0, true, 137, false, true, 0, false},
        {1, true, 205, false, true, 1, false},    {2, true, 0, false, false, 2, false},
        {3, true, 3, false, true, 3, false},      {75, true, 75, false, true, 75, true},
        {75, true, 75, true, true, 75, false},    {0, true, 143, true, true, 0, false},
        {none, true, 0, false, true, 75, true},   {none, true, 0, false, false, 3, true},
        {none, true, 137, false, true, 75, true}, {none, true, 137, false, false, 3, true},
        {none, false, 1, false, false, 3, true},  {none, false, 1, false, true, 75, true},
        {none, true, 205, true, true, 75, false}, {none, true, 1, true, false, 3, false},
    };
    for (const Case& c : cases) {
        INFO("exit_status " << (c.exit_status ? std::to_string(*c.exit_status) : "none") << ", mpirun "
                            << c.status << (c.asked ? ", asked" : "") << (c.journal ? ", journal" : ""));
        const Outcome outcome = outcome_of({{c.begun, c.exit_status}, c.status, c.asked, c.journal});
        CHECK(outcome.exit_code == c.exit_code);
        CHECK(outcome.died == c.died);
        CHECK(outcome.advice.empty() == c.exit_status.has_value());
        CHECK((outcome.why.empty() && outcome.died) == false);
    }
    // The launcher ended it: only outputs that are complete count.
    for (const auto& [said, exit_code, died] :
         {std::tuple{0, 0, false}, {1, 1, false}, {3, 75, true}, {75, 75, true}}) {
        const Outcome outcome = outcome_of({{true, said}, 143, false, true, "rank 0 was frozen"});
        CHECK(outcome.exit_code == exit_code);
        CHECK(outcome.died == died);
        CHECK((outcome.why.find("frozen") != std::string::npos) == died);
    }
}

TEST_CASE("which signals mpirun gets, and when") {
    struct Event {
        std::chrono::milliseconds at;
        int signal; ///< of the user; 0: the ranks have begun; -1: rank 0's exit_status
    };
    struct Case {
        const char* name;
        std::vector<Event> events;
        std::vector<Event> sent;
    };
    constexpr int begun = 0;
    constexpr int exit_status = -1;
    const Case cases[] = {
        {"an undisturbed run", {{200ms, begun}}, {}},
        {"one that ends but for mpirun",
         {{200ms, begun}, {1s, exit_status}},
         {{4s, SIGTERM}, {16s, SIGKILL}}},
        {"asked, and it stops but for mpirun",
         {{200ms, begun}, {1s, SIGINT}, {4s, exit_status}},
         {{1s, SIGUSR1}, {7s, SIGTERM}, {19s, SIGKILL}}},
        {"asked, and nothing happens",
         {{200ms, begun}, {1s, SIGTERM}},
         {{1s, SIGUSR1}, {31s, SIGTERM}, {43s, SIGKILL}}},
        {"asked before the ranks listen",
         {{1s, SIGUSR1}, {3s, begun}, {4s, exit_status}},
         {{3s, SIGUSR1}, {7s, SIGTERM}, {19s, SIGKILL}}},
        {"asked, and nobody says that they listen",
         {{1s, SIGUSR1}},
         {{6s, SIGUSR1}, {36s, SIGTERM}, {48s, SIGKILL}}},
        {"the same signal twice in a row",
         {{200ms, begun}, {1s, SIGTERM}, {1100ms, SIGTERM}, {4s, exit_status}},
         {{1s, SIGUSR1}, {7s, SIGTERM}, {19s, SIGKILL}}},
        {"insisted",
         {{200ms, begun}, {1s, SIGINT}, {2s, SIGINT}},
         {{1s, SIGUSR1}, {2s, SIGTERM}, {4s, SIGKILL}}},
        {"insisted before the ranks listen", {{1s, SIGINT}, {2s, SIGTERM}}, {{2s, SIGTERM}, {4s, SIGKILL}}},
        {"insisted after a limit",
         {{200ms, begun}, {1s, SIGINT}, {32s, SIGINT}},
         {{1s, SIGUSR1}, {31s, SIGTERM}, {34s, SIGKILL}}},
        {"SIGUSR1 never insists",
         {{200ms, begun}, {1s, SIGUSR1}, {2s, SIGUSR1}, {4s, exit_status}},
         {{1s, SIGUSR1}, {7s, SIGTERM}, {19s, SIGKILL}}},
        {"asked when it is over",
         {{200ms, begun}, {1s, exit_status}, {2s, SIGINT}},
         {{4s, SIGTERM}, {16s, SIGKILL}}},
    };
    for (const Case& c : cases) {
        INFO(c.name);
        Watch watch;
        std::vector<Event> sent;
        for (auto time = 0ms; time <= 60s; time += 100ms) {
            const Moment now = Moment() + 1h + time;
            for (const Event& event : c.events) {
                if (event.at != time) continue;
                watch.begun |= event.signal == begun;
                if (event.signal == exit_status) watch.exit_status = now;
                if (event.signal > 0) note_request(watch, event.signal, now);
            }
            if (const int due = signal_due(watch, now); due != 0) {
                sent.push_back({time, due});
                note_sent(watch, due, now);
            }
        }
        REQUIRE(sent.size() == c.sent.size());
        for (std::size_t i = 0; i < sent.size(); ++i) {
            CHECK(sent[i].at.count() == c.sent[i].at.count());
            CHECK(sent[i].signal == c.sent[i].signal);
        }
    }
}

TEST_CASE("what stands still, or lacks a rank, is ended") {
    struct Stretch {
        std::chrono::milliseconds from;
        LaunchedProcesses seen;
        bool silent = false;
    };
    struct Case {
        const char* name;
        bool begun;
        std::vector<Stretch> stretches; ///< each until the next one; ranks -1: the launcher sleeps itself
        std::chrono::milliseconds sent_at;
        int sent; ///< 0: nothing
        std::string cause;
    };
    const LaunchedProcesses well{.ranks = 3, .started = 3};
    const LaunchedProcesses rank0{.ranks = 3, .started = 3, .rank0_stopped = true};
    const LaunchedProcesses mpirun{.ranks = 3, .started = 3, .mpirun_stopped = true};
    const LaunchedProcesses both{.ranks = 3, .started = 3, .mpirun_stopped = true, .rank0_stopped = true};
    const LaunchedProcesses fewer{.ranks = 2, .started = 3};
    const LaunchedProcesses elsewhere{}; // rank 0, and every other rank
    const LaunchedProcesses here{.ranks = 3, .started = 3, .rank0_here = true};
    const LaunchedProcesses asleep{.ranks = -1};
    const std::string stopped = " was stopped by a signal and did not continue";
    const Case cases[] = {
        {"all is well", true, {{0s, well}}, 0s, 0, ""},
        {"rank 0 is frozen", true, {{0s, well}, {5s, rank0}}, 25s, SIGTERM, "rank 0" + stopped},
        {"mpirun is frozen", true, {{0s, well}, {5s, mpirun}}, 25s, SIGKILL, "mpirun" + stopped},
        {"all of it is frozen, from the start", false, {{0s, both}}, 20s, SIGKILL, "mpirun" + stopped},
        {"frozen for a while",
         true,
         {{0s, well}, {5s, rank0}, {20s, well}, {25s, rank0}, {40s, well}},
         0s,
         0,
         ""},
        {"a suspended job",
         true,
         {{0s, well}, {5s, both}, {7s, asleep}, {40s, both}, {41s, well}},
         0s,
         0,
         ""},
        {"rank 0 is silent on another host",
         true,
         {{0s, elsewhere}, {5s, elsewhere, true}},
         25s,
         SIGTERM,
         "rank 0, on another host, gives no sign of life"},
        {"rank 0 is silent for a while", true, {{0s, elsewhere, true}, {19s, elsewhere}}, 0s, 0, ""},
        {"rank 0 is silent, and is seen to be well", true, {{0s, here, true}}, 0s, 0, ""},
        {"a rank dies in the start",
         false,
         {{0s, {.ranks = 1, .started = 3}}, {1s, well}, {2s, fewer}},
         6s,
         SIGTERM,
         "a rank died before the start"},
        {"a rank dies later", true, {{0s, well}, {2s, fewer}}, 0s, 0, ""},
    };
    for (const Case& c : cases) {
        INFO(c.name);
        Watch watch;
        watch.begun = c.begun;
        int sent = 0;
        for (auto time = 0ms; time <= 60s && sent == 0; time += 1s) {
            const Moment now = Moment() + 1h + time;
            Stretch last{};
            for (const Stretch& stretch : c.stretches)
                if (stretch.from <= time) last = stretch;
            if (last.seen.ranks < 0) continue;
            note_processes(watch, last.seen, last.silent, now);
            sent = signal_due(watch, now);
            if (sent == 0) continue;
            CHECK(time.count() == c.sent_at.count());
            note_sent(watch, sent, now);
        }
        CHECK(sent == c.sent);
        CHECK(watch.cause == c.cause);
    }
}

TEST_CASE("what is seen of processes") {
    const pid_t parent = ::fork();
    REQUIRE(parent >= 0);
    if (parent == 0) { // plays mpirun: two ranks and a child that is none
        for (const char* rank : {"OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_RANK=1", "OTHER=0"}) {
            if (::fork() != 0) continue;
            const char* const words[] = {"sleep", "30", nullptr};
            const char* const environment[] = {"PATH=/bin:/usr/bin", "OMPI_COMM_WORLD_LOCAL_SIZE=2", rank,
                                               nullptr};
            ::execvpe("sleep", const_cast<char**>(words), const_cast<char**>(environment));
            ::_exit(127);
        }
        for (;;) ::pause();
    }
    const auto comes = [&](const auto& holds) {
        for (int look = 0; look < 500; ++look) {
            if (holds(look_at_processes(parent))) return true;
            ::usleep(10'000);
        }
        return false;
    };
    CHECK(comes([](const LaunchedProcesses& seen) {
        return seen.ranks == 2 && seen.started == 2 && seen.rank0_here && !seen.rank0_stopped;
    }));
    std::ifstream list("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
    const std::vector<pid_t> children{std::istream_iterator<pid_t>(list), {}};
    REQUIRE(children.size() == 3);
    ::kill(children[0], SIGSTOP);
    CHECK(comes([](const LaunchedProcesses& seen) { return seen.rank0_stopped && !seen.mpirun_stopped; }));
    ::kill(parent, SIGSTOP);
    CHECK(comes([](const LaunchedProcesses& seen) { return seen.mpirun_stopped; }));
    ::kill(children[1], SIGKILL);
    CHECK(comes([](const LaunchedProcesses& seen) { return seen.ranks == 1 && seen.started == 2; }));
    for (const pid_t child : children) ::kill(child, SIGKILL);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    CHECK(look_at_processes(parent).ranks == 0);
    CHECK(look_at_processes(::getpid(), "/nowhere").ranks == 0);
}
