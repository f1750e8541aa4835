#include "app/run/run_outputs.hpp"

namespace ordermill::app {
namespace {

constexpr std::string_view rejects_header =
    "file,line,byte_position,column_idx,column_name,error_type,rule,raw_record,error_message\n";

} // namespace

std::vector<std::string> possible_outputs(const Plan& plan, const CompiledPlan& compiled) {
    std::vector<std::string> names = clean_output_names(compiled.spec.output.clean, plan.parts.count);
    names.push_back(compiled.spec.output.rejects);
    names.push_back(compiled.spec.output.duplicates);
    for (const PlannedFile& file : plan.files) names.push_back(raw_output_name(file));
    names.emplace_back(report_name);
    return names;
}

std::vector<std::string> actual_outputs(const Plan& plan, const CompiledPlan& compiled,
                                        const Totals& totals) {
    std::vector<std::string> names = clean_output_names(compiled.spec.output.clean, plan.parts.count);
    names.push_back(compiled.spec.output.rejects);
    if (totals.duplicates.bytes > 0) names.push_back(compiled.spec.output.duplicates);
    for (const auto& [file, total] : totals.raw) names.push_back(raw_output_name(plan.files[file]));
    return names;
}

RunOutputs::RunOutputs(const Plan& plan, const CompiledPlan& compiled)
    : plan_(plan), outputs_(plan, compiled) {
    const core::Recipe& recipe = compiled.recipes.front();
    headers_.clean = recipe.output_header();
    headers_.rejects = rejects_header;
    if (!recipe.duplicates().empty()) headers_.duplicates = recipe.duplicates_header();
    outputs_.write({},
                   {.clean = {}, .rejects = headers_.rejects, .raw = {}, .duplicates = headers_.duplicates});
    for (std::uint32_t part = 0; part < plan.parts.count; ++part)
        outputs_.write({.part = part}, {.clean = headers_.clean, .rejects = {}, .raw = {}, .duplicates = {}});
}

void RunOutputs::finish(const Totals& totals) {
    for (const auto& [file, total] : totals.raw)
        outputs_.write({.file = file},
                       {.clean = {}, .rejects = {}, .raw = plan_.files[file].header_bytes, .duplicates = {}});
    outputs_.sync();
    outputs_.close();
}

} // namespace ordermill::app
