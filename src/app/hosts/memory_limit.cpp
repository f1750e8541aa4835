#include "app/hosts/memory_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace ordermill::app {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

void lower(MemoryLimit& limit, std::uint64_t bytes, const std::string& source) {
    if (bytes == 0 || bytes >= limit.bytes) return;
    limit = {.bytes = bytes, .source = source};
}

/// Nothing for "max", and for what isn't a number at all.
std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> number_in(const std::string& path) {
    std::string line;
    std::ifstream file(path);
    if (!std::getline(file, line)) return std::nullopt;
    return number(line);
}

bool lists(std::string_view words, std::string_view word) {
    return fmt::format(",{},", words).find(fmt::format(",{},", word)) != std::string::npos;
}

/// A hierarchy of control groups that can limit memory, and this process' group in it.
struct Hierarchy {
    bool version_2 = false;
    std::string mount; ///< where its files are
    std::string base;  ///< the group whose files are there; not / in some containers
    std::string group;
};

/// From /proc/self/cgroup, lines of `number:controllers:path`; version 2 has no controllers.
std::optional<std::string> group_of(const std::string& root, bool version_2) {
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        if (version_2 ? line.starts_with("0::") : lists(controllers, "memory"))
            return line.substr(second + 1);
    }
    return std::nullopt;
}

/// From /proc/self/mountinfo, lines of `id parent device base mount options ... - type source options`.
std::vector<Hierarchy> hierarchies(const std::string& root) {
    std::vector<Hierarchy> found;
    std::ifstream file(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t dash = line.find(" - ");
        if (dash == std::string::npos) continue;
        std::istringstream words(line.substr(0, dash));
        std::istringstream file_system(line.substr(dash + 3));
        std::string skipped, base, mount, type, options;
        words >> skipped >> skipped >> skipped >> base >> mount;
        file_system >> type >> skipped >> options;
        if (type != "cgroup2" && (type != "cgroup" || !lists(options, "memory"))) continue;
        const bool version_2 = type == "cgroup2";
        if (const auto group = group_of(root, version_2))
            found.push_back({.version_2 = version_2, .mount = mount, .base = base, .group = *group});
    }
    return found;
}

/// The group, then those around it, as far as this process can see them: below the mount, "/a/b", "/a", "".
std::vector<std::string> groups_upwards(const Hierarchy& hierarchy) {
    std::string below = hierarchy.group;
    if (hierarchy.base != "/") { // a container that sees its own part of the host's hierarchy
        const bool inside = below == hierarchy.base || below.starts_with(hierarchy.base + "/");
        below = inside ? below.substr(hierarchy.base.size()) : "";
    }
    if (below.starts_with("/..")) below.clear(); // outside this process' name space of groups
    std::vector<std::string> groups;
    for (; below.size() > 1; below.resize(below.rfind('/'))) groups.push_back(below);
    groups.emplace_back();
    return groups;
}

void lower_by_groups(MemoryLimit& limit, const std::string& root) {
    for (const Hierarchy& hierarchy : hierarchies(root)) {
        for (const std::string& group : groups_upwards(hierarchy)) {
            const std::string folder = root + hierarchy.mount + group + "/";
            const std::string source = "control group " + (group.empty() ? "/" : group);
            if (hierarchy.version_2) {
                for (const char* const file : {"memory.max", "memory.high"}) // above high it is throttled
                    lower(limit, number_in(folder + file).value_or(0), source);
            } else {
                lower(limit, number_in(folder + "memory.limit_in_bytes").value_or(0), source);
            }
        }
    }
}

/// Slurm counts in MiB; 0 is all of a node.
void lower_by_slurm(MemoryLimit& limit, const MemorySources& sources) {
    const auto variable = [&](const char* name) -> std::uint64_t {
        const char* const text = sources.environment(name);
        return text == nullptr ? 0 : number(text).value_or(0);
    };
    const std::uint64_t node = variable("SLURM_MEM_PER_NODE");
    lower(limit, node * mebibyte, fmt::format("SLURM_MEM_PER_NODE={}", node));
    const std::uint64_t cpu = variable("SLURM_MEM_PER_CPU");
    const std::uint64_t cpus = variable("SLURM_CPUS_ON_NODE");
    lower(limit, cpu * cpus * mebibyte,
          fmt::format("SLURM_MEM_PER_CPU={} and SLURM_CPUS_ON_NODE={}", cpu, cpus));
}

} // namespace

MemoryLimit memory_limit(const MemorySources& sources) {
    MemoryLimit limit{.bytes = sources.physical_memory, .source = "the host's memory"};
    lower_by_groups(limit, sources.root);
    lower_by_slurm(limit, sources);
    return limit;
}

MemoryLimit memory_limit() {
    return memory_limit({.root = "",
                         .physical_memory = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                                            static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
                         .environment = [](const char* name) -> const char* { return std::getenv(name); }});
}

std::vector<std::uint64_t> memory_bounds(std::uint64_t wished, const std::vector<std::string>& hosts,
                                         const std::vector<std::uint64_t>& memory) {
    std::vector<std::uint64_t> bounds;
    for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
        const auto sharing = std::count(hosts.begin(), hosts.end(), hosts[rank]);
        bounds.push_back(wished != 0 ? wished : memory[rank] / 2 / static_cast<std::uint64_t>(sharing));
    }
    return bounds;
}

} // namespace ordermill::app
