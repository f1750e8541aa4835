// What a run makes of the folder that it finds: begins, goes on, has nothing to do, or refuses.
#include "app/resume/run_journal.hpp"

#include "app/base/errors.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/processes.hpp"
#include "support/temporary.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ordermill;
using app::RunJournal;
using Begin = RunJournal::Begin;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t clean_bytes = 10;
constexpr std::uint64_t rejects_bytes = 5;
constexpr std::uint64_t raw_bytes = 3;
constexpr const char* raw_name = "rejects-raw/a.csv";
const std::vector<std::string> outputs{"clean.csv", "rejects.csv", "duplicates.csv", raw_name, "report.json"};

/// A job over one input, and its output folder.
struct Shop {
    test::TemporaryFolder folder;
    app::PlanRequest request;
    app::Plan plan;
    app::CompiledPlan compiled;

    Shop() {
        folder.write("job.cfg", "[fields]\nid = code\n");
        folder.write("a.csv", "id\n1\n2\n");
        request.job_path = folder / "job.cfg";
        request.inputs = {folder / "a.csv"};
        request.output = folder / "out";
        make();
        io::create_folder(plan.output);
    }
    void make() {
        io::PipeInput pipe(-1);
        plan = app::make_plan(request, pipe);
        compiled = app::compile_plan(plan);
    }
    std::string path(const std::string& name) const { return folder / ("out/" + name); }
    std::string part(const std::string& name) const { return io::temporary_path(plan.output, name); }
    void write(const std::string& path, std::uint64_t bytes) const {
        io::write_whole_file(path, std::string(bytes, 'x'));
    }
    std::unique_ptr<RunJournal> open(RunJournal::Wish wish = {}) const {
        return std::make_unique<RunJournal>(plan, compiled, wish, outputs);
    }
    app::Checkpoint point() const {
        app::Checkpoint point;
        point.offset = 5;
        point.totals.tally = core::Tally(compiled.recipes.front().shape());
        point.totals.files.resize(1);
        point.totals.clean = {{.bytes = clean_bytes}};
        point.totals.rejects.bytes = rejects_bytes;
        point.totals.raw[0].bytes = raw_bytes;
        return point;
    }
    /// A run that did this with its journal, and died.
    void die_after(const std::function<void(RunJournal&)>& work, RunJournal::Wish wish = {}) const {
        test::ChildProcess run([&] { work(*open(wish)); });
        REQUIRE(run.ended_well());
    }
    void die_with_checkpoint() const {
        die_after([&](RunJournal& journal) {
            write(part("clean.csv"), clean_bytes);
            write(part("rejects.csv"), rejects_bytes);
            fs::create_directories(path("rejects-raw"));
            write(part(raw_name), raw_bytes);
            journal.record(point());
        });
    }
    bool has_run_folder() const { return fs::exists(io::RunFolder::path_in(plan.output)); }
};

