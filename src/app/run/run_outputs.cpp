#include "app/run/run_outputs.hpp"

namespace ordermill::app {
namespace {

constexpr std::string_view rejects_header =
    "file,line,byte_position,column_idx,column_name,error_type,rule,raw_record,error_message\n";

} // namespace

std::vector<std::string> possible_outputs(const Plan& plan, const CompiledPlan& compiled) {
    std::vector<std::string> names{compiled.spec.output.clean, compiled.spec.output.rejects,
                                   compiled.spec.output.duplicates};
    for (const PlannedFile& file : plan.files) names.push_back(raw_output_name(file));
    names.emplace_back(report_name);
    return names;
}

std::vector<std::string> actual_outputs(const Plan& plan, const CompiledPlan& compiled,
                                        const Totals& totals) {
    std::vector<std::string> names{compiled.spec.output.clean, compiled.spec.output.rejects};
    if (totals.duplicates.bytes > 0) names.push_back(compiled.spec.output.duplicates);
    for (const auto& [file, total] : totals.raw) names.push_back(raw_output_name(plan.files[file]));
    return names;
}

RunOutputs::RunOutputs(const Plan& plan, const CompiledPlan& compiled)
    : plan_(plan), gathered_(plan, compiled) {
    const core::Recipe& recipe = compiled.recipes.front();
    headers_.clean = recipe.output_header();
    headers_.rejects = rejects_header;
    if (!recipe.duplicates().empty()) headers_.duplicates = recipe.duplicates_header();
    open(compiled.spec.output.clean, headers_.clean);
    open(compiled.spec.output.rejects, headers_.rejects);
    if (!headers_.duplicates.empty()) open(compiled.spec.output.duplicates, headers_.duplicates);
}

void RunOutputs::open(const std::string& name, std::string_view header) {
    files_.emplace_back(plan_.output, name, fence_of(plan_)).write_at(0, header);
}

void RunOutputs::sync() {
    for (io::OutputFile& file : files_) file.sync();
    gathered_.sync();
}

void RunOutputs::finish(const Totals& totals) {
    for (const auto& [file, total] : totals.raw)
        open(raw_output_name(plan_.files[file]), plan_.files[file].header_bytes);
    sync();
    gathered_.close();
    for (io::OutputFile& file : files_) file.close();
}

} // namespace ordermill::app
