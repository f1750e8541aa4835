// The memory limit of a job, from files as they were recorded on machines of several kinds.
#include "app/hosts/memory_limit.hpp"

#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace ordermill;

namespace {

constexpr std::uint64_t MiB = std::uint64_t{1} << 20;
constexpr std::uint64_t physical = 64 * 1024 * MiB;
using Texts = std::map<std::string, std::string>;

app::MemoryLimit limit_with(const Texts& files, const Texts& environment, std::uint64_t memory = physical) {
    const test::TemporaryFolder folder;
    for (const auto& [name, text] : files) {
        std::filesystem::create_directories(std::filesystem::path(folder / name).parent_path());
        folder.write(name, text);
    }
    return app::memory_limit({.root = folder.path("."),
                              .physical_memory = memory,
                              .environment = [&](const char* name) -> const char* {
                                  const auto found = environment.find(name);
                                  return found == environment.end() ? nullptr : found->second.c_str();
                              }});
}

const std::string version_1 =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "34 25 0:31 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec shared:12 - cgroup cgroup rw,memory\n";
const std::string version_2 = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                              "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string no_limit_1 = "9223372036854771712\n";

} // namespace

TEST_CASE("the least limit of the groups around this process holds") {
    struct Case {
        const char* what;
        Texts files;
        std::uint64_t bytes;
        const char* source;
    };
    const std::string slurm_1 = "4:memory:/slurm/uid_1000/job_42/step_0/task_3\n3:cpu,cpuacct:/\n";
    const std::string slurm_2 = "0::/system.slice/slurmstepd.scope/job_42/step_0/user/task_3\n";
    const std::string groups_1 = "sys/fs/cgroup/memory/";
    const std::string groups_2 = "sys/fs/cgroup/";
    const Case cases[] = {
        {"no control groups", {}, physical, "the host's memory"},
        {"Slurm, version 1: the job's limit",
         {{"proc/self/cgroup", slurm_1},
          {"proc/self/mountinfo", version_1},
          {groups_1 + "memory.limit_in_bytes", no_limit_1},
          {groups_1 + "slurm/memory.limit_in_bytes", no_limit_1},
          {groups_1 + "slurm/uid_1000/job_42/memory.limit_in_bytes", "2147483648\n"},
          {groups_1 + "slurm/uid_1000/job_42/step_0/memory.limit_in_bytes", "2147483648\n"},
          {groups_1 + "slurm/uid_1000/job_42/step_0/task_3/memory.limit_in_bytes", no_limit_1}},
         2048 * MiB,
         "control group /slurm/uid_1000/job_42/step_0"},
        {"Slurm, version 1: a user's limit that is less",
         {{"proc/self/cgroup", slurm_1},
          {"proc/self/mountinfo", version_1},
          {groups_1 + "slurm/uid_1000/memory.limit_in_bytes", "1073741824"},
          {groups_1 + "slurm/uid_1000/job_42/memory.limit_in_bytes", "2147483648"}},
         1024 * MiB,
         "control group /slurm/uid_1000"},
        {"Slurm, version 2",
         {{"proc/self/cgroup", slurm_2},
          {"proc/self/mountinfo", version_2},
          {groups_2 + "system.slice/memory.max", "max\n"},
          {groups_2 + "system.slice/slurmstepd.scope/job_42/memory.max", "536870912\n"},
          {groups_2 + "system.slice/slurmstepd.scope/job_42/step_0/user/memory.max", "max\n"}},
         512 * MiB,
         "control group /system.slice/slurmstepd.scope/job_42"},
        {"version 2: throttled above memory.high",
         {{"proc/self/cgroup", slurm_2},
          {"proc/self/mountinfo", version_2},
          {groups_2 + "system.slice/memory.max", "1073741824"},
          {groups_2 + "system.slice/memory.high", "805306368"}},
         768 * MiB,
         "control group /system.slice"},
        {"a container of version 2 sees its own group as the root",
         {{"proc/self/cgroup", "0::/\n"},
          {"proc/self/mountinfo", version_2},
          {groups_2 + "memory.max", "4294967296\n"}},
         4096 * MiB,
         "control group /"},
        {"a container of version 1 sees the host's names, and its own group alone",
         {{"proc/self/cgroup", "9:memory:/docker/0b1f\n0::/\n"},
          {"proc/self/mountinfo",
           "34 25 0:31 /docker/0b1f /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n"},
          {groups_1 + "memory.limit_in_bytes", "268435456\n"},
          {groups_1 + "docker/0b1f/memory.limit_in_bytes", "1\n"}},
         256 * MiB,
         "control group /"},
        {"a group below a container's own, of version 1",
         {{"proc/self/cgroup", "9:memory:/docker/0b1f/inner\n"},
          {"proc/self/mountinfo",
           "34 25 0:31 /docker/0b1f /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory\n"},
          {groups_1 + "memory.limit_in_bytes", "268435456\n"},
          {groups_1 + "inner/memory.limit_in_bytes", "134217728\n"}},
         128 * MiB,
         "control group /inner"},
        {"both versions: memory is one of version 1",
         {{"proc/self/cgroup", "4:memory:/jobs/7\n0::/user.slice\n"},
          {"proc/self/mountinfo",
           version_1 + "40 25 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"},
          {groups_1 + "jobs/7/memory.limit_in_bytes", "1073741824"}},
         1024 * MiB,
         "control group /jobs/7"},
        {"controllers whose names only contain the word",
         {{"proc/self/cgroup", "4:memory2:/jobs/7\n"},
          {"proc/self/mountinfo", version_1},
          {groups_1 + "jobs/7/memory.limit_in_bytes", "1073741824"}},
         physical,
         "the host's memory"},
        {"a group outside the name space, and files without sense",
         {{"proc/self/cgroup", "0::/../../other\nno colons\n"},
          {"proc/self/mountinfo", "short\n" + version_2},
          {groups_2 + "memory.max", "12 apples"},
          {"sys/other/memory.max", "1048576"}},
         physical,
         "the host's memory"},
        {"a limit of nothing says nothing",
         {{"proc/self/cgroup", "0::/\n"},
          {"proc/self/mountinfo", version_2},
          {groups_2 + "memory.max", "0\n"}},
         physical,
         "the host's memory"},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        const app::MemoryLimit limit = limit_with(c.files, {});
        CHECK(limit.bytes == c.bytes);
        CHECK(limit.source == c.source);
    }
}

