#include "app/launch/launch_command.hpp"

#include "app/base/errors.hpp"
#include "app/command/options.hpp"
#include "app/launch/supervision.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <tuple>

#include <sys/wait.h>
#include <unistd.h>

using namespace ordermill::app;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

Words split(const std::string& text) {
    Words words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::string joined(const Words& words) { return fmt::format("{}", fmt::join(words, " ")); }

/// The options before `--`, and what mpirun is given up to the program.
std::string command_for(const std::string& typed, Machine machine = {}) {
    machine.program = "PROGRAM";
    const std::string command =
        joined(mpirun_command(parse_run(split(typed + " -- clean job.cfg -q")), machine));
    const std::string tail = " PROGRAM clean job.cfg -q";
    REQUIRE(command.ends_with(tail));
    return command.substr(0, command.size() - tail.size());
}

Machine four_cores(int open_mpi = 4) {
    Machine machine;
    machine.open_mpi = open_mpi;
    machine.cores = 4;
    return machine;
}

Machine several(int open_mpi = 4) {
    Machine machine = four_cores(open_mpi);
    machine.several_hosts = true;
    return machine;
}

Machine with_variable(const std::string& name) {
    Machine machine = four_cores();
    machine.variables = {"PATH", name};
    return machine;
}

const std::string here_4 =
    "--mca orte_enable_recovery 1 --mca async_mpi_finalize 1 --mca odls_base_sigkill_timeout 5 "
    "--oversubscribe --bind-to none -x ORDERMILL_VERDICT";

std::string usage_error(const std::string& typed) {
    Words words = split(typed);
    std::vector<const char*> arguments{"ordermill", "run"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    try {
        parse_command_line(static_cast<int>(arguments.size()), arguments.data());
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("what mpirun is given") {
    struct Case {
        const char* typed;
        Machine machine;
        std::string expected;
    };
    const std::string keepalive = "--mca oob_tcp_keepalive_time 3 --mca oob_tcp_keepalive_intvl 2 --mca "
                                  "oob_tcp_keepalive_probes 2";
    const Case cases[] = {
        {"", four_cores(), "mpirun -n 5 " + here_4},
        {"-n 3", four_cores(), "mpirun -n 3 " + here_4},
        {"-np 3 --restarts 2", four_cores(), "mpirun -n 3 " + here_4},
        {"-n 3 --tag-output -x A=b", four_cores(), "mpirun -n 3 " + here_4 + " --tag-output -x A=b"},
        {"-N 2", four_cores(), "mpirun " + here_4 + " -N 2"},
        {"--hostfile one", four_cores(), "mpirun " + here_4 + " --hostfile one"},
        {"--hostfile two -n 9", several(),
         "mpirun -n 9 --mca orte_enable_recovery 1 --mca odls_base_sigkill_timeout 5 " + keepalive +
             " --bind-to none -x ORDERMILL_VERDICT --hostfile two"},
        {"", several(),
         "mpirun --mca orte_enable_recovery 1 --mca odls_base_sigkill_timeout 5 " + keepalive +
             " --bind-to none -x ORDERMILL_VERDICT"},
        {"-n 3", four_cores(5),
         "mpirun -n 3 --with-ft ulfm --mca async_mpi_finalize 1 --prtemca odls_base_sigkill_timeout 5 "
         "--map-by "
         ":OVERSUBSCRIBE --bind-to none -x ORDERMILL_VERDICT"},
        {"-n 3 --map-by core", four_cores(5),
         "mpirun -n 3 --with-ft ulfm --mca async_mpi_finalize 1 --prtemca odls_base_sigkill_timeout 5 "
         "--bind-to "
         "none -x ORDERMILL_VERDICT --map-by core"},
        {"--host a,b", several(5),
         "mpirun --with-ft ulfm --mca async_mpi_finalize 1 --prtemca odls_base_sigkill_timeout 5 --prtemca "
         "oob_tcp_keepalive_time 3 --prtemca oob_tcp_keepalive_intvl 2 --prtemca oob_tcp_keepalive_probes 2 "
         "--bind-to none -x ORDERMILL_VERDICT --host a,b"},
    };
    for (const Case& c : cases) {
        INFO(c.typed);
        CHECK(command_for(c.typed, c.machine) == c.expected);
    }
}

TEST_CASE("on one host with a loopback interface all sockets are on it") {
    Machine machine = four_cores();
    machine.loopback = true;
    const std::string all = command_for("", machine);
    CHECK(all.find("--mca oob_tcp_if_include lo --mca btl_tcp_if_include lo") != std::string::npos);
    for (const char* typed : {"--mca oob_tcp_if_include eth0", "--mca oob_tcp_if_exclude eth0"}) {
        const std::string without = command_for(typed, machine);
        CHECK(without.find("oob_tcp_if_include lo") == std::string::npos);
        CHECK(without.find("btl_tcp_if_include lo") != std::string::npos);
    }
    machine.several_hosts = true;
    CHECK(command_for("", machine).find("tcp_if_include") == std::string::npos);
}

TEST_CASE("what the user says wins, and nothing is said twice") {
    struct Case {
        const char* typed;
        Machine machine;
        const char* ours; ///< what is left out then
    };
    const Case cases[] = {
        {"-n 5 --bind-to core", four_cores(), "--bind-to none "},
        {"-n 5 -bind-to core", four_cores(), "--bind-to none "},
        {"-n 5 --rankfile f", four_cores(), "--bind-to none "},
        {"-n 5 --nooversubscribe", four_cores(), "--oversubscribe "},
        {"-n 5 --oversubscribe", four_cores(), "--oversubscribe "},
        {"-n 5 --mca orte_enable_recovery 0", four_cores(), "--mca orte_enable_recovery 1 "},
        {"-n 5 -mca odls_base_sigkill_timeout 60", four_cores(), "--mca odls_base_sigkill_timeout 5 "},
        {"-n 5 --enable-recovery", four_cores(), "--mca orte_enable_recovery 1 "},
        {"", with_variable("OMPI_MCA_async_mpi_finalize"), "--mca async_mpi_finalize 1 "},
        {"", with_variable("OMPI_MCA_hwloc_base_binding_policy"), "--bind-to none "},
        {"", with_variable("OMPI_MCA_rmaps_base_oversubscribe"), "--oversubscribe "},
    };
    for (const Case& c : cases) {
        INFO(c.typed << " without " << c.ours);
        std::string ours = here_4;
        const std::size_t at = ours.find(c.ours);
        REQUIRE(at != std::string::npos);
        ours.erase(at, std::string(c.ours).size());
        const std::string theirs = joined(parse_run(split(std::string(c.typed) + " -- clean x")).mpirun);
        CHECK(command_for(c.typed, c.machine) ==
              "mpirun -n 5 " + ours + (theirs.empty() ? "" : " ") + theirs);
    }
}

TEST_CASE("words that look like ours are their option's value") {
    const RunOptions options =
        parse_run(split("--mca a -n --hostfile f -n 4 --restarts 3 -H a,b -- clean j -n 9"));
    CHECK(options.ranks == 4);
    CHECK(options.restarts == 3);
    CHECK(joined(options.mpirun) == "--mca a -n --hostfile f -H a,b");
    CHECK(joined(options.command) == "clean j -n 9");
    CHECK(options.host_files == Words{"f"});
    CHECK(options.host_lists == Words{"a,b"});
    CHECK(parse_run({"-n", "4", "--help"}).help);
    CHECK(!parse_run(split("-- clean --help")).help);
}

TEST_CASE("how a run that died is started again") {
    struct Case {
        const char* typed;
        bool recorded;
        const char* expected;
    };
    const Case cases[] = {
        {"clean j", true, "clean --resume j"},
        {"clean j", false, "clean --resume j"},
        {"clean j --resume -q", true, "clean j --resume -q"},
        {"clean j -- --odd.csv", true, "clean --resume j -- --odd.csv"},
        {"clean j --force -q", true, "clean --resume j -q"},
        {"clean -f j", true, "clean --resume j"},
        {"clean j --force -q", false, "clean j --force -q"},
        {"clean j -- -f", true, "clean --resume j -- -f"},
    };
    for (const Case& c : cases) {
        INFO(c.typed << (c.recorded ? ", recorded" : ""));
        const RunOptions once = resumed(parse_run(split(std::string("-- ") + c.typed)), c.recorded);
        CHECK(joined(once.command) == c.expected);
        CHECK(joined(resumed(once, c.recorded).command) == c.expected);
    }
}

TEST_CASE("run's wrong command lines") {
    struct Case {
        const char* typed;
        const char* expected;
    };
    const Case cases[] = {
        {"", "ordermill run -n 3 -- clean JOB.cfg"},
        {"-n 4 clean a.cfg -i x", "before the command: ordermill run -n 4 -- clean a.cfg ..."},
        {"clean a.cfg", "ordermill run -- clean a.cfg ..."},
        {"-n 4 --", "after \"--\""},
        {"-n 1 -- clean a.cfg", "give at least 2"},
        {"-n two -- clean a.cfg", "run -n two: expected a whole number"},
        {"-n -- clean a.cfg", "run -n needs a value"},
        {"--restarts -1 -- clean a.cfg", "run --restarts -1"},
        {"--restarts 1 -- clean a.cfg -", "standard input can't be read a second time"},
        {"-- try a.cfg", "ordermill try ..."},
        {"-- clean", "clean needs a job file"},
        {"-- clean a.cfg --outputs x", "did you mean --output?"},
    };
    for (const Case& c : cases) {
        const std::string said = usage_error(c.typed);
        INFO(c.typed << ": " << said);
        CHECK(said.find(c.expected) != std::string::npos);
    }
}

TEST_CASE("where the launcher looks for the journal") {
    const char* const named[] = {"ordermill", "run", "--", "clean", "jobs/shop.cfg", "-o", "there"};
    CHECK(std::get<RunOptions>(parse_command_line(7, named)).output == "there");
    CHECK(std::get<RunOptions>(parse_command_line(5, named)).output == "out/shop");
}

TEST_CASE("hosts: this one, or others too") {
    CHECK(hosts_in_list("a:2,b,user:3,") == Words{"a", "b", "user"});
    CHECK(hosts_in_file("# all\n\n node1 slots=5 # first\nme@node2\t slots=4\r\nnode3") ==
          Words{"node1", "node2", "node3"});
    CHECK(hosts_in_file("").empty());
    struct Case {
        Words hosts;
        bool leaves;
    };
    for (const Case& c : {Case{{}, false},
                          {{"localhost", "node1", "node1.example.org", "127.0.0.1"}, false},
                          {{"node2"}, true},
                          {{"localhost", "node2"}, true},
                          {{"node[1-4]"}, true}}) {
        INFO(joined(c.hosts));
        CHECK(leaves_this_host(c.hosts, "node1.example.org") == c.leaves);
    }
}

TEST_CASE("mpirun's version") {
    CHECK(open_mpi_version("mpirun (Open MPI) 4.1.4\n\nReport bugs to ...") == 4);
    CHECK(open_mpi_version("mpirun (Open MPI) 5.0.7") == 5);
    CHECK(open_mpi_version("HYDRA build details:\n    Version: 4.0.2") == std::nullopt);
    CHECK(open_mpi_version("mpirun (Open MPI) unknown") == std::nullopt);
}

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
            LaunchedProcesses seen;
            for (const Stretch& stretch : c.stretches)
                if (stretch.from <= time) seen = stretch.seen;
            if (seen.ranks < 0) continue;
            note_processes(watch, seen, now);
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
        return seen.ranks == 2 && seen.started == 2 && !seen.rank0_stopped;
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

TEST_CASE("the exit_status's file") {
    const ordermill::test::TemporaryFolder folder;
    const std::string path = folder / "exit_status";
    ::unsetenv(exit_status_variable);
    write_exit_status(7); // nobody asked: nothing happens
    ::setenv(exit_status_variable, path.c_str(), 1);
    CHECK(!read_exit_status(path).begun);
    write_begun();
    CHECK(read_exit_status(path).begun);
    CHECK(!read_exit_status(path).exit_code);
    for (const int code : {0, 1, 75}) {
        write_exit_status(code);
        CHECK(folder.read("exit_status") == fmt::format("{}\n", code));
        CHECK(read_exit_status(path).exit_code == code);
    }
    for (const char* const text : {"7", "", "x\n", "7 \n"}) { // whole lines only
        folder.write("exit_status", text);
        INFO(text);
        CHECK(!read_exit_status(path).exit_code);
    }
    ::setenv(exit_status_variable, (folder / "nowhere/exit_status").c_str(), 1);
    write_exit_status(1);
    ::unsetenv(exit_status_variable);
}
