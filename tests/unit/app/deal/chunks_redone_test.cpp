// How many chunks are cleaned twice because the guess of their first record was wrong. The outputs are the
// same however many: only this count tells that the guess is as good as it should be.
#include "app/deal/scheduler.hpp"
#include "app/report/record_counts.hpp"
#include "app/report/report.hpp"
#include "app/work/worker.hpp"
#include "cluster/farm/serial.hpp"
#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

using namespace ordermill;

namespace {

constexpr const char* job = "[fields]\nid = code\ntext = text\n";

/// What report.json says of it.
std::uint64_t reported(const app::Plan& plan, const app::CompiledPlan& compiled,
                       const app::Scheduler& scheduler) {
    app::RunFacts facts;
    facts.hosts = {"here"};
    facts.usage.resize(1);
    const auto report = nlohmann::json::parse(app::report_json(plan, compiled, scheduler, facts));
    return report["run"]["chunks_redone"].get<std::uint64_t>();
}

/// a.csv of the folder, cleaned in chunks of so many bytes from its first record on.
app::SchedulerCounts counts_of(const test::TemporaryFolder& folder, std::uint64_t chunk_size) {
    io::PipeInput pipe(-1);
    const app::Plan plan = app::make_plan({.job_path = folder / "job.cfg",
                                           .overrides = {},
                                           .inputs = {folder / "a.csv"},
                                           .output = folder / "out",
                                           .chunk_size = chunk_size,
                                           .workers = 1},
                                          pipe);
    const app::CompiledPlan compiled = app::compile_plan(plan);
    io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv"});
    app::Scheduler scheduler(plan, compiled, pipe, 1);
    scheduler.set_headers("", "", "");
    app::Worker worker(plan, compiled, {}, nullptr);
    const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
        return worker.work(task, alive);
    };
    cluster::serial::run(scheduler.dealer([] {}), work);
    app::check_accounts(plan, scheduler);
    CHECK(reported(plan, compiled, scheduler) == scheduler.counts().chunks_redone);
    return scheduler.counts();
}

std::uint64_t chunks(std::size_t bytes, std::uint64_t size) { return (bytes + size - 1) / size; }

} // namespace

TEST_CASE("without quotes no chunk is cleaned twice, wherever it is cut") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    const struct { std::string name, end; } line_ends[] = {{"LF", "\n"}, {"CRLF", "\r\n"}, {"CR", "\r"}};
    for (const auto& [name, end] : line_ends) {
        std::string data;
        for (int i = 0; i < 20; ++i) data += fmt::format("{:03},text{}", i, end);
        folder.write("a.csv", "id,text" + end + data);
        const std::size_t record = data.size() / 20;
        // Among them every multiple of a record's length: those chunks end exactly where a record ends.
        for (std::uint64_t size = 1; size <= 4 * record; ++size) {
            INFO(name << ", records of " << record << " bytes, chunks of " << size);
            const app::SchedulerCounts counts = counts_of(folder, size);
            CHECK(counts.chunks_redone == 0);
            CHECK(counts.chunks_dealt >= chunks(data.size(), size));
            CHECK(counts.records_accepted == 20);
        }
    }
}

TEST_CASE("records of any length without quotes are cleaned once") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::mt19937_64 random(seed);
        std::string data;
        for (int i = 0; i < 30; ++i)
            data += fmt::format("{},{}\n", i, std::string(random() % 25, static_cast<char>('a' + i % 26)));
        folder.write("a.csv", "id,text\n" + data);
        const std::uint64_t size = 1 + random() % 60;
        INFO("seed " << seed << ", chunks of " << size);
        CHECK(counts_of(folder, size).chunks_redone == 0);
    }
}

TEST_CASE("lines inside quotes that look like no record don't mislead the guess") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    const std::string data = "1,\"x\nmore words\nlast\"\n7,g\n8,h\n9,i\n";
    folder.write("a.csv", "id,text\n" + data);
    for (std::uint64_t size = 1; size <= data.size(); ++size) {
        INFO("chunks of " << size);
        CHECK(counts_of(folder, size).chunks_redone == 0);
    }
}

TEST_CASE("a chunk that begins at a line inside quotes that looks like a record is cleaned twice") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    // One record of 26 bytes whose lines, at 5, 9, 13, 17 and 21, look like records; then those at 26 and 30.
    folder.write("a.csv", "id,text\n"
                          "1,\"x\n2,b\n3,c\n4,d\n5,e\n6,f\"\n"
                          "7,g\n8,h\n");
    const struct {
        std::uint64_t chunk_size, redone;
        const char* why;
    } cases[] = {
        {34, 0, "one chunk"},
        {26, 0, "the second chunk begins behind the quoted record"},
        {22, 0, "the second chunk begins in the last quoted line: the next line is a record"},
        {21, 1, "the second chunk begins with the last quoted line"},
        {20, 1, "at the line end before it"},
        {17, 1, "with the last quoted line but one"},
        {13, 0, "the second chunk lies inside the quoted record, the third behind it"},
        {9, 1, "the third chunk takes the last quoted line, the fourth is right"},
        {7, 1, "the fourth chunk begins with the last quoted line"},
        {6, 0, "the chunk in which the quoted record ends begins in its last line"},
        {1, 0, "no chunk has a whole line"},
    };
    for (const auto& one : cases) {
        INFO("chunks of " << one.chunk_size << ": " << one.why);
        const app::SchedulerCounts counts = counts_of(folder, one.chunk_size);
        CHECK(counts.chunks_redone == one.redone);
        CHECK(counts.records_accepted == 3);
    }
}
