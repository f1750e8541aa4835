// How many messages a chunk takes: what rank 0 is asked to deal and what passes between workers must not grow
// unnoticed. How many of these MPI sends together is the farm's concern (mpi/farm/farm_test).
#include "app/deal/scheduler.hpp"
#include "app/work/worker.hpp"
#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/shuffled_farm.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace ordermill;
using app::TaskKind;

namespace {

constexpr const char* fields = "[fields]\nid = integer\ntext = text\n";
constexpr const char* first_stays = "[duplicates.same]\nkey = id\n";
constexpr const char* last_stays = "[duplicates.same]\nkey = id\nkeep = last\n";

struct Counted {
    std::map<TaskKind, std::uint64_t> tasks; ///< each is answered once
    std::uint64_t between_workers = 0;
    std::uint64_t chunks = 0;
};

Counted count(const std::string& job, bool in_turn, int workers) {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    std::string text = "id,text\n";
    for (int i = 0; i < 20'000; ++i) text += fmt::format("{},an order of the ordinary kind\n", i);
    folder.write("a.csv", text);
    io::PipeInput pipe(-1);
    const app::Plan plan = app::make_plan({.job_path = folder / "job.cfg",
                                           .overrides = {},
                                           .inputs = {folder / "a.csv"},
                                           .output = folder / "out",
                                           .chunk_size = 8192,
                                           .workers = workers},
                                          pipe);
    const app::CompiledPlan compiled = app::compile_plan(plan);
    io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv", "duplicates.csv"});
    app::Scheduler scheduler(plan, compiled, pipe, workers);
    scheduler.set_headers("", "", "");
    if (in_turn) scheduler.stream_duplicates();
    Counted counted;
    std::vector<cluster::Peers> peers(static_cast<std::size_t>(workers));
    std::vector<std::unique_ptr<app::Worker>> crew;
    for (int i = 0; i < workers; ++i) {
        cluster::Peers& links = peers[static_cast<std::size_t>(i)];
        crew.push_back(std::make_unique<app::Worker>(
            plan, compiled, app::Worker::Place{.workers = workers, .own_rank = i + 1}, &links));
        if (!links.receive) continue;
        links.receive = [&counted, receive = links.receive](int from, std::string&& bytes) {
            ++counted.between_workers;
            receive(from, std::move(bytes));
        };
    }
    cluster::Dealer dealer = scheduler.dealer([] {});
    dealer.next = [&counted, next = dealer.next](int worker, bool room) {
        auto task = next(worker, room);
        if (task) ++counted.tasks[app::kind_of(task->head)];
        return task;
    };
    std::mt19937_64 random(1);
    test::run_shuffled(dealer, crew, peers, random);
    counted.chunks = scheduler.counts().chunks_dealt;
    REQUIRE(scheduler.counts().chunks_redone == 0);
    REQUIRE(counted.chunks > 80);
    return counted;
}

} // namespace

TEST_CASE("a chunk takes as few messages as it can") {
    struct Row {
        const char* what;
        const char* section;
        bool in_turn;
        std::vector<TaskKind> a_chunk;  ///< tasks
        std::vector<TaskKind> a_worker; ///< and at the end
        int peers;                      ///< messages a chunk, for each other worker
    };
    const std::vector<TaskKind> steps{TaskKind::flush, TaskKind::resolve, TaskKind::apply, TaskKind::finish};
    for (const Row& row : {
             Row{"no duplicates", "", false, {TaskKind::clean, TaskKind::write}, {TaskKind::finish}, 0},
             Row{"in turn",
                 first_stays,
                 true,
                 {TaskKind::clean, TaskKind::publish, TaskKind::write},
                 steps,
                 2},
             Row{"in the end",
                 last_stays,
                 false,
                 {TaskKind::clean, TaskKind::publish, TaskKind::measure, TaskKind::write},
                 steps,
                 0}, // gathered over many chunks
         }) {
        for (const int workers : {1, 2, 8}) {
            INFO(row.what << ", " << workers << " workers");
            const Counted counted = count(std::string(fields) + row.section, row.in_turn, workers);
            std::map<TaskKind, std::uint64_t> expected;
            for (const TaskKind kind : row.a_chunk) expected[kind] = counted.chunks;
            for (const TaskKind kind : row.a_worker) expected[kind] = static_cast<std::uint64_t>(workers);
            std::map<TaskKind, std::uint64_t> tasks = counted.tasks;
            CHECK(tasks[TaskKind::write] <= counted.chunks); // those that are to be written together are one
            tasks[TaskKind::write] = counted.chunks;
            CHECK(tasks == expected);
            const auto others = static_cast<std::uint64_t>(row.peers * (workers - 1));
            const std::uint64_t in_the_end =
                row.section == last_stays ? 80 : 0; // 8 workers to 8, and verdicts
            CHECK(counted.between_workers <= others * counted.chunks + in_the_end);
        }
    }
}
