// Small files are dealt several in one message: the outcome is that of each alone, with fewer messages.
#include "support/catch.hpp"
#include "support/run_job.hpp"

#include <cstdlib>

using namespace ordermill;

namespace {

constexpr const char* job = "[fields]\nid = integer\ntext = text\n";
constexpr const char* job_with_duplicates =
    "[fields]\nid = integer\ntext = text\n[duplicates.d]\nkey = text\nkeep = first\n";

/// Tiny files, among them empty ones, faulty ones, and one that is none of the small ones.
std::vector<std::string> write_files(const test::TemporaryFolder& folder, int count) {
    std::vector<std::string> inputs;
    for (int i = 0; i < count; ++i) {
        std::string text = "id,text\n";
        const int records = i == count / 2 ? 3000 : i % 7 == 3 ? 0 : 1 + i % 4;
        for (int k = 0; k < records; ++k)
            text += fmt::format("{},text {}\n", i % 11 == 5 ? "x" : std::to_string(10 * i + k), k % 50);
        const std::string name = fmt::format("{:03}.csv", i);
        folder.write(name, text);
        inputs.push_back(folder / name);
    }
    return inputs;
}

struct Dealt {
    test::TemporaryFolder folder;
    io::PipeInput pipe{-1};
    app::Plan plan;
    app::CompiledPlan compiled;
    std::unique_ptr<app::Scheduler> scheduler;

    Dealt(int files, int workers, std::uint64_t chunk_size) {
        folder.write("job.cfg", job);
        plan = app::make_plan({.job_path = folder / "job.cfg",
                               .overrides = {},
                               .inputs = write_files(folder, files),
                               .output = folder / "out",
                               .chunk_size = chunk_size,
                               .workers = workers},
                              pipe);
        compiled = app::compile_plan(plan);
        scheduler = std::make_unique<app::Scheduler>(plan, compiled, pipe, workers);
        scheduler->set_headers("", "", "");
    }
    /// The chunks of the next task.
    std::vector<app::CleanTask> next(int worker) const {
        const auto task = scheduler->next(worker, true);
        REQUIRE(task);
        std::string_view heads = task->head;
        return app::unpack_items<app::CleanTask>(heads, heads.size() / sizeof(app::CleanTask));
    }
};

} // namespace

TEST_CASE("small files in one message come out as each alone does, in any order, with workers lost") {
    for (const char* const text : {job, job_with_duplicates}) {
        const test::TemporaryFolder folder;
        folder.write("job.cfg", text);
        const std::vector<std::string> inputs = write_files(folder, 120);
        const test::Outcome alone = test::run_job(folder, inputs, {.chunk_size = 100'000});
        for (std::uint64_t seed = 0; seed < 24; ++seed) {
            const int workers = static_cast<int>(seed % 5);
            INFO("seed " << seed << ", workers " << workers);
            const test::Setting setting{.chunk_size = 0,
                                        .workers = workers,
                                        .seed = seed,
                                        .streaming = seed % 2 == 1,
                                        .lose = workers > 1 ? static_cast<int>(seed % 3 == 0) : 0,
                                        .blind = workers > 1 && seed % 4 == 3};
            CHECK(test::run_job(folder, inputs, setting) == alone);
        }
    }
}

TEST_CASE("writes of one message that are refused for now are tried again, each once") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    const std::vector<std::string> inputs = write_files(folder, 120);
    const test::Outcome alone = test::run_job(folder, inputs, {.chunk_size = 100'000});
    ::setenv("ORDERMILL_FAULT", "busy=1", 1);
    for (const int workers : {0, 1, 3})
        CHECK(test::run_job(folder, inputs, {.chunk_size = 0, .workers = workers, .seed = 5}) == alone);
    ::unsetenv("ORDERMILL_FAULT");
}

TEST_CASE("one message deals many small files, fewer towards the end, and one file where a size is given") {
    CHECK(Dealt(400, 1, 0).next(1).size() == 32);
    CHECK(Dealt(40, 2, 0).next(1).size() == 5);
    CHECK(Dealt(5, 2, 0).next(1).size() == 1);
    CHECK(Dealt(400, 1, 1 << 20).next(1).size() == 1);
}

TEST_CASE("a file that isn't small ends a message") {
    const Dealt dealt(60, 1, 0); // file 30 is the large one
    std::vector<std::uint32_t> last;
    for (std::size_t files = 0; files < 40;) {
        const auto tasks = dealt.next(1);
        files += tasks.size();
        last.push_back(tasks.back().file);
        if (tasks.front().file == 30) CHECK(tasks.size() == 1);
    }
    CHECK(std::find(last.begin(), last.end(), 29U) != last.end());
}

TEST_CASE("each file of a message whose worker died is cleaned with care, alone") {
    const Dealt dealt(60, 2, 0);
    const std::size_t files = dealt.next(1).size();
    REQUIRE(files > 1);
    dealt.next(1); // in hand as well, but not begun
    dealt.scheduler->lost(1);
    for (std::size_t i = 0; i < files + 1; ++i) {
        const auto again = dealt.next(2);
        INFO("file " << i);
        REQUIRE(again.size() == 1);
        CHECK(again.front().careful == (i < files));
    }
}