TEST_CASE("Slurm's words on memory hold where they are less") {
    struct Case {
        Texts environment;
        std::uint64_t bytes;
        const char* source;
    };
    const Case cases[] = {
        {{{"SLURM_MEM_PER_NODE", "2000"}}, 2000 * MiB, "SLURM_MEM_PER_NODE=2000"},
        {{{"SLURM_MEM_PER_NODE", "0"}}, physical, "the host's memory"},
        {{{"SLURM_MEM_PER_NODE", "9999999"}}, physical, "the host's memory"},
        {{{"SLURM_MEM_PER_NODE", "much"}}, physical, "the host's memory"},
        {{{"SLURM_MEM_PER_CPU", "512"}, {"SLURM_CPUS_ON_NODE", "4"}},
         2048 * MiB,
         "SLURM_MEM_PER_CPU=512 and SLURM_CPUS_ON_NODE=4"},
        {{{"SLURM_MEM_PER_CPU", "512"}}, physical, "the host's memory"},
        {{{"SLURM_MEM_PER_NODE", "1000"}, {"SLURM_MEM_PER_CPU", "512"}, {"SLURM_CPUS_ON_NODE", "4"}},
         1000 * MiB,
         "SLURM_MEM_PER_NODE=1000"},
    };
    for (const Case& c : cases) {
        INFO(c.environment.begin()->first << "=" << c.environment.begin()->second);
        const app::MemoryLimit limit = limit_with({}, c.environment);
        CHECK(limit.bytes == c.bytes);
        CHECK(limit.source == c.source);
    }
    // A control group that is tighter than Slurm's word.
    const app::MemoryLimit limit = limit_with({{"proc/self/cgroup", "0::/\n"},
                                               {"proc/self/mountinfo", version_2},
                                               {"sys/fs/cgroup/memory.max", "1048576"}},
                                              {{"SLURM_MEM_PER_NODE", "2000"}});
    CHECK(limit.bytes == MiB);
    CHECK(limit.source == "control group /");
}

TEST_CASE("ranks of a host share half of its limit") {
    using Numbers = std::vector<std::uint64_t>;
    const std::vector<std::string> hosts = {"a", "a", "b", "a"};
    const Numbers memory = {600, 600, 400, 600};
    CHECK(app::memory_bounds(0, hosts, memory) == Numbers{100, 100, 200, 100});
    CHECK(app::memory_bounds(50, hosts, memory) == Numbers{50, 50, 50, 50});
}

TEST_CASE("this process has a limit") {
    CHECK(app::memory_limit().bytes >= std::uint64_t{1} << 24);
    CHECK_FALSE(app::memory_limit().source.empty());
}
