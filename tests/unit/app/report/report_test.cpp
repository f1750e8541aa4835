// The account of a run: what is counted, when it doesn't add up, and what the report and the summary say.
#include "app/report/record_counts.hpp"
#include "app/report/report.hpp"
#include "app/report/summary.hpp"

#include "app/work/worker.hpp"
#include "cluster/farm/serial.hpp"
#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/two_files.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace ordermill;
using Json = nlohmann::json;

namespace {

constexpr const char* job = R"([input]
blank = drop
repeated_header = drop
comment = "#"
[fields]
id = code | required
price = decimal | scale 2 | else blank flag
[drop.totals]
when = id = "TOTAL"
[rules]
cheap = price < 100
[duplicates.id]
key = id
)";

/// A run of the job over two files, on one process.
struct Run : test::TwoFiles {
    std::unique_ptr<app::Scheduler> scheduler;

    explicit Run(const std::string& more = "")
        : test::TwoFiles(job + more, "id,price\n1,2\n#remark\n,,\n\n1,2\nTOTAL,2\nid,price\n",
                         "id,price\n2,x\n3,100\n,1\n1,2\n") {
        io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv", "duplicates.csv"});
        scheduler = std::make_unique<app::Scheduler>(plan, compiled, pipe, 1);
        scheduler->set_headers("", "", "");
    }
    void clean() {
        cluster::Peers peers;
        app::Worker worker(plan, compiled, {}, &peers);
        const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
            return worker.work(task, alive);
        };
        cluster::serial::run(scheduler->dealer([] {}), work, nullptr, &peers);
    }
    app::RunFacts facts() const {
        app::RunFacts facts;
        facts.started = "2024-01-02T03:04:05Z";
        facts.wall_seconds = 2;
        facts.dealing_seconds = 1;
        facts.hosts = {"here"};
        facts.usage.resize(1);
        facts.transport = "reference";
        facts.outputs = "direct";
        facts.identity = "who";
        return facts;
    }
};

/// The count in the summary's row that begins so; nothing: no such row.
std::optional<std::string> row(const std::string& summary, const std::string& what) {
    std::size_t at = summary.find("  " + what + "  ");
    if (at == std::string::npos) return std::nullopt;
    at = summary.find_first_not_of(' ', at + what.size() + 2);
    return summary.substr(at, summary.find_first_of(" \n", at) - at);
}

} // namespace

TEST_CASE("report: records are counted over all files") {
    app::Totals totals;
    totals.files.resize(2);
    totals.files[0].clean.records = 1;
    totals.files[0].rejected.records = 20;
    totals.files[0].blank.records = 7; // no records
    totals.files[1].clean.records = 300;
    totals.files[1].duplicates.records = 4000;
    totals.files[1].dropped.records = 7;
    const app::RecordCounts counts = app::count_records(totals);
    CHECK(counts.records == 4321);
    CHECK(counts.clean == 301);
    CHECK(counts.rejected == 20);
    CHECK(counts.duplicates == 4000);
}

TEST_CASE("report: the limit of rejects is exceeded by more than it, not by as many") {
    struct Case {
        core::MaxRejects limit;
        std::uint64_t rejected; ///< of 200
        bool over;
    };
    const Case cases[] = {
        {{}, 200, false},
        {{.count = 0, .share = {}}, 0, false},
        {{.count = 0, .share = {}}, 1, true},
        {{.count = 3, .share = {}}, 3, false},
        {{.count = 3, .share = {}}, 4, true},
        {{.count = {}, .share = 0.05}, 10, false},
        {{.count = {}, .share = 0.05}, 11, true},
        {{.count = {}, .share = 0.0}, 1, true},
        {{.count = {}, .share = 1.0}, 200, false},
        {{.count = 100, .share = 0.05}, 11, true},
    };
    for (const Case& c : cases) {
        INFO(c.rejected << " of 200");
        CHECK(app::over_limit(c.limit, {.records = 200, .rejected = c.rejected}) == c.over);
    }
    CHECK(!app::over_limit({.count = {}, .share = 0.0}, {}));
}

