#include "app/study/python_ways.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ordermill::app {
namespace {

/// Arguments: loop or wait, the way, how many orders, iterations or times, microseconds.
constexpr const char* script = R"python(
import asyncio, json, multiprocessing, resource, sys, threading, time

ALL = (1 << 64) - 1

def clean(order, iterations):
    state = 0x9E3779B97F4A7C15 * (order + 1) & ALL
    for _ in range(iterations):
        state ^= state << 13 & ALL
        state ^= state >> 7
        state ^= state << 17 & ALL
    return state

def wait(order, times):
    for _ in range(times):
        time.sleep(PAUSE)
    return times

async def clean_by_turns(order, iterations):
    result = clean(order, iterations)  # nothing in it waits, so nobody else comes to his turn
    await asyncio.sleep(0)
    return result

async def wait_by_turns(order, times):
    for _ in range(times):
        await asyncio.sleep(PAUSE)
    return times

def in_turn(work, orders, amount):
    return sum(work(order, amount) for order in range(orders))

def in_threads(work, orders, amount):
    results = [0] * orders
    def one(order):
        results[order] = work(order, amount)
    threads = [threading.Thread(target=one, args=(order,)) for order in range(orders)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sum(results)

def in_processes(work, orders, amount):
    context = multiprocessing.get_context("fork")
    with context.Pool(orders) as pool:
        results = pool.starmap(work, [(order, amount) for order in range(orders)], 1)
        pool.close()
        pool.join()
    return sum(results)

async def gathered(work, orders, amount):
    return sum(await asyncio.gather(*(work(order, amount) for order in range(orders))))

what, way, orders, amount, pause = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
PAUSE = pause / 1e6
work = clean if what == "loop" else wait
def used():
    all = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime for one in all), sum(one.ru_stime for one in all)

before = used()
begin = time.perf_counter()
if way == "asyncio":
    result = asyncio.run(gathered(clean_by_turns if what == "loop" else wait_by_turns, orders, amount))
else:
    result = {"turn": in_turn, "threads": in_threads, "processes": in_processes}[way](work, orders, amount)
wall = time.perf_counter() - begin
after = used()
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"wall": wall, "user": after[0] - before[0], "system": after[1] - before[1], "result": result & ALL,
                  "peak": 1024 * (own + (child * orders if way == "processes" else 0))}))
)python";

std::optional<Cost> run_script(const Python& python, const std::vector<std::string>& words) {
    std::vector<std::string> command{python.program, "-c", script};
    command.insert(command.end(), words.begin(), words.end());
    const auto run = run_program(command);
    if (!run || run->exit_code != 0) return std::nullopt;
    const auto told = nlohmann::json::parse(run->output, nullptr, false);
    if (!told.is_object()) return std::nullopt;
    Cost cost = run->cost;
    cost.wall = told.at("wall").get<double>();
    cost.user = told.at("user").get<double>();
    cost.system = told.at("system").get<double>();
    cost.peak = told.at("peak").get<std::uint64_t>();
    cost.results = told.at("result").get<std::uint64_t>();
    return cost;
}

} // namespace

std::vector<Python> find_pythons() {
    std::vector<Python> found;
    for (const char* const program : {"python3", "python3.14t", "python3.13t"}) {
        const auto run = run_program({program, "-c",
                                      "import sys; print(sys.version.split()[0], int(not getattr(sys, "
                                      "'_is_gil_enabled', lambda: True)()))"});
        if (!run || run->exit_code != 0 || run->output.size() < 4) continue;
        Python python{program, run->output.substr(0, run->output.find(' ')),
                      run->output.find(" 1") != std::string::npos};
        if (python.free_threaded) python.version += ", free-threaded";
        found.push_back(std::move(python));
    }
    return found;
}

std::optional<Cost> loop_in_python(const Python& python, const std::string& way, std::uint64_t orders,
                                   std::uint64_t iterations) {
    return run_script(python, {"loop", way, fmt::to_string(orders), fmt::to_string(iterations), "0"});
}

std::optional<Cost> wait_in_python(const Python& python, const std::string& way, const study::Waits& waits) {
    return run_script(python, {"wait", way, fmt::to_string(waits.orders), fmt::to_string(waits.each),
                               fmt::to_string(waits.time.count())});
}

} // namespace ordermill::app
