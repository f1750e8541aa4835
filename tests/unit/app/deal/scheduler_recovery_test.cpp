// Runs that lose workers, record checkpoints, stop or crash at random moments, and go on: always the bytes of
// a run in one piece. Several inputs, records longer than what is read behind a chunk at first.
#include "app/deal/scheduler.hpp"
#include "app/work/worker.hpp"
#include "io/output_folder.hpp"
#include "io/recovery/run_folder.hpp"
#include "support/catch.hpp"
#include "support/random_jobs.hpp"
#include "support/shuffled_farm.hpp"
#include "support/synced_files.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace ordermill;
using test::below;
using test::one_in;
using test::Random;

namespace {

constexpr const char* plain_job = "[input]\nquotes = strict\n[fields]\nid = integer\ntext = text\n";
constexpr const char* deduplicating_job =
    "[fields]\nid = integer\ntext = text\n[duplicates.same]\nkey = id\nkeep = last\n";

constexpr const char* in_turn_job = "[fields]\nid = integer\ntext = text\n[duplicates.same]\nkey = id\n";

constexpr const char* short_limit = "[input]\nmax_record = 5000\n";

struct Crash {};

/// Three inputs; some records are much longer than a chunk and what is read behind it.
std::vector<std::string> write_inputs(const test::TemporaryFolder& folder, Random& random) {
    std::vector<std::string> names;
    for (int file = 0; file < 3; ++file) {
        std::string text = "id,text\n";
        const std::size_t records = below(random, 60);
        for (std::size_t i = 0; i < records; ++i) {
            const std::size_t length =
                one_in(random, 25) ? 100'000 + below(random, 50'000) : below(random, 40);
            const std::string id = one_in(random, 6) ? "none" : std::to_string(below(random, 50));
            text += fmt::format("{},\"{}{}\"\n", id, one_in(random, 4) ? "two\nlines " : "",
                                std::string(length, static_cast<char>('a' + below(random, 26))));
        }
        names.push_back(folder / fmt::format("input{}.csv", file));
        folder.write(fmt::format("input{}.csv", file), text);
    }
    return names;
}

/// One run, or a part of it, over the outputs that the parts before it left.
struct Part {
    app::Plan plan;
    app::CompiledPlan compiled;
    io::PipeInput pipe{-1};
    std::unique_ptr<app::Scheduler> scheduler;
    std::vector<std::unique_ptr<app::Worker>> workers;
    std::vector<cluster::Peers> peers;

    Part(const test::TemporaryFolder& folder, const std::vector<std::string>& inputs,
         const std::string& output, std::uint64_t chunk_size, int count, bool inline_chunks,
         std::uint64_t generation, app::OutputParts parts = app::output_parts(1, 0))
        : peers(static_cast<std::size_t>(count)) {
        plan = app::make_plan(
            {.job_path = folder / "job.cfg",
             .overrides = {},
             .inputs = inputs,
             .output = folder / output,
             .chunk_size = chunk_size,
             .transport = inline_chunks ? app::Transport::inline_bytes : app::Transport::automatic,
             .workers = count},
            pipe);
        plan.generation = generation;
        plan.parts = parts;
        plan.scratch = folder / "scratch";
        compiled = app::compile_plan(plan);
        io::create_folder(plan.output + "/.ordermill");
        scheduler = std::make_unique<app::Scheduler>(plan, compiled, pipe, count);
        const core::Recipe& recipe = compiled.recipes.front();
        if (recipe.keeps_first_occurrence()) scheduler->stream_duplicates();
        scheduler->set_headers(recipe.output_header(), "rejects\n", "");
        for (const std::string& name : clean_names()) write_and_sync(name, recipe.output_header());
        write_and_sync("rejects.csv", "rejects\n");
        for (std::size_t i = 0; i < peers.size(); ++i)
            workers.push_back(std::make_unique<app::Worker>(
                plan, compiled, app::Worker::Place{.workers = count, .own_rank = static_cast<int>(i) + 1},
                &peers[i]));
    }

