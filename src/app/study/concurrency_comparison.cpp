#include "app/study/concurrency_comparison.hpp"

#include "app/base/errors.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/study/child_cost.hpp"
#include "app/study/python_ways.hpp"
#include "app/terminal/aligned_table.hpp"
#include "core/number/human_numbers.hpp"
#include "study/burn/busy_loop.hpp"
#include "study/burn/waiting_loop.hpp"
#include "study/rows/files.hpp"
#include "system/resources.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

/// Python takes so many times less of the loop: it is some hundred times slower.
constexpr std::uint64_t python_divisor = 100;

std::uint64_t combined(const std::vector<std::uint64_t>& results) {
    std::uint64_t all = 0;
    for (const std::uint64_t result : results) all += result; // in any order
    return all;
}

/// Collective: every rank's share of the orders.
Cost on_ranks(const StudyOptions& options, cluster::Session& session) {
    std::string start = "go";
    session.broadcast(start);
    const auto begin = Clock::now();
    const system::CpuSeconds before = system::process_cpu();
    std::uint64_t result = 0;
    for (auto order = static_cast<std::uint64_t>(session.rank()); order < options.burn_orders;
         order += static_cast<std::uint64_t>(session.size()))
        result += study::clean_order(order, options.burn_iterations);
    const system::CpuSeconds after = system::process_cpu();
    const auto replies = session.gather(nlohmann::json{std::max(0.0, after.user - before.user),
                                                       std::max(0.0, after.system - before.system),
                                                       system::peak_memory(), result}
                                            .dump());
    Cost cost{.wall = std::chrono::duration<double>(Clock::now() - begin).count()};
    for (const std::string& reply : replies) {
        const auto part = nlohmann::json::parse(reply);
        cost.user += part[0].get<double>();
        cost.system += part[1].get<double>();
        cost.peak += part[2].get<std::uint64_t>();
        cost.results += part[3].get<std::uint64_t>();
    }
    return cost;
}

enum class Work { loop, python_loop, wait };

/// A way of doing the orders, and what each repeat of it cost.
struct Way {
    Work work = Work::loop;
    std::string name;
    std::string memory_of; ///< whose memory the figure is
    std::string shows;
    std::function<std::optional<Cost>()> measure;
    std::vector<Cost> costs;

    /// The run of median wall time.
    const Cost& median() const { return costs[(costs.size() - 1) / 2]; }
};

std::string_view name_of(Work work) { return work == Work::wait ? "wait" : "loop"; }

std::uint64_t iterations_of(const StudyOptions& options, Work work) {
    if (work == Work::wait) return static_cast<std::uint64_t>(study::Waits().each);
    const std::uint64_t all = options.burn_iterations;
    return work == Work::loop ? all : std::max<std::uint64_t>(1, all / python_divisor);
}

/// The loop in C++, in all ways but the ranks'.
std::vector<Way> loop_ways(const StudyOptions& options, bool ranks, int size) {
    const std::uint64_t orders = options.burn_orders;
    const std::uint64_t iterations = options.burn_iterations;
    std::vector<Way> ways;
    ways.push_back(
        {Work::loop,
         "one after another",
         "one process",
         "the baseline: one core works, however many there are.",
         [=] { return in_child([=] { return combined(study::clean_in_turn(orders, iterations)); }); },
         {}});
    const std::uint64_t processes = ranks ? std::min(orders, static_cast<std::uint64_t>(size)) : orders;
    ways.push_back(
        {Work::loop,
         fmt::format("{} processes{}", processes, ranks ? " (ranks)" : ""),
         fmt::format("{}, summed", ranks ? "all ranks" : "all processes"),
         "every core works, and nothing is shared: each process has its own memory and can run on another "
         "machine.",
         [=] {
             return in_children(orders,
                                [=](std::uint64_t order) { return study::clean_order(order, iterations); });
         },
         {}});
    ways.push_back(
        {Work::loop,
         fmt::format("{} threads", orders),
         "one process",
         "every core works too (C++ has no global lock), within one process: the threads share "
         "its memory and its crashes.",
         [=] { return in_child([=] { return combined(study::clean_in_threads(orders, iterations)); }); },
         {}});
    ways.push_back(
        {Work::loop,
         fmt::format("{} coroutines", orders),
         "one process",
         "the coroutines take turns on one thread, so one core works: good for waiting, not for "
         "computing.",
         [=] { return in_child([=] { return combined(study::clean_in_coroutines(orders, iterations)); }); },
         {}});
    return ways;
}

