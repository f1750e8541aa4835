#include "app/run/plan_summary.hpp"
#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <string_view>

namespace ordermill::app {

std::string plan_summary(const Plan& plan, const CompiledPlan& compiled, int ranks,
                         const AccessPlan& access) {
    std::string text =
        fmt::format("ordermill: job {}: {} fields, {} rule{}\n", plan.job_path, compiled.spec.fields.size(),
                    compiled.spec.rules.size(), compiled.spec.rules.size() == 1 ? "" : "s");
    std::size_t columns = 0;
    std::string ignored;
    for (const PlannedFile& file : plan.files) {
        if (&file != &plan.files.front()) break;
        columns = file.header.size();
        if (compiled.spec.rest) continue;
        for (const std::string& name : compiled.recipe_of(file).unmapped(file.header)) {
            ignored += (ignored.empty() ? "" : ", ") + name;
        }
    }
    text += fmt::format("ordermill: {} input file{}, {}, {} columns{}\n", plan.files.size(),
                        plan.files.size() == 1 ? "" : "s",
                        plan.has_pipe() ? "standard input" : core::human_bytes(plan.file_bytes()), columns,
                        ignored.empty() ? "" : " (not used: " + ignored + ")");
    const std::string parts =
        plan.parts.count == 1 ? "" : fmt::format(", the clean records in {} parts", plan.parts.count);
    text += fmt::format(
        "ordermill: {}, chunks of {} {}; outputs to {}{}{}\n",
        ranks == 1 ? std::string("one process") : fmt::format("{} ranks ({} workers)", ranks, ranks - 1),
        core::human_bytes(plan.chunk_size),
        plan.has_pipe() || access.inputs == "inline" ? "inline" : "by " + access.inputs, plan.output, parts,
        access.outputs.starts_with("direct") ? access.outputs.substr(std::string_view("direct").size())
                                             : ", " + access.outputs);
    return text;
}

} // namespace ordermill::app
