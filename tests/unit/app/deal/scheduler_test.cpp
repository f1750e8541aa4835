// How the work is dealt to workers of different speeds, in simulated time; and what is asked back from those
// that can't write.
#include "app/deal/scheduler.hpp"
#include "app/work/worker.hpp"
#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <deque>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <vector>

using namespace ordermill;

namespace {

constexpr const char* job = "[fields]\nid = integer\ntext = text\n";

struct Simulated {
    double makespan = 0;              ///< seconds
    double ideal = 0;                 ///< if every worker ended at the same moment
    std::vector<std::uint64_t> sizes; ///< of all chunks, in bytes
};

std::uint64_t bytes_of(const cluster::Task& task) {
    const auto clean = app::unpack<app::CleanTask>(task.head);
    return clean.end - clean.begin;
}

/// A worker of speed 1 cleans a MiB a second; all else takes no time.
Simulated simulate(const test::TemporaryFolder& folder, const std::vector<double>& speeds,
                   std::uint64_t chunk_size) {
    io::PipeInput pipe(-1);
    const int count = static_cast<int>(speeds.size());
    const app::Plan plan = app::make_plan({.job_path = folder / "job.cfg",
                                           .overrides = {},
                                           .inputs = {folder / "a.csv"},
                                           .output = folder / "out",
                                           .chunk_size = chunk_size,
                                           .workers = count},
                                          pipe);
    const app::CompiledPlan compiled = app::compile_plan(plan);
    io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv"});
    app::Scheduler scheduler(plan, compiled, pipe, count);
    scheduler.set_headers("", "", "");
    struct Hand {
        std::unique_ptr<app::Worker> worker;
        std::deque<cluster::Task> tasks;
        int ordinary = 0;
        double free_at = 0;
    };
    std::vector<Hand> hands(speeds.size());
    for (int i = 0; i < count; ++i)
        hands[static_cast<std::size_t>(i)].worker = std::make_unique<app::Worker>(
            plan, compiled, app::Worker::Place{.workers = count, .own_rank = i + 1}, nullptr);
    Simulated result;
    double now = 0;
    constexpr double mebibyte = 1 << 20;
    const auto deal = [&](int worker, int fill_up_to) {
        Hand& hand = hands[static_cast<std::size_t>(worker)];
        while (hand.ordinary < fill_up_to || fill_up_to == 2) {
            auto task = scheduler.next(worker + 1, hand.ordinary < 2);
            if (!task) return;
            hand.ordinary += task->urgent ? 0 : 1;
            if (app::kind_of(task->head) == app::TaskKind::clean) result.sizes.push_back(bytes_of(*task));
            if (hand.tasks.empty()) hand.free_at = std::max(hand.free_at, now);
            hand.tasks.push_back(std::move(*task));
        }
    };
    while (!scheduler.finished()) {
        for (const int fill_up_to : {1, 2}) { // as the farm does
            for (int i = 0; i < count; ++i) deal(i, fill_up_to);
        }
        // The task that is finished first.
        std::size_t next = hands.size();
        double earliest = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < hands.size(); ++i) {
            if (hands[i].tasks.empty()) continue;
            double cost = 0;
            const cluster::Task& task = hands[i].tasks.front();
            if (app::kind_of(task.head) == app::TaskKind::clean) {
                cost = static_cast<double>(bytes_of(task)) / mebibyte / speeds[i];
            }
            if (hands[i].free_at + cost < earliest) {
                earliest = hands[i].free_at + cost;
                next = i;
            }
        }
        REQUIRE(next < hands.size());
        Hand& hand = hands[next];
        now = std::max(now, earliest);
        hand.free_at = earliest;
        const cluster::Task task = std::move(hand.tasks.front());
        hand.tasks.pop_front();
        hand.ordinary -= task.urgent ? 0 : 1;
        scheduler.take(static_cast<int>(next) + 1, hand.worker->work(task, [] {}));
    }
    double all = 0;
    for (const double speed : speeds) all += speed;
    result.makespan = now;
    result.ideal = static_cast<double>(plan.known_bytes()) / mebibyte / all;
    return result;
}

void write_input(const test::TemporaryFolder& folder, int mebibytes) {
    folder.write("job.cfg", job);
    std::string text = "id,text\n";
    for (int i = 0; text.size() < static_cast<std::size_t>(mebibytes) << 20; ++i)
        text += fmt::format("{},an order of the ordinary kind\n", i);
    folder.write("a.csv", text);
}

} // namespace

TEST_CASE("one slow worker doesn't hold up the others") {
    const test::TemporaryFolder folder;
    write_input(folder, 96);
    for (const std::vector<double>& speeds :
         {std::vector<double>{1, 1, 1, 0.2}, std::vector<double>{0.2, 1}, std::vector<double>{1, 1},
          std::vector<double>{1, 0.5, 0.25, 2}}) {
        const Simulated dealt = simulate(folder, speeds, 0);
        INFO(speeds.size() << " workers, ideal " << dealt.ideal << " s, dealt " << dealt.makespan << " s");
        CHECK(dealt.makespan < 1.05 * dealt.ideal);
    }
    // Equal shares: the slow worker takes five times as long for its.
    const Simulated split = simulate(folder, {1, 1, 1, 0.2}, 24 << 20);
    INFO("equal shares: " << split.makespan << " s, ideal " << split.ideal << " s");
    CHECK(split.makespan > 3.9 * split.ideal);
}

TEST_CASE("a chunk size that is asked for is kept to") {
    const test::TemporaryFolder folder;
    write_input(folder, 3);
    const Simulated dealt = simulate(folder, {1, 1}, 1 << 20);
    for (const std::uint64_t size : dealt.sizes) CHECK((size == 1 << 20 || size < 100)); // the file's rest
}

TEST_CASE("no more than a bound comes back at once") {
    app::GatherQueue gathering(100);
    CHECK(gathering.idle());
    gathering.want(1, 60);
    gathering.want(2, 50);
    gathering.want(3, 40);
    gathering.want(4, 500);
    CHECK(gathering.next() == 1);
    CHECK(!gathering.next()); // 110
    gathering.arrived(1);
    CHECK(gathering.next() == 2);
    CHECK(gathering.next() == 3);
    CHECK(!gathering.next());
    gathering.arrived(2);
    gathering.arrived(2); // again: nothing
    CHECK(!gathering.next());
    gathering.arrived(3);
    CHECK(gathering.next() == 4); // larger than the bound: alone
    gathering.want(5, 1);
    CHECK(!gathering.next());
    CHECK(!gathering.forget(4)); // its worker is gone
    gathering.want(6, 1);
    CHECK(gathering.forget(5)); // was still to be asked for
    CHECK(!gathering.forget_waiting(7));
    CHECK(gathering.next() == 6);
    CHECK(!gathering.idle());
    CHECK(!gathering.forget_waiting(6)); // under way already
    gathering.arrived(6);
    CHECK(gathering.idle());
}