TEST_CASE("report: a run adds up when all of it is done, and not before") {
    Run run;
    CHECK_THROWS_AS(app::check_accounts(run.plan, *run.scheduler), std::logic_error);
    run.clean();
    app::check_accounts(run.plan, *run.scheduler);
    app::Plan other = run.plan;
    other.files[1].data_begin += 1; // as if a byte of it were nobody's
    CHECK_THROWS_AS(app::check_accounts(other, *run.scheduler), std::logic_error);
}

TEST_CASE("report.json: the result and the run") {
    Run run;
    run.clean();
    const Json report = Json::parse(app::report_json(run.plan, run.compiled, *run.scheduler, run.facts()));
    const Json& result = report["result"];
    struct Case {
        const char* key;
        Json value;
    };
    const Case cases[] = {
        {"job", "job"},  {"rows", 11},      {"records", 6},        {"clean", 2},
        {"rejected", 2}, {"duplicates", 2}, {"blank", 2},          {"repeated_headers", 1},
        {"comments", 1}, {"dropped", 1},    {"over_limit", false},
    };
    for (const Case& c : cases) {
        INFO(c.key);
        CHECK(result[c.key] == c.value);
    }
    REQUIRE(result["files"].size() == 2);
    CHECK(result["files"][0]["rows"] == 7);
    CHECK(result["files"][1]["rejected"]["records"] == 2);
    CHECK(result["files"][0]["header_bytes"] == 9);
    CHECK(result["files"][0]["lines"] == 8);
    CHECK(result["files"][1]["bytes"] == 26);
    const Json faults{{{"field", "id"}, {"reason", "REQUIRED"}, {"count", 1}},
                      {{"rule", "cheap"}, {"reason", "RULE_BROKEN"}, {"count", 1}}};
    CHECK(result["faults"] == faults);
    CHECK(result["repairs"][0]["reason"] == "NOT_A_NUMBER");
    CHECK(result["repairs"][0]["repair"] == "blanked");
    const Json& facts = report["run"];
    CHECK(facts["started"] == "2024-01-02T03:04:05Z");
    CHECK(facts["ranks"] == 1);
    CHECK(facts["transport"] == "reference");
    CHECK(facts["outputs"] == "direct");
    CHECK(facts["identity"] == "who");
    CHECK(facts["wall_seconds"] == 2.0);
    CHECK(facts["lost_ranks"].empty());
    CHECK(facts["bound_by_rank_0_link"] == false);
}

TEST_CASE("the summary has a row for each thing that was counted") {
    Run run;
    run.clean();
    const std::string summary =
        app::summary_table(run.plan, run.compiled, run.scheduler->totals(), run.facts());
    INFO(summary);
    struct Case {
        const char* what;
        std::optional<std::string> count;
    };
    const Case cases[] = {
        {"records", "6"},
        {"clean", "2"},
        {"rejected", "2"},
        {"  id REQUIRED", "1"},
        {"  rule cheap", "1"},
        {"  price NOT_A_NUMBER", std::nullopt}, // it was let through
        {"duplicates", "2"},
        {"blank lines dropped", "2"},
        {"repeated headers dropped", "1"},
        {"comment lines dropped", "1"},
        {"dropped: totals", "1"},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        CHECK(row(summary, c.what) == c.count);
    }
    CHECK(summary.find(" in 2.00 s, ") != std::string::npos);
    CHECK(summary.ends_with("/s; outputs in " + run.plan.output + '\n'));
}

TEST_CASE("the summary has a row for each rule on whole orders that was broken") {
    Run run("[order]\nid = id\nat_most_one.lines = 1\nsmall.lines = ..9\n");
    run.scheduler->set_headers("", "", "");
    app::Totals totals;
    totals.files.resize(2);
    totals.data_ends.resize(2);
    const core::TallyShape& shape = run.compiled.recipes.front().shape();
    totals.tally = core::Tally(shape);
    totals.tally.add(shape.order_broken(0), 3);
    const std::string summary = app::summary_table(run.plan, run.compiled, totals, run.facts());
    INFO(summary);
    CHECK(row(summary, "  order rule at_most_one") == "3");
    CHECK(!row(summary, "  order rule small"));
}
