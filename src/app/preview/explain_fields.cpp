#include "app/preview/explain_fields.hpp"

#include "app/job/job_file.hpp"
#include "app/job/job_print.hpp"
#include "app/terminal/aligned_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {
namespace {

using core::FieldSpec;
using core::Recipe;

/// What a column is in one file.
std::string resolved(const PlannedFile& file, const core::HeaderMapping& mapping, std::uint32_t column) {
    const std::int32_t at = mapping.column_of[column];
    if (at < 0) return "no column";
    if (!file.has_header && file.header[static_cast<std::size_t>(at)] == std::to_string(at + 1))
        return fmt::format("column {}", at + 1);
    return fmt::format("column {} \"{}\"", at + 1, file.header[static_cast<std::size_t>(at)]);
}

std::string wanted(const Recipe::Column& column) {
    if (column.position > 0) return fmt::format("column {}", column.position);
    return fmt::format("column \"{}\"", fmt::join(column.alternatives, "\" or \""));
}

/// In the first file, when every file has the same; else as the job names it. `index_of`: the column's number
/// in a recipe, which overrides may change.
template<typename IndexOf>
std::string source(const Plan& plan, const CompiledPlan& compiled, IndexOf index_of) {
    std::string same;
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const PlannedFile& file = plan.files[i];
        const std::string what = resolved(file, compiled.mappings[i], index_of(compiled.recipe_of(file)));
        if (i > 0 && what != same) {
            same.clear();
            break;
        }
        same = what;
    }
    if (!same.empty()) return same;
    const Recipe& recipe = compiled.recipes.front();
    return wanted(recipe.columns()[index_of(recipe)]);
}

const Recipe::Step* parse_step(const Recipe& recipe, std::uint32_t field) {
    for (const Recipe::Step& step : recipe.parse_steps()) {
        if (step.field == field) return &step;
    }
    return nullptr;
}

/// Where a field's values come from.
std::string source_of(const Plan& plan, const CompiledPlan& compiled, const FieldSpec& spec,
                      std::uint32_t field) {
    if (!spec.expression.empty())
        return fmt::format(":= {}{}", spec.expression, spec.when_exact ? " when exact" : "");
    if (!spec.part.empty()) return fmt::format("part @{}", spec.part);
    return source(plan, compiled, [field](const Recipe& recipe) {
        const Recipe::Step* const step = parse_step(recipe, field);
        return step->index;
    });
}

/// `decimal, scale 2`, `timestamp in UTC`
std::string type_of(const core::Field& field) {
    const std::string type(core::name(field.field_type()));
    const core::ValueType& value = field.type();
    if (field.field_type() == core::FieldType::decimal) {
        return value.trim_zeros ? fmt::format("{}, scale up to {}", type, value.scale)
                                : fmt::format("{}, scale {}", type, value.scale);
    }
    return value.zoned ? type + " in UTC" : type;
}

/// Which column each field and split reads in this file: `price: column 3 "Price"`.
std::vector<std::string> columns_in(const PlannedFile& file, const core::HeaderMapping& mapping,
                                    const Recipe& recipe) {
    std::vector<std::string> columns;
    for (const Recipe::Split& split : recipe.splits())
        columns.push_back(fmt::format("split {}: {}", split.name, resolved(file, mapping, split.column)));
    for (std::uint32_t i = 0; i < recipe.fields().size(); ++i) {
        const Recipe::Step* const step = parse_step(recipe, i);
        if (step == nullptr || step->source != Recipe::Source::column) continue;
        columns.push_back(
            fmt::format("{}: {}", recipe.fields()[i].name(), resolved(file, mapping, step->index)));
    }
    return columns;
}

/// Where files have their columns in different places: each arrangement, with its files.
std::string columns_by_file(const Plan& plan, const CompiledPlan& compiled) {
    std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> arrangements;
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const PlannedFile& file = plan.files[i];
        auto columns = columns_in(file, compiled.mappings[i], compiled.recipe_of(file));
        auto known = std::find_if(arrangements.begin(), arrangements.end(),
                                  [&](const auto& arrangement) { return arrangement.first == columns; });
        if (known == arrangements.end())
            known = arrangements.insert(known, {std::move(columns), std::vector<std::string>()});
        known->second.push_back(file.path);
    }
    if (arrangements.size() < 2) return {};
    std::string text;
    for (const auto& [columns, files] : arrangements) {
        text += fmt::format("  in {}{}:\n", files.front(),
                            files.size() > 1 ? fmt::format(" and {} more", files.size() - 1) : "");
        text += wrapped_list(columns, "    ");
    }
    return text;
}

} // namespace

std::string column_source(const Plan& plan, const CompiledPlan& compiled, std::uint32_t column) {
    // Splits come first, so their columns have the same number in every recipe.
    return source(plan, compiled, [column](const Recipe&) { return column; });
}

std::string explain_fields(const Plan& plan, const CompiledPlan& compiled) {
    // The job as written: without the words that were read from files.
    const core::JobSpec spec = read_job(plan.job_text, plan.job_path, plan.overrides);
    AlignedTable table;
    if (!spec.fields.empty()) table.add({"name", "type", "from", "on a fault", "steps"});
    for (std::uint32_t i = 0; i < spec.fields.size(); ++i) {
        const FieldSpec& field = spec.fields[i];
        const core::Field& parser = compiled.recipes.front().fields()[i];
        table.add({field.name, type_of(parser), source_of(plan, compiled, field, i),
                   print_action(field.on_fault), print_steps(field)});
    }
    std::string text = table.text("  ");
    if (spec.rest) text += "  and every column that no field uses, unchanged\n";
    for (const auto& [input, fields] : spec.field_overrides) {
        text += fmt::format("  in the files of [input.{}]:\n", input);
        for (const FieldSpec& field : fields)
            text += fmt::format("    {} = {}\n", field.name, print_field(field));
    }
    return text + columns_by_file(plan, compiled);
}

} // namespace ordermill::app