std::vector<Way> python_ways(const StudyOptions& options, const Python& python) {
    const std::uint64_t orders = options.burn_orders;
    const std::uint64_t iterations = iterations_of(options, Work::python_loop);
    const auto way = [&](const std::string& how) {
        return [=] { return loop_in_python(python, how, orders, iterations); };
    };
    const std::string title = "Python " + python.version;
    return {
        {Work::python_loop,
         title + ", one after another",
         "one process",
         fmt::format("it takes a {}th of the loop, since it is some hundred times slower; its other rows are "
                     "compared with this one.",
                     python_divisor),
         way("turn"),
         {}},
        {Work::python_loop,
         fmt::format("{}, {} processes", title, orders),
         "all processes, summed",
         "multiprocessing: every core works; starting them and sending results costs more than in C++.",
         way("processes"),
         {}},
        {Work::python_loop,
         fmt::format("{}, {} threads", title, orders),
         "one process",
         python.free_threaded ? "without the global lock every core works."
                              : "the global interpreter lock lets one thread run at a time.",
         way("threads"),
         {}},
        {Work::python_loop,
         fmt::format("{}, {} asyncio tasks", title, orders),
         "one process",
         "like coroutines in C++: one thread.",
         way("asyncio"),
         {}}};
}

std::vector<Way> waiting_ways(const std::vector<Python>& pythons) {
    const study::Waits waits;
    const auto one_order = [=](std::uint64_t) {
        study::Waits one = waits;
        one.orders = 1;
        return study::wait_in_turn(one);
    };
    std::vector<Way> ways{
        {Work::wait,
         "one after another",
         "one process",
         "each order waits for the one before it.",
         [=] { return in_child([=] { return study::wait_in_turn(waits); }); },
         {}},
        {Work::wait,
         fmt::format("{} processes", waits.orders),
         "all processes, summed",
         "all wait at the same time; a process each costs start and memory.",
         [=] { return in_children(waits.orders, one_order); },
         {}},
        {Work::wait,
         fmt::format("{} threads", waits.orders),
         "one process",
         "all wait at the same time; a thread each has a stack.",
         [=] { return in_child([=] { return study::wait_in_threads(waits); }); },
         {}},
        {Work::wait,
         fmt::format("{} coroutines", waits.orders),
         "one process",
         "all wait at the same time on one thread, at some hundred bytes each: here coroutines win.",
         [=] { return in_child([=] { return study::wait_in_coroutines(waits); }); },
         {}}};
    for (const Python& python : pythons) {
        if (&python != &pythons.front()) break; // waiting is alike in all of them
        for (const char* const how : {"threads", "asyncio"})
            ways.push_back({Work::wait,
                            fmt::format("Python {}, {} {}", python.version, waits.orders,
                                        std::string(how) == "threads" ? "threads" : "asyncio tasks"),
                            "one process",
                            std::string(how) == "threads"
                                ? "a thread that waits holds no lock, so Python's wait as C++'s do."
                                : "",
                            [=] { return wait_in_python(python, how, waits); },
                            {}});
    }
    return ways;
}

/// The first way of the same work.
const Way& baseline(const std::vector<Way>& ways, const Way& way) {
    return *std::find_if(ways.begin(), ways.end(), [&](const Way& other) { return other.work == way.work; });
}

std::string table(const std::vector<Way>& ways, bool waiting) {
    AlignedTable rows({1, 2, 3, 4, 5, 7});
    rows.add({"way", "wall", "user", "system", "CPU", "peak memory", "of", "speedup"});
    for (const Way& way : ways) {
        if ((way.work == Work::wait) != waiting) continue;
        const Cost& cost = way.median();
        rows.add({way.name, fmt::format("{:.3f} s", cost.wall), fmt::format("{:.3f} s", cost.user),
                  fmt::format("{:.3f} s", cost.system),
                  fmt::format("{:.0f} %", 100 * (cost.user + cost.system) / std::max(cost.wall, 1e-9)),
                  core::human_bytes(cost.peak), way.memory_of,
                  fmt::format("{:.2f}", baseline(ways, way).median().wall / std::max(cost.wall, 1e-9))});
    }
    return rows.text("  ");
}

