// A run of a synthetic input on a simulated cluster: the real farm, exchange and dealing; workers that let
// the measured time pass.
#include "app/deal/scheduler.hpp"
#include "cluster/farm/farm.hpp"
#include "io/input.hpp"
#include "scale/rows.hpp"
#include "scale/storage.hpp"
#include "scale/worker.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/program_options.hpp>
#include <fmt/core.h>
#include <fmt/ostream.h>
#include <mpi.h>
#include <simgrid/s4u.hpp>
#include <smpi/smpi.h>
#include <xbt/log.h>

#include <fstream>
#include <memory>
#include <vector>

namespace ordermill::scale {
namespace {

namespace s4u = simgrid::s4u;

struct Options {
    int ranks = 64;
    std::uint64_t bytes = 0;      ///< that are simulated
    std::uint64_t plan_bytes = 0; ///< that the chunk size is chosen for
    std::uint64_t chunk_size = 0; ///< 0: as a run would choose it
    bool keeps = false;
    double storage = 0;        ///< bytes a second; 0: no limit
    double network = 12.5e9;   ///< bytes a second, of a rank's link, each way
    double latency = 2e-6;     ///< seconds
    double per_reply = 1.7e-6; ///< seconds of rank 0, for a reply and the task that follows it
    double per_look = 20e-9;   ///< seconds of rank 0, for a worker that is asked for in vain
    double per_number = 2e-9;  ///< seconds of rank 0, for a number that it receives and adds up
    double per_journal = 5e-3; ///< seconds of rank 0, for a checkpoint: sync and a journal record
    double checkpoint = 10;    ///< seconds between two
    double key_share = 1;
    std::string job;
    std::string raw; ///< a file of raw rows to append to; may be empty
    Costs costs;
};

double now() { return s4u::Engine::get_clock(); }

/// Rank 0's dealer, which takes its time.
class TakingItsTime {
  public:
    TakingItsTime(app::Scheduler& scheduler, const Options& options, Outcome& outcome)
        : scheduler_(scheduler), options_(options), outcome_(outcome) {}

    cluster::Dealer dealer() {
        cluster::Dealer dealer = scheduler_.dealer([this] { tick(); });
        dealer.next = [this](int worker, bool room) {
            auto task = scheduler_.next(worker, room);
            if (!task) owed_ += options_.per_look;
            return task;
        };
        dealer.take = [this](int worker, cluster::Reply&& reply) {
            ++outcome_.replies;
            note_exchange(app::kind_of(reply.head));
            const bool numbers = !reply.body.empty() && app::kind_of(reply.head) != app::TaskKind::write;
            owed_ += options_.per_reply;
            if (numbers) owed_ += options_.per_number * static_cast<double>(reply.body.size() / 8);
            pay();
            scheduler_.take(worker, reply);
        };
        return dealer;
    }

  private:
    void note_exchange(app::TaskKind kind) {
        if (kind < app::TaskKind::flush || kind > app::TaskKind::apply) return;
        if (outcome_.exchange.replies++ == 0) outcome_.exchange.begin = now();
        outcome_.exchange.end = now();
    }
    void pay() {
        outcome_.rank_0 += owed_;
        s4u::this_actor::sleep_for(std::exchange(owed_, 0.0));
    }
    void tick() {
        pay();
        if (options_.keeps || now() < next_checkpoint_) return;
        next_checkpoint_ = now() + options_.checkpoint;
        scheduler_.begin_checkpoint([this](const app::Checkpoint& point) {
            (void)point.encode();
            owed_ += options_.per_journal;
        });
    }

