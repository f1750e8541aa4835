// What rank 0 pays for a reply and the task that follows it, measured with the real dealing, farm and MPI of
// this machine:
//     mpirun -n 2 build/release/scale_costs jobs/retail.cfg
// Workers answer at once, so rank 0 is what takes the time.
#include "app/deal/scheduler.hpp"
#include "cluster/farm/farm.hpp"
#include "cluster/session/session.hpp"
#include "io/input.hpp"
#include "io/recovery/journal.hpp"
#include "scale/worker.hpp"

#include <boost/mpi/communicator.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <string>
#include <vector>

namespace ordermill::scale {
namespace {

constexpr std::uint64_t chunk_size = std::uint64_t{1} << 20;

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Passing no_time() {
    return {.compute = [](double) {},
            .read = [](std::uint64_t, double) {},
            .write = [](std::uint64_t, double) {}};
}

/// Without MPI: the bookkeeping alone, two tasks in hand a worker, in turn.
double dealing_cost(const std::string& job, int workers) {
    const std::uint64_t chunks = std::max<std::uint64_t>(200'000, 40 * static_cast<std::uint64_t>(workers));
    const Synthetic input = synthetic(job, chunks * chunk_size, chunk_size, workers, false);
    io::PipeInput pipe(-1);
    app::Scheduler scheduler(input.plan, input.compiled, pipe, workers);
    cluster::Peers peers;
    const Costs costs;
    Worker worker(input, costs, no_time(), workers, 1, peers, 1);
    std::vector<std::deque<cluster::Task>> hands(static_cast<std::size_t>(workers) + 1);
    double seconds = 0;
    std::uint64_t replies = 0;
    while (!scheduler.finished()) {
        for (int rank = 1; rank <= workers; ++rank) {
            std::deque<cluster::Task>& hand = hands[static_cast<std::size_t>(rank)];
            cluster::Reply reply;
            const bool answers = !hand.empty();
            if (answers) {
                reply = worker.work(hand.front());
                hand.pop_front();
            }
            const double before = cpu_seconds();
            if (answers) {
                scheduler.take(rank, reply);
                ++replies;
            }
            while (auto task = scheduler.next(rank, hand.size() < 2)) {
                if (task->urgent)
                    hand.push_front(std::move(*task));
                else
                    hand.push_back(std::move(*task));
            }
            seconds += cpu_seconds() - before;
        }
    }
    return seconds / static_cast<double>(replies);
}

/// Wall time, as the worker's share of it is hidden behind rank 0's: rank 0 never waits.
double farm_cost(const std::string& job, boost::mpi::communicator& world) {
    const Synthetic input = synthetic(job, 200'000 * chunk_size, chunk_size, 1, false);
    cluster::Peers peers;
    const Costs costs;
    if (world.rank() != 0) {
        Worker worker(input, costs, no_time(), world.size() - 1, world.rank(), peers, 1);
        cluster::farm::serve(
            world, [&](const cluster::Task& task, const cluster::Alive&) { return worker.work(task); },
            {.exit_code_of = [](const std::exception&) { return 1; }, .peers = &peers});
        return 0;
    }
    io::PipeInput pipe(-1);
    app::Scheduler scheduler(input.plan, input.compiled, pipe, world.size() - 1);
    cluster::Dealer dealer = scheduler.dealer(nullptr);
    std::uint64_t replies = 0;
    dealer.take = [&](int worker, cluster::Reply&& reply) {
        ++replies;
        scheduler.take(worker, reply);
    };
    const double before = cpu_seconds();
    cluster::farm::run(world, dealer);
    return (cpu_seconds() - before) / static_cast<double>(replies);
}

/// Wall time of a journal record of a checkpoint's size, on the disk when it is over.
double journal_cost(const std::string& folder, std::size_t bytes) {
    const std::string path = folder + "/scale-costs-journal";
    constexpr int records = 100;
    double seconds = 0;
    {
        io::Journal journal(path);
        const std::string record(bytes, 'x');
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < records; ++i) journal.append(record);
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
    std::remove(path.c_str());
    return seconds / records;
}

} // namespace
} // namespace ordermill::scale

int main(int argc, char** argv) {
    using namespace ordermill;
    cluster::Session session(cluster::read_launch());
    if (argc != 2 || session.size() < 2) {
        fmt::print(stderr, "mpirun -n 2 scale_costs JOB\n");
        return 2;
    }
    if (session.rank() == 0) {
        for (const int workers : {1024, 4096})
            fmt::print("dealing alone, {} workers: {:.0f} ns a reply\n", workers,
                       1e9 * scale::dealing_cost(argv[1], workers));
        constexpr std::size_t checkpoint = 4096; // bytes, about, of one file's totals
        fmt::print("a journal record of {} bytes, in the current folder: {:.2f} ms\n", checkpoint,
                   1e3 * scale::journal_cost(".", checkpoint));
    }
    double best = 1;
    for (int repeat = 0; repeat < 5; ++repeat)
        best = std::min(best, scale::farm_cost(argv[1], *session.world()));
    if (session.rank() == 0)
        fmt::print("scheduler, farm and MPI, {} ranks: {:.0f} ns a reply\n", session.size(), 1e9 * best);
}
