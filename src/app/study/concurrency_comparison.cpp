#include "app/study/concurrency_comparison.hpp"

#include "app/base/errors.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/terminal/aligned_table.hpp"
#include "core/number/human_numbers.hpp"
#include "io/error.hpp"
#include "study/burn/busy_loop.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}
double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Cost {
    double wall = 0;
    double user = 0;
    double system = 0;
    std::uint64_t peak = 0;    ///< bytes, of all processes together
    std::uint64_t results = 0; ///< combined: the same for every way

    void add(const rusage& used) {
        user += seconds(used.ru_utime);
        system += seconds(used.ru_stime);
        peak += static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
    }
};

std::uint64_t combined(const std::vector<std::uint64_t>& results) {
    std::uint64_t all = 0;
    for (const std::uint64_t result : results) all += result; // in any order
    return all;
}

/// Memory that child processes share with this one.
template<class Item>
class Shared {
  public:
    explicit Shared(std::size_t count) : bytes_(count * sizeof(Item)) {
        void* const memory =
            ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw io::Error("share memory with", "a child process", errno);
        items_ = static_cast<Item*>(memory);
    }
    ~Shared() { ::munmap(items_, bytes_); }
    Shared(const Shared&) = delete;
    Item& operator[](std::size_t i) { return items_[i]; }

  private:
    std::size_t bytes_;
    Item* items_;
};

/// Starts a child that does `work` and ends without any of this process' clearing up.
pid_t start_child(const std::function<void()>& work) {
    const pid_t child = ::fork();
    if (child < 0) throw io::Error("start", "a child process", errno);
    if (child > 0) return child;
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (const int number : {SIGSEGV, SIGABRT, SIGTERM, SIGINT}) std::signal(number, SIG_DFL);
    work();
    ::_exit(0);
}

/// What a child process cost that did the work.
Cost in_child(const std::function<std::uint64_t()>& work) {
    Shared<std::uint64_t> result(1);
    const auto begin = Clock::now();
    const pid_t child = start_child([&] { result[0] = work(); });
    int status = 0;
    rusage used{};
    while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    }
    Cost cost{.wall = seconds_since(begin), .results = result[0]};
    cost.add(used);
    return cost;
}

/// Without a launcher: a child process for each order.
Cost in_children(std::uint64_t orders, std::uint64_t iterations) {
    Shared<std::uint64_t> results(orders);
    const auto begin = Clock::now();
    std::vector<pid_t> children;
    for (std::uint64_t order = 0; order < orders; ++order)
        children.push_back(
            start_child([&, order] { results[order] = study::clean_order(order, iterations); }));
    Cost cost;
    for (const pid_t child : children) {
        int status = 0;
        rusage used{};
        while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
        }
        cost.add(used);
    }
    cost.wall = seconds_since(begin);
    for (std::uint64_t order = 0; order < orders; ++order) cost.results += results[order];
    return cost;
}

/// Collective: every rank's share of the orders.
Cost on_ranks(const StudyOptions& options, cluster::Session& session) {
    std::string start = "go";
    session.broadcast(start);
    const auto begin = Clock::now();
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    std::uint64_t result = 0;
    for (auto order = static_cast<std::uint64_t>(session.rank()); order < options.burn_orders;
         order += static_cast<std::uint64_t>(session.size()))
        result += study::clean_order(order, options.burn_iterations);
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    const auto replies = session.gather(nlohmann::json{seconds(after.ru_utime) - seconds(before.ru_utime),
                                                       seconds(after.ru_stime) - seconds(before.ru_stime),
                                                       after.ru_maxrss * 1024, result}
                                            .dump());
    Cost cost{.wall = seconds_since(begin)};
    for (const std::string& reply : replies) {
        const auto part = nlohmann::json::parse(reply);
        cost.user += part[0].get<double>();
        cost.system += part[1].get<double>();
        cost.peak += part[2].get<std::uint64_t>();
        cost.results += part[3].get<std::uint64_t>();
    }
    return cost;
}

/// How many of two orders come out well when the first crashes: as processes, and as threads of one process.
struct Survivors {
    std::uint64_t processes = 0;
    std::uint64_t threads = 0;
};

/// The second order takes a little longer than the crash.
void clean_or_crash(std::uint64_t order, std::uint64_t& done) {
    if (order == 0) std::raise(SIGSEGV);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    done = study::clean_order(order, 1000) != 0 ? 1 : 0;
}