    app::Scheduler& scheduler_;
    const Options& options_;
    Outcome& outcome_;
    double owed_ = 0;
    double next_checkpoint_ = options_.checkpoint;
};

struct Shared {
    Options options;
    Synthetic input;
    Storage storage;
    Outcome outcome;
};
Shared* shared = nullptr; ///< what every rank sees, set before they start

void be_rank_0(boost::mpi::communicator& world) {
    io::PipeInput pipe(-1);
    app::Scheduler scheduler(shared->input.plan, shared->input.compiled, pipe, world.size() - 1);
    TakingItsTime slow(scheduler, shared->options, shared->outcome);
    const cluster::Dealer dealer = slow.dealer();
    cluster::Dealer timed = dealer;
    timed.finished = [&] {
        const bool over = dealer.finished();
        if (over) shared->outcome.seconds = now();
        return over;
    };
    cluster::farm::run(world, timed);
}

void be_worker(boost::mpi::communicator& world) {
    cluster::Peers peers;
    Storage& storage = shared->storage;
    const Passing passing{.compute = [](double seconds) { s4u::this_actor::sleep_for(seconds); },
                          .read = [&](std::uint64_t bytes, double least) { storage.serve(bytes, least); },
                          .write = [&](std::uint64_t bytes, double least) { storage.serve(bytes, least); }};
    Worker worker(shared->input, shared->options.costs, passing, world.size() - 1, world.rank(), peers,
                  shared->options.key_share);
    cluster::farm::serve(world,
                         [&](const cluster::Task& task, const cluster::Alive&) { return worker.work(task); },
                         {.exit_code_of = [](const std::exception&) { return 1; }, .peers = &peers});
    shared->outcome.workers[static_cast<std::size_t>(world.rank())] = worker.spent();
}

void rank_main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    {
        // Its own MPI_COMM_WORLD SimGrid looks up for the rank that runs, which may be none while it matches.
        boost::mpi::communicator world(MPI_COMM_WORLD, boost::mpi::comm_duplicate);
        world.rank() == 0 ? be_rank_0(world) : be_worker(world);
    }
    MPI_Finalize();
}

/// A star: every rank has a link of its own each way to a switch that never binds. Where workers talk to each
/// other, messages don't slow each other down: sharing links anew with every one of millions of messages
/// takes SimGrid hours.
void build_platform(const Options& options) {
    s4u::NetZone* zone = s4u::create_star_zone("cluster");
    const auto policy = options.keeps ? s4u::Link::SharingPolicy::FATPIPE : s4u::Link::SharingPolicy::SHARED;
    const auto link = [&](const std::string& name) {
        return zone->create_link(name, options.network)
            ->set_latency(options.latency / 2)
            ->set_sharing_policy(policy)
            ->seal();
    };
    for (int rank = 0; rank < options.ranks; ++rank) {
        s4u::Host* host = zone->create_host(fmt::format("h{}", rank), 1e9)->seal();
        const s4u::LinkInRoute up(link(fmt::format("u{}", rank)));
        const s4u::LinkInRoute down(link(fmt::format("d{}", rank)));
        zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {up}, false);
        zone->add_route(nullptr, host->get_netpoint(), nullptr, nullptr, {down}, false);
    }
    zone->seal();
}

std::string write_deployment(const Options& options) {
    const std::string path = fmt::format("/tmp/ordermill-scale-{}.xml", ::getpid());
    std::ofstream file(path);
    file << "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
            "<platform version=\"4.1\">\n";
    for (int rank = 0; rank < options.ranks; ++rank) {
        file << fmt::format("<actor host=\"h{0}\" function=\"ordermill\"><prop id=\"instance_id\" "
                            "value=\"ordermill\"/><prop id=\"rank\" value=\"{0}\"/></actor>\n",
                            rank);
    }
    file << "</platform>\n";
    return path;
}