std::string told(const StudyOptions& options, const std::vector<Way>& ways, bool python) {
    const Cost& first = ways.front().median();
    const double per_iteration = (first.user + first.system) * 1e9 /
                                 static_cast<double>(options.burn_iterations * options.burn_orders);
    const int cores = usable_cores();
    std::string text = fmt::format(
        "{} orders of {} iterations each, on {} core{}; {:.3f} ns an iteration; {}\n\n", options.burn_orders,
        core::grouped(options.burn_iterations), cores, cores == 1 ? "" : "s", per_iteration,
        options.burn_repeats == 1 ? std::string("one run of each way")
                                  : fmt::format("the median of {} runs", options.burn_repeats));
    text += table(ways, false);
    const study::Waits waits;
    text += fmt::format("\n{} orders that each wait {} times {} ms, as for a disk or a slow socket\n\n",
                        waits.orders, waits.each, waits.time.count() / 1000);
    text += table(ways, true) + '\n';
    for (const Way& way : ways)
        if (!way.shows.empty()) text += wrapped_text(way.name + ": " + way.shows, "  - ", "    ");
    if (!python) text += "  - There is no python3 on this machine, so Python has no rows.\n";
    const Survivors survivors = crash_demo();
    text += wrapped_text(
        fmt::format(
            "A crash in one of two orders: as processes, {} of 2 came out well; as threads, {} of 2. A "
            "process that crashes ends alone; a thread that crashes ends all threads of its process.",
            survivors.processes, survivors.threads),
        "  - ", "    ");
    return text;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

/// A row for each way and repeat.
std::string rows_text(const StudyOptions& options, const std::vector<Way>& ways) {
    std::string text =
        "work,way,repeat,orders,iterations,wall_s,user_s,system_s,peak_memory_bytes,memory_of\n";
    for (const Way& way : ways) {
        const std::uint64_t orders = way.work == Work::wait ? study::Waits().orders : options.burn_orders;
        for (std::size_t repeat = 0; repeat < way.costs.size(); ++repeat) {
            const Cost& cost = way.costs[repeat];
            text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", name_of(way.work), quoted(way.name),
                                repeat, orders, iterations_of(options, way.work), cost.wall, cost.user,
                                cost.system, cost.peak, quoted(way.memory_of));
        }
    }
    return text;
}

/// The same orders give the same result, whatever the way.
void check_results(const StudyOptions& options, const std::vector<Way>& ways) {
    const std::uint64_t in_python =
        combined(study::clean_in_turn(options.burn_orders, iterations_of(options, Work::python_loop)));
    for (const Way& way : ways) {
        const std::uint64_t expected =
            way.work == Work::python_loop ? in_python : baseline(ways, way).costs.front().results;
        for (const Cost& cost : way.costs) {
            if (cost.results != expected)
                throw std::logic_error(way.name + " gave another result than it should");
        }
    }
}

std::filesystem::path rows_path(const StudyOptions& options) {
    return std::filesystem::path(options.output) / "burn.csv";
}

/// Collective: everybody's verdict.
void check_output(const StudyOptions& options, cluster::Session& session) {
    std::string problem;
    if (session.rank() == 0 && !options.output.empty() && !options.force &&
        std::filesystem::exists(rows_path(options)))
        problem = fmt::format("{} exists already: choose another --output, or give --force to replace it",
                              rows_path(options).string());
    session.broadcast(problem);
    if (!problem.empty()) throw UsageError(problem);
}

} // namespace

int burn_orders(const StudyOptions& options, cluster::Session& session, std::string& said) {
    const bool ranks = session.size() > 1;
    try {
        check_output(options, session);
    } catch (const UsageError&) {
        if (session.rank() != 0) return exit_usage;
        throw;
    }
    if (session.rank() != 0) {
        for (int repeat = 0; repeat < options.burn_repeats; ++repeat) on_ranks(options, session);
        return exit_done;
    }
    const std::vector<Python> pythons = find_pythons();
    std::vector<Way> ways = loop_ways(options, ranks, session.size());
    if (ranks) ways[1].measure = [&] { return on_ranks(options, session); };
    for (const Python& python : pythons)
        for (Way& way : python_ways(options, python)) ways.push_back(std::move(way));
    for (Way& way : waiting_ways(pythons)) ways.push_back(std::move(way));
    for (int repeat = 0; repeat < options.burn_repeats; ++repeat) {
        for (Way& way : ways)
            if (const std::optional<Cost> cost = way.measure()) way.costs.push_back(*cost);
    }
    std::erase_if(ways, [](const Way& way) { return way.costs.empty(); });
    check_results(options, ways);
    if (!options.output.empty()) {
        std::filesystem::create_directories(options.output);
        study::write_file(rows_path(options).string(), rows_text(options, ways));
    }
    for (Way& way : ways)
        std::sort(way.costs.begin(), way.costs.end(),
                  [](const Cost& a, const Cost& b) { return a.wall < b.wall; });
    said = told(options, ways, !pythons.empty());
    if (!ranks) said += "  - This was one process; under mpirun -n N, the processes are ranks.\n";
    if (!options.output.empty()) said += fmt::format("  - The rows are in {}\n", rows_path(options).string());
    return exit_done;
}

} // namespace ordermill::app
