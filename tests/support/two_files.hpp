#pragma once

#include "app/plan/plan.hpp"
#include "io/input.hpp"

#include "support/temporary.hpp"

#include <string_view>

namespace ordermill::test {

/// A job over `a.csv` and `b.csv` in a folder of its own, and the plan of a run of it.
struct TwoFiles {
    TemporaryFolder folder;
    app::PlanRequest request;
    io::PipeInput pipe{-1};
    app::Plan plan;
    app::CompiledPlan compiled;

    TwoFiles(std::string_view job, std::string_view a, std::string_view b) {
        folder.write("job.cfg", job);
        folder.write("a.csv", a);
        folder.write("b.csv", b);
        request.job_path = folder / "job.cfg";
        request.inputs = {folder / "a.csv", folder / "b.csv"};
        request.output = folder / "out";
        plan_again();
    }
    /// After a change to the folder or to the request.
    void plan_again() {
        plan = app::make_plan(request, pipe);
        compiled = app::compile_plan(plan);
    }
};

} // namespace ordermill::test