Options parse(int argc, char** argv) {
    namespace po = boost::program_options;
    Options o;
    double bytes = 10e12;
    double plan_bytes = 0;
    double chunk_size = 0;
    po::options_description known;
    auto add = known.add_options();
    add("ranks", po::value(&o.ranks));
    add("bytes", po::value(&bytes));
    add("plan-bytes", po::value(&plan_bytes));
    add("chunk-size", po::value(&chunk_size));
    add("keeps", po::bool_switch(&o.keeps));
    add("storage", po::value(&o.storage));
    add("network", po::value(&o.network));
    add("per-reply", po::value(&o.per_reply));
    add("per-journal", po::value(&o.per_journal));
    add("key-share", po::value(&o.key_share));
    add("read", po::value(&o.costs.read));
    add("clean", po::value(&o.costs.clean));
    add("write", po::value(&o.costs.write));
    add("jitter", po::value(&o.costs.jitter));
    add("raw", po::value(&o.raw));
    add("job", po::value(&o.job)->required());
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, known), values);
    po::notify(values);
    o.bytes = static_cast<std::uint64_t>(bytes);
    o.plan_bytes = plan_bytes > 0 ? static_cast<std::uint64_t>(plan_bytes) : o.bytes;
    o.chunk_size = static_cast<std::uint64_t>(chunk_size);
    if (o.keeps) o.network *= o.key_share; // fewer bytes, on a network as much slower
    return o;
}

/// The workers' CPU time, by which their efficiency is measured, and a line of the README's table.
void print(const Shared& of) {
    const Outcome& outcome = of.outcome;
    const auto bytes = static_cast<double>(of.options.bytes);
    double work = 0;
    for (const Spent& spent : outcome.workers)
        work += spent.read + spent.clean + spent.exchange + spent.write;
    fmt::print("| {} | {:.2f} TB | {:.0f} MiB | {:.2f} s | {:.0f} GB/s | {:.1f} % | {:.1f} % | {:.0f}k |",
               of.options.ranks, bytes / 1e12, static_cast<double>(of.input.plan.chunk_size) / (1 << 20),
               outcome.seconds, bytes / outcome.seconds / 1e9,
               100 * work / ((of.options.ranks - 1) * outcome.seconds),
               100 * outcome.rank_0 / outcome.seconds,
               static_cast<double>(outcome.replies) / outcome.seconds / 1e3);
    if (of.options.keeps)
        fmt::print(" {:.0f} ms | {} |", 1e3 * (outcome.exchange.end - outcome.exchange.begin),
                   outcome.exchange.replies);
    fmt::print("\n");
}

int simulate(int argc, char** argv) {
    xbt_log_control_set("root.threshold:warning");
    s4u::Engine engine(&argc, argv);
    for (const char* setting :
         {"network/model:SMPI", "network/crosstraffic:0", "network/weight-S:0", "smpi/bw-factor:0:1",
          "smpi/lat-factor:0:1", "smpi/simulate-computation:no", "smpi/iprobe:0", "smpi/test:0",
          "smpi/host-speed:1Gf", "smpi/send-is-detached-thresh:65536", "smpi/async-small-thresh:65536",
          "contexts/stack-size:64"})
        engine.set_config(setting);
    Shared all{.options = parse(argc, argv), .input = {}, .storage = Storage(0), .outcome = {}};
    const Options& options = all.options;
    const int workers = options.ranks - 1;
    const std::uint64_t chunk_size =
        options.chunk_size != 0 ? options.chunk_size : app::automatic_chunk_size(options.plan_bytes, workers);
    all.input = synthetic(options.job, options.bytes, chunk_size, workers, options.keeps);
    all.storage = Storage(options.storage);
    all.outcome.workers.resize(static_cast<std::size_t>(options.ranks));
    shared = &all;
    SMPI_init(); // before there are hosts
    build_platform(options);
    SMPI_app_instance_register("ordermill", rank_main, options.ranks);
    const std::string deployment = write_deployment(options);
    engine.load_deployment(deployment);
    std::remove(deployment.c_str());
    engine.run();
    SMPI_finalize();
    print(all);
    const Sample& sample = all.input.sample; // of the whole: chunks' shares are rounded
    if (!options.raw.empty())
        append_rows(options.raw, all.outcome, options.bytes,
                    sample.share(sample.accounts.records(), options.bytes));
    return 0;
}

} // namespace
} // namespace ordermill::scale

int main(int argc, char** argv) {
    try {
        return ordermill::scale::simulate(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "simulate: {}\n", error.what());
        return 1;
    }
}