/// What opening it says; empty: it opens.
std::string refusal(const Shop& shop, RunJournal::Wish wish) {
    try {
        shop.open(wish);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("run journal: a run from the beginning, abandoned") {
    const Shop shop;
    const auto journal = shop.open();
    CHECK(journal->begin() == Begin::fresh);
    CHECK(journal->generation() == 1);
    CHECK(journal->is_last());
    CHECK(journal->saved().empty());
    CHECK(!journal->has_checkpoint());
    journal->beat();
    journal->record(shop.point());
    CHECK(journal->has_checkpoint());
    journal->abandon();
    CHECK(!shop.has_run_folder());
}

TEST_CASE("run journal: a run that died with a checkpoint") {
    struct Case {
        const char* what;
        RunJournal::Wish wish;
        std::function<void(Shop&)> change;
        const char* says; ///< a part of it; empty: it opens
        Begin begin = Begin::fresh;
    };
    const RunJournal::Wish none{};
    const RunJournal::Wish resume{.resume = true, .force = false};
    const RunJournal::Wish force{.resume = false, .force = true};
    const auto nothing = [](Shop&) {};
    const char* const gone = "is missing or shorter than the checkpoint says";
    const Case cases[] = {
        {"no wish", none, nothing,
         "has an unfinished run: continue it with --resume, or start over with --force"},
        {"force", force, nothing, "", Begin::fresh},
        {"resume", resume, nothing, "", Begin::go_on},
        {"clean.csv longer", resume, [](Shop& s) { s.write(s.part("clean.csv"), clean_bytes + 1); }, "",
         Begin::go_on},
        {"rejects.csv longer", resume, [](Shop& s) { s.write(s.part("rejects.csv"), rejects_bytes + 1); }, "",
         Begin::go_on},
        {"raw rejects longer", resume, [](Shop& s) { s.write(s.part(raw_name), raw_bytes + 1); }, "",
         Begin::go_on},
        {"clean.csv cut", resume, [](Shop& s) { s.write(s.part("clean.csv"), clean_bytes - 1); }, gone},
        {"clean.csv gone", resume, [](Shop& s) { fs::remove(s.part("clean.csv")); }, gone},
        {"rejects.csv cut", resume, [](Shop& s) { s.write(s.part("rejects.csv"), rejects_bytes - 1); }, gone},
        {"rejects.csv gone", resume, [](Shop& s) { fs::remove(s.part("rejects.csv")); }, gone},
        {"raw rejects cut", resume, [](Shop& s) { s.write(s.part(raw_name), raw_bytes - 1); }, gone},
        {"raw rejects gone", resume, [](Shop& s) { fs::remove(s.part(raw_name)); }, gone},
        {"another job", resume,
         [](Shop& s) {
             s.request.overrides = {"input.missing=x"};
             s.make();
         },
         "has an unfinished run that --resume can't continue: the job file, a --set"},
        {"another job, force", force,
         [](Shop& s) {
             s.request.overrides = {"input.missing=x"};
             s.make();
         },
         "", Begin::fresh},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        Shop shop;
        shop.die_with_checkpoint();
        c.change(shop);
        if (*c.says != '\0') {
            CHECK(refusal(shop, c.wish).find(c.says) != std::string::npos);
            CHECK(!io::RunFolder::unfinished(shop.plan.output)
                       .empty()); // what the dead run recorded is still there
            continue;
        }
        const auto journal = shop.open(c.wish);
        CHECK(journal->begin() == c.begin);
        CHECK(journal->generation() == 2);
        CHECK(journal->has_checkpoint() == (c.begin == Begin::go_on));
        CHECK(fs::exists(shop.part("clean.csv")) == (c.begin == Begin::go_on));
        if (c.begin == Begin::go_on) CHECK(journal->from().encode() == shop.point().encode());
    }
}

TEST_CASE("run journal: a run that goes on and dies at once can be gone on with again") {
    const Shop shop;
    shop.die_with_checkpoint();
    shop.die_after([](RunJournal&) {}, {.resume = true, .force = false});
    const auto journal = shop.open({.resume = true, .force = false});
    CHECK(journal->begin() == Begin::go_on);
    CHECK(journal->generation() == 3);
    CHECK(journal->from().offset == 5);
}

TEST_CASE("run journal: a run that died without a checkpoint is no loss") {
    for (const RunJournal::Wish wish :
         {RunJournal::Wish{}, RunJournal::Wish{.resume = true, .force = false}}) {
        const Shop shop;
        shop.die_after([&](RunJournal&) { shop.write(shop.part("clean.csv"), 3); });
        const auto journal = shop.open(wish);
        CHECK(journal->begin() == Begin::fresh);
        CHECK(!journal->has_checkpoint());
        CHECK(!fs::exists(shop.part("clean.csv")));
    }
}

TEST_CASE("run journal: saved chunks of a job that keeps its records") {
    const Shop shop;
    const app::SavedRange range{
        .file = 0, .begin = 3, .end = 5, .place = {.generation = 1, .size = 9, .rank = 1}};
    shop.die_after([&](RunJournal& journal) {
        shop.write(io::RunFolder::path_in(shop.plan.output) + "/.kept-1-1.part", 9);
        journal.record(app::Checkpoint{.totals = {}, .saved = {range}});
        journal.record(app::Checkpoint{.totals = {}, .saved = {range}});
    });
    const std::string kept = io::RunFolder::path_in(shop.plan.output) + "/.kept-1-1.part";
    CHECK(refusal(shop, {}).find("unfinished run") != std::string::npos);
    shop.die_after([](RunJournal&) {}, {.resume = true, .force = false});
    const auto journal = shop.open({.resume = true, .force = false});
    CHECK(journal->begin() == Begin::fresh);
    REQUIRE(journal->saved().size() == 2);
    CHECK(journal->saved()[1].end == 5);
    CHECK(journal->has_checkpoint());
    CHECK(fs::exists(kept));
    journal->abandon();
    shop.die_after([&](RunJournal& other) {
        shop.write(kept, 9);
        other.record(app::Checkpoint{.totals = {}, .saved = {range}});
    });
    CHECK(shop.open({.resume = false, .force = true})->saved().empty());
    CHECK(!fs::exists(kept));
}

TEST_CASE("run journal: outputs are put in place, and the folder is left alone") {
    const Shop shop;
    fs::create_directories(shop.path("rejects-raw"));
    for (const char* name : {"rejects-raw/old.csv", "rejects-raw/mine.csv"}) shop.write(shop.path(name), 1);
    const Json earlier{
        {"result", {{"outputs", {{{"file", "rejects-raw/old.csv"}}, {{"file", "clean.csv"}}}}}},
        {"run", Json::object()}};
    io::write_whole_file(shop.path("report.json"), earlier.dump());
    const auto journal = shop.open({.resume = false, .force = true});
    for (const char* name : {"clean.csv", "rejects.csv", "rejects-raw/a.csv", "report.json"})
        shop.write(shop.part(name), 4);
    journal->commit({"clean.csv", "rejects.csv", "rejects-raw/a.csv"}, 1);
    for (const char* name : {"clean.csv", "rejects.csv", "rejects-raw/a.csv", "report.json"}) {
        INFO(name);
        CHECK(fs::exists(shop.path(name)));
        CHECK(!fs::exists(shop.part(name)));
    }
    CHECK(!fs::exists(shop.path("rejects-raw/old.csv"))); // the earlier run's
    CHECK(fs::exists(shop.path("rejects-raw/mine.csv")));
    CHECK(!shop.has_run_folder());
}

TEST_CASE("run journal: a run that died while its outputs were put in place is finished by the next") {
    for (const char* in_place : {"", "clean.csv"}) {
        INFO(in_place);
        const Shop shop;
        shop.die_after([&](RunJournal&) {});
        test::ChildProcess committing([&] {
            io::RunFolder folder(shop.plan.output);
            folder.record(app::identity_entry(app::identity_of(shop.plan, shop.compiled)));
            for (const char* name : {"clean.csv", "rejects.csv", "report.json"})
                shop.write(std::string(name) == in_place ? shop.path(name) : shop.part(name), 4);
            const Json commit{{"names", {"clean.csv", "rejects.csv"}}, {"mark", "report.json"}, {"code", 1}};
            folder.record(app::commit_entry(commit.dump()));
        });
        REQUIRE(committing.ended_well());
        const auto journal = shop.open({.resume = true, .force = false});
        CHECK(journal->begin() == Begin::complete);
        CHECK(journal->finished_code() == app::exit_over_limit);
        for (const char* name : {"clean.csv", "rejects.csv", "report.json"})
            CHECK(fs::exists(shop.path(name)));
        CHECK(!shop.has_run_folder());
    }
}

TEST_CASE("run journal: complete outputs") {
    struct Case {
        const char* what;
        std::function<Json(const Shop&)> report;
        bool resume;
        const char* says; ///< a part; empty: complete
        int code = 0;
    };
    const auto report = [](const Shop& shop, bool over) {
        return Json{{"result", {{"over_limit", over}, {"outputs", Json::array()}}},
                    {"run", {{"identity", app::identity_of(shop.plan, shop.compiled)}}}};
    };
    const Case cases[] = {
        {"the same", [&](const Shop& s) { return report(s, false); }, true, "", app::exit_done},
        {"over the limit", [&](const Shop& s) { return report(s, true); }, true, "", app::exit_over_limit},
        {"without --resume", [&](const Shop& s) { return report(s, false); }, false, "exists already"},
        {"of another job",
         [&](const Shop& s) {
             Json other = report(s, false);
             Json identity = Json::parse(other["run"]["identity"].get<std::string>());
             identity["job"] = "other";
             other["run"]["identity"] = identity.dump();
             return other;
         },
         true, "holds the outputs of another run: the job file, a --set"},
        {"of somebody else",
         [](const Shop&) {
             return Json{{"x", 1}};
         },
         true, "is not a report of ordermill"},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        const Shop shop;
        io::write_whole_file(shop.path("report.json"), c.report(shop).dump());
        const RunJournal::Wish wish{.resume = c.resume, .force = false};
        if (*c.says != '\0') {
            CHECK(refusal(shop, wish).find(c.says) != std::string::npos);
        } else {
            const auto journal = shop.open(wish);
            CHECK(journal->begin() == Begin::complete);
            CHECK(journal->finished_code() == c.code);
            CHECK(!shop.has_run_folder());
        }
        CHECK(fs::exists(shop.path("report.json")));
    }
}

TEST_CASE("run journal: while another run lives, and when it has taken over") {
    const Shop shop;
    {
        const test::ChildProcess living([&] {
            const auto journal = shop.open();
            for (;;) {
                journal->beat();
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        });
        while (io::RunFolder::unfinished(shop.plan.output).empty())
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        CHECK_THROWS_AS(shop.open(), io::FolderInUse);
        CHECK_THROWS_AS(shop.open({.resume = false, .force = true}), io::FolderInUse);
        CHECK_THROWS_AS(shop.open({.resume = true, .force = false}), app::ResumeLater);
    }
    const auto old = shop.open();
    const io::RunFolder newer(shop.plan.output, std::chrono::milliseconds(0));
    CHECK(!old->is_last());
    CHECK_THROWS_AS(old->record(shop.point()), io::Replaced);
    CHECK_THROWS_AS(old->commit({"clean.csv"}, 0), io::Replaced);
}
