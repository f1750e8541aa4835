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
             " --bind-to none -x ORDERMILL_VERDICT -x ORDERMILL_LIFELINE --hostfile two"},
        {"", several(),
         "mpirun --mca orte_enable_recovery 1 --mca odls_base_sigkill_timeout 5 " + keepalive +
             " --bind-to none -x ORDERMILL_VERDICT -x ORDERMILL_LIFELINE"},
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
         "--bind-to none -x ORDERMILL_VERDICT -x ORDERMILL_LIFELINE --host a,b"},
    };
    for (const Case& c : cases) {
        INFO(c.typed);
        CHECK(command_for(c.typed, c.machine) == c.expected);
    }
}

TEST_CASE("which sockets are kept on the loopback interface, by version") {
    constexpr std::string_view btl = "--mca btl_tcp_if_include lo";
    constexpr std::string_view oob = "--mca oob_tcp_if_include lo";
    struct Case {
        int open_mpi;
        bool several_hosts;
        bool loopback;
        const char* typed;
        bool btl;
        bool oob;
    };
    const Case cases[] = {
        {4, false, true, "", true, true},
        {4, false, false, "", false, false},
        {4, true, true, "", false, false},
        {4, false, true, "--mca btl_tcp_if_exclude eth0", false, true},
        {4, false, true, "--mca oob_tcp_if_exclude eth0", true, false},
        {5, false, true, "", true, false},
        {5, false, false, "", false, false},
        {5, true, true, "", false, false},
        {5, false, true, "--mca btl_tcp_if_include eth0", false, false},
        {5, false, true, "--mca btl_tcp_if_exclude eth0", false, false},
        {5, false, true, "--prtemca prte_if_include eth0", true, false},
    };
    for (const Case& c : cases) {
        INFO("Open MPI " << c.open_mpi << (c.several_hosts ? ", several hosts" : "")
                         << (c.loopback ? ", lo" : "") << ", typed: " << c.typed);
        Machine machine = four_cores(c.open_mpi);
        machine.several_hosts = c.several_hosts;
        machine.loopback = c.loopback;
        const std::string command = command_for(c.typed, machine);
        CHECK((command.find(btl) != std::string::npos) == c.btl);
        CHECK((command.find(oob) != std::string::npos) == c.oob);
        CHECK(command.find("prte_if_include lo") == std::string::npos);
    }
    for (const int open_mpi : {4, 5}) {
        Machine machine = four_cores(open_mpi);
        machine.variables = {"OMPI_MCA_btl_tcp_if_include"};
        machine.loopback = true;
        CHECK(command_for("", machine).find("btl_tcp_if_include") == std::string::npos);
    }
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