Survivors crash_demo() {
    constexpr std::uint64_t orders = 2;
    Shared<std::uint64_t> done(2 * orders);
    std::vector<pid_t> children;
    for (std::uint64_t order = 0; order < orders; ++order)
        children.push_back(start_child([&, order] { clean_or_crash(order, done[order]); }));
    children.push_back(start_child([&] {
        std::vector<std::jthread> threads;
        for (std::uint64_t order = 0; order < orders; ++order)
            threads.emplace_back([&, order] { clean_or_crash(order, done[orders + order]); });
    }));
    for (const pid_t child : children) {
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    return {.processes = done[0] + done[1], .threads = done[orders] + done[orders + 1]};
}

std::string percent(const Cost& cost) {
    return fmt::format("{:.0f} %", 100 * (cost.user + cost.system) / std::max(cost.wall, 1e-9));
}

struct Way {
    std::string name;
    Cost cost;
    std::string shows;
};

std::string table(const std::vector<Way>& ways) {
    AlignedTable rows({1, 2, 3, 4, 5, 6});
    rows.add({"way", "wall", "user", "system", "CPU", "peak memory", "speedup"});
    for (const Way& way : ways) {
        rows.add({way.name, fmt::format("{:.3f} s", way.cost.wall), fmt::format("{:.3f} s", way.cost.user),
                  fmt::format("{:.3f} s", way.cost.system), percent(way.cost),
                  core::human_bytes(way.cost.peak),
                  fmt::format("{:.2f}", ways.front().cost.wall / way.cost.wall)});
    }
    return rows.text("  ");
}

std::string told(const StudyOptions& options, const std::vector<Way>& ways, const Survivors& survivors,
                 int cores) {
    const double per_iteration = (ways.front().cost.user + ways.front().cost.system) * 1e9 /
                                 static_cast<double>(options.burn_iterations * options.burn_orders);
    std::string text = fmt::format(
        "{} orders of {} iterations each, on {} core{}; {:.3f} ns an iteration\n\n", options.burn_orders,
        core::grouped(options.burn_iterations), cores, cores == 1 ? "" : "s", per_iteration);
    text += table(ways) + '\n';
    for (const Way& way : ways) text += wrapped_text(way.name + ": " + way.shows, "  - ", "    ");
    text += wrapped_text(
        fmt::format(
            "A crash in one of two orders: as processes, {} of 2 came out well; as threads, {} of 2. A "
            "process that crashes ends alone; a thread that crashes ends all threads of its process.",
            survivors.processes, survivors.threads),
        "  - ", "    ");
    return text;
}

} // namespace

int burn_orders(const StudyOptions& options, cluster::Session& session, std::string& said) {
    const std::uint64_t orders = options.burn_orders;
    const std::uint64_t iterations = options.burn_iterations;
    const bool ranks = session.size() > 1;
    std::vector<Way> ways;
    if (session.rank() == 0) {
        ways.push_back({"one after another",
                        in_child([&] { return combined(study::clean_in_turn(orders, iterations)); }),
                        "the baseline: one core works, however many there are."});
    }
    const Cost processes = ranks ? on_ranks(options, session) : Cost{};
    if (session.rank() != 0) return exit_done;
    ways.push_back(
        {ranks ? fmt::format("{} processes (ranks)",
                             std::min<std::uint64_t>(orders, static_cast<std::uint64_t>(session.size())))
               : fmt::format("{} processes", orders),
         ranks ? processes : in_children(orders, iterations),
         "every core works, and nothing is shared: each process has its own memory and can run on another "
         "machine."});
    ways.push_back({fmt::format("{} threads", orders),
                    in_child([&] { return combined(study::clean_in_threads(orders, iterations)); }),
                    "every core works too (C++ has no global lock), within one process: the threads share "
                    "its memory and its crashes."});
    ways.push_back(
        {fmt::format("{} coroutines", orders),
         in_child([&] { return combined(study::clean_in_coroutines(orders, iterations)); }),
         "the coroutines take turns on one thread, so one core works: good for waiting, not for computing."});
    for (const Way& way : ways) {
        if (way.cost.results != ways.front().cost.results)
            throw std::logic_error(way.name + " gave another result than one after another");
    }
    said = told(options, ways, crash_demo(), usable_cores());
    if (!ranks) said += "  - This was one process; under mpirun -n N, the processes are ranks.\n";
    return exit_done;
}

} // namespace ordermill::app