    /// The workers are on other hosts than rank 0, which take along what they haven't synced.
    void place_elsewhere() {
        app::RankAccess elsewhere;
        elsewhere.outlived = false;
        scheduler->set_access(std::vector(workers.size() + 1, elsewhere), nullptr);
    }

    void write_and_sync(const std::string& name, const std::string& header) const {
        io::OutputFile file(plan.output, name);
        file.write_at(0, header);
        file.sync();
    }
    std::string text(const std::string& name) const {
        std::ifstream file(io::temporary_path(plan.output, name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::vector<std::string> clean_names() const {
        return app::clean_output_names("clean.csv", plan.parts.count);
    }
    std::vector<std::string> texts() const {
        std::vector<std::string> all{text("rejects.csv"), text("duplicates.csv")};
        for (const std::string& name : clean_names()) all.push_back(text(name));
        return all;
    }
};

/// What the parts of a run hand on.
struct Recorded {
    std::string checkpoint;
    std::vector<app::SavedRange> saved;
    int count = 0;

    void operator()(const app::Checkpoint& point) {
        ++count;
        if (point.saved.empty()) {
            checkpoint = point.encode();
        } else {
            saved.insert(saved.end(), point.saved.begin(), point.saved.end());
        }
    }
};

/// What a checkpoint speaks of would be there after a power cut.
void require_synced(const Part& part, const app::Checkpoint& at) {
    for (const app::SavedRange& range : at.saved)
        REQUIRE(test::synced_bytes_of(io::temporary_path(
                    io::RunFolder::path_in(part.plan.output),
                    fmt::format("kept-{}-{}", range.place.generation, range.place.rank))) >=
                range.place.offset + range.place.size);
    if (!at.saved.empty()) return;
    const auto synced = [&](const std::string& name) {
        return test::synced_bytes_of(io::temporary_path(part.plan.output, name));
    };
    for (std::size_t number = 0; number < at.totals.clean.size(); ++number)
        REQUIRE(synced(part.clean_names()[number]) >= at.totals.clean[number].bytes);
    REQUIRE(synced("rejects.csv") >= at.totals.rejects.bytes);
}

/// Nor is anything of it gone, or would go if a worker's host went off.
void require_safe(const Part& part, const app::Checkpoint& at) {
    if (!at.saved.empty()) return;
    const auto unsafe = [&](const std::string& name, std::uint64_t bytes) {
        return test::unsynced_before(io::temporary_path(part.plan.output, name), bytes);
    };
    for (std::size_t number = 0; number < at.totals.clean.size(); ++number)
        REQUIRE(unsafe(part.clean_names()[number], at.totals.clean[number].bytes) == 0);
    REQUIRE(unsafe("rejects.csv", at.totals.rejects.bytes) == 0);
}

const test::Watcher hosts_off{.begins = [](int worker) { test::writing_worker() = worker; },
                              .ends = [] { test::writing_worker() = 0; },
                              .dies = test::lose_writes};

enum class End { whole, stopped, crashed };

/// `moments`: a checkpoint begins every so many calls; the run is stopped or crashes after that many.
/// `elsewhere`: a worker that dies, and a crash, take along what wasn't synced.
End run(Part& part, Random& random, Recorded& recorded, int lose, std::uint64_t end_after, bool crash,
        bool elsewhere = false) {
    test::unsynced_writes().clear();
    if (elsewhere) part.place_elsewhere();
    if (!recorded.checkpoint.empty())
        part.scheduler->resume(app::Checkpoint::decode(recorded.checkpoint, part.compiled));
    if (!recorded.saved.empty()) part.scheduler->resume(recorded.saved);
    cluster::Dealer dealer = part.scheduler->dealer([] {});
    std::uint64_t calls = 0;
    dealer.take = [&, take = dealer.take](int worker, cluster::Reply&& reply) {
        take(worker, std::move(reply));
        if (one_in(random, 8)) {
            part.scheduler->begin_checkpoint([&](const auto& at) {
                // What a lost worker had written is synced by rank 0, which has the same files open.
                if (part.scheduler->counts().losses.empty()) require_synced(part, at);
                require_safe(part, at);
                for (const std::string& name : part.clean_names()) part.write_and_sync(name, "");
                part.write_and_sync("rejects.csv", "");
                recorded(at);
            });
        }
        if (++calls != end_after) return;
        if (crash) throw Crash{};
        part.scheduler->stop([&](const auto& at) { recorded(at); });
    };
    try {
        test::run_shuffled(dealer, part.workers, part.peers, random, lose,
                           elsewhere ? hosts_off : test::Watcher());
    } catch (const Crash&) {
        for (int worker = 1; worker <= static_cast<int>(part.workers.size()); ++worker)
            test::lose_writes(worker);
        return End::crashed;
    }
    if (!part.scheduler->stopping()) {
        require_safe(part, part.scheduler->written());
        return End::whole;
    }
    if (recorded.saved.empty() && !part.compiled.recipes.front().stages()) {
        require_safe(part, part.scheduler->written());
        recorded(part.scheduler->written());
    }
    return End::stopped;
}

app::OutputParts parts_of(std::uint64_t seed) {
    return seed % 2 == 0 ? app::output_parts(1, 0) : app::OutputParts{.count = 3, .stripe = 500};
}

void check_one(std::uint64_t seed, const char* job, app::OutputParts parts) {
    INFO("seed " << seed << ", " << job);
    Random random(seed);
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    const std::vector<std::string> inputs = write_inputs(folder, random);
    // Writes must wait for other workers' in some runs, and are overtaken by what comes after them.
    ::setenv("ORDERMILL_FAULT", seed % 3 == 0 ? "busy=0" : seed % 3 == 1 ? "busy=1" : "busy=7", 1);
    Recorded nothing;
    Part whole(folder, inputs, "whole", 1 << 20, 1, false, 1, parts);
    REQUIRE(run(whole, random, nothing, 0, 0, false) == End::whole);

    Recorded recorded;
    for (std::uint64_t generation = 1;; ++generation) {
        const int count = 1 + static_cast<int>(below(random, 4));
        Part part(folder, inputs, "parts", 64 + below(random, 3000), count, one_in(random, 2), generation,
                  parts);
        const int lose =
            generation < 6 ? static_cast<int>(below(random, static_cast<std::size_t>(count))) : 0;
        const std::uint64_t end_after = generation < 6 ? 1 + below(random, 400) : 0;
        const bool crash = one_in(random, 2);
        const End end = run(part, random, recorded, lose, end_after, crash, one_in(random, 2));
        if (end != End::whole) continue;
        CHECK(part.texts() == whole.texts());
        const app::Totals& totals = part.scheduler->totals();
        for (std::uint32_t number = 0; number < parts.count; ++number)
            CHECK(totals.clean[number].crc == whole.scheduler->totals().clean[number].crc);
        CHECK(totals.records_read == whole.scheduler->totals().records_read);
        CHECK(totals.data_ends == whole.scheduler->totals().data_ends);
        CHECK(totals.tally.encode() == whole.scheduler->totals().tally.encode());
        return;
    }
}

} // namespace

TEST_CASE("a checkpoint is reached though a worker is lost before it answers") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", plain_job);
    Random random(1);
    const std::vector<std::string> inputs = write_inputs(folder, random);
    Part part(folder, inputs, "out", 64, 2, false, 1);
    app::Scheduler& scheduler = *part.scheduler;
    Recorded recorded;
    const auto record = [&](const app::Checkpoint& at) { recorded(at); };
    const auto one_turn = [&](int worker) {
        if (auto task = scheduler.next(worker, true))
            scheduler.take(worker, part.workers[static_cast<std::size_t>(worker) - 1]->work(*task, [] {}));
    };
    for (int i = 0; i < 4; ++i) one_turn(1); // cleaned and written
    scheduler.begin_checkpoint(record);
    for (int i = 0; i < 4; ++i) one_turn(1);
    CHECK(recorded.count == 0); // worker 2 hasn't answered
    scheduler.lost(2);
    CHECK(recorded.count == 1);
    for (int i = 0; i < 8; ++i) one_turn(1);
    scheduler.begin_checkpoint(record);
    for (int i = 0; i < 4; ++i) one_turn(1);
    CHECK(recorded.count == 2);
}

TEST_CASE("a stop leaves no chunk waiting for the turn of one that is lost") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", in_turn_job);
    Random random(1);
    const std::vector<std::string> inputs = write_inputs(folder, random);
    Part part(folder, inputs, "out", 64, 2, false, 1);
    for (cluster::Peers& links : part.peers) links.send = [](int, std::string&&) {};
    app::Scheduler& scheduler = *part.scheduler;
    std::vector<cluster::Task> in_hand;
    const auto deal = [&](int worker) {
        auto task = scheduler.next(worker, true);
        if (task) in_hand.push_back(*std::move(task));
        return task.has_value();
    };
    const auto answer_all = [&](int worker) {
        for (const cluster::Task& task : std::exchange(in_hand, {})) {
            cluster::Reply reply = part.workers[static_cast<std::size_t>(worker) - 1]->work(task, [] {});
            if (reply.not_yet)
                in_hand.push_back(task);
            else
                scheduler.take(worker, reply);
        }
    };
    deal(2);
    answer_all(2); // the first chunk, which is accepted
    deal(1);
    answer_all(1); // the second
    scheduler.lost(2);
    for (int i = 0; i < 2; ++i) deal(1); // it is told of that, and to publish
    answer_all(1);
    CHECK(in_hand.size() == 1); // the first is to be published before it
    scheduler.stop([](const auto&) {});
    for (int turn = 0; turn < 10; ++turn) {
        while (deal(1)) {
        }
        answer_all(1);
    }
    CHECK(in_hand.empty());
    CHECK(scheduler.finished());
}

