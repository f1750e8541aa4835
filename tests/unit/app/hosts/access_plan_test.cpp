// Who reads and writes by itself, by what the ranks say.
#include "app/hosts/access_plan.hpp"
#include "io/output_file.hpp"
#include "io/recovery/run_folder.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <filesystem>

using namespace ordermill;

TEST_CASE("who writes by itself") {
    const test::TemporaryFolder folder;
    std::filesystem::create_directories(io::RunFolder::path_in(folder / "out"));
    app::Probe probe(folder / "out");
    io::OutputFile answer(io::RunFolder::path_in(folder / "out"),
                          app::Probe::answer_name(probe.nonce(), "near"));
    answer.write_at(0, probe.nonce());
    answer.close();
    app::Plan plan;
    plan.output = folder / "out";
    plan.host = "first";
    struct Row {
        const char* host;
        bool sees, coherent;
        app::Gather gather;
        bool writes;
        bool problem;
    };
    using app::Gather;
    for (const Row& row : {
             Row{"first", true, false, Gather::automatic, true, false},  // rank 0's own host
             Row{"first", false, true, Gather::automatic, false, false}, // may not write there
             Row{"near", true, true, Gather::automatic, true, false},
             Row{"near", true, false, Gather::automatic, false, false}, // NFS, for example
             Row{"near", true, false, Gather::never, true, false},      // the user knows better
             Row{"near", true, true, Gather::always, false, false},
             Row{"far", true, true, Gather::automatic, false, false}, // its answer isn't here
             Row{"far", true, true, Gather::never, false, true},
         }) {
        INFO(row.host << ", sees " << row.sees << ", coherent " << row.coherent);
        std::vector<app::RankCapabilities> views(2);
        views[0].host = "first";
        views[1].host = row.host;
        views[1].access.output = row.sees;
        views[1].coherent = row.coherent;
        app::PlanRequest request;
        request.gather = row.gather;
        const app::AccessPlan access = app::plan_access(plan, request, views, probe);
        CHECK(access.by_worker[1].output == row.writes);
        CHECK(access.outputs == (row.writes ? "direct" : "through rank 0"));
        CHECK(!access.problem.empty() == row.problem);
    }
}