TEST_CASE("a run that stops writes again what went with a worker's host") {
    for (int before = 2; before < 60; ++before) {
        const int between = before % 5;
        INFO("turns before the stop " << before << ", and from there to the loss " << between);
        const test::TemporaryFolder folder;
        folder.write("job.cfg", plain_job);
        Random random(2);
        Part part(folder, write_inputs(folder, random), "out", 64, 2, false, 1);
        part.place_elsewhere();
        test::unsynced_writes().clear();
        app::Scheduler& scheduler = *part.scheduler;
        const auto one_turn = [&](int worker) {
            const auto task = scheduler.next(worker, true);
            if (!task) return;
            hosts_off.begins(worker);
            const cluster::Reply reply =
                part.workers[static_cast<std::size_t>(worker) - 1]->work(*task, [] {});
            hosts_off.ends();
            if (!reply.not_yet) scheduler.take(worker, reply);
        };
        for (int i = 0; i < before; ++i) one_turn(1);
        scheduler.stop([](const auto&) {});
        for (int i = 0; i < between; ++i) one_turn(2);
        hosts_off.dies(1);
        scheduler.lost(1);
        for (int i = 0; i < 2000 && !scheduler.finished(); ++i) one_turn(2);
        REQUIRE(scheduler.finished());
        require_safe(part, scheduler.written());
    }
}

TEST_CASE("stops, crashes and lost workers leave no trace in the outputs") {
    for (std::uint64_t seed = 1; seed <= 80; ++seed) check_one(seed, plain_job, parts_of(seed));
}

TEST_CASE("nor in those of a job that keeps its records") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) check_one(seed, deduplicating_job, parts_of(seed));
}

TEST_CASE("nor in those of a job whose duplicates are decided in turn") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) check_one(seed, in_turn_job, parts_of(seed));
}

TEST_CASE("nor do records over the length limit") {
    for (std::uint64_t seed = 100; seed <= 120; ++seed) {
        check_one(seed, fmt::format("{}[fields]\nid = integer\ntext = text\n", short_limit).c_str(),
                  parts_of(seed));
        check_one(seed, fmt::format("{}{}", short_limit, deduplicating_job).c_str(), parts_of(seed));
    }
}
