#include "app/report/summary.hpp"

#include "app/report/record_counts.hpp"
#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

using core::Reason;
using core::TallyShape;

std::string summary_table(const Plan& plan, const CompiledPlan& compiled, const Totals& totals,
                          const RunFacts& facts) {
    const RecordCounts records = count_records(totals);
    const core::Recipe& recipe = compiled.recipes.front();
    const TallyShape& shape = recipe.shape();
    std::uint64_t bytes = 0;
    core::Accounts all;
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        all += totals.files[i];
        bytes += plan.files[i].pipe() ? totals.data_ends[i] : plan.files[i].size;
    }
    std::string text;
    const auto row = [&text](std::string_view what, std::uint64_t count, const std::string& more = "") {
        text +=
            fmt::format("  {:<34}{:>15}{}\n", what, core::grouped(count), more.empty() ? "" : "   " + more);
    };
    row("records", records.records);
    row("clean", records.clean, clean_outputs_text(compiled.spec.output.clean, plan.parts.count));
    if (const auto count = totals.tally[shape.after_broken()]; count > 0)
        row("  perhaps parts of broken records", count);
    if (const auto count = totals.tally[shape.formulas_quoted()]; count > 0)
        row("  formulas written as texts", count);
    row("rejected", records.rejected, compiled.spec.output.rejects);
    if (const auto count = totals.tally[shape.raw_left_out()]; count > 0)
        row("  too long for rejects-raw", count, core::human_bytes(totals.tally[shape.raw_bytes_left_out()]));
    for (std::size_t field = 0; field <= shape.fields; ++field) {
        for (std::size_t reason = 0; reason < core::reason_count; ++reason) {
            const std::uint64_t count = totals.tally[shape.fault(field, static_cast<Reason>(reason))];
            if (count == 0) continue;
            const std::string_view where =
                field < shape.fields ? std::string_view(recipe.fields()[field].name()) : "record";
            row(fmt::format("  {} {}", where, name(static_cast<Reason>(reason))), count, "faults");
        }
    }
    for (std::size_t i = 0; i < shape.rules; ++i) {
        if (const auto count = totals.tally[shape.rule_broken(i)]; count > 0)
            row("  rule " + recipe.rules()[i].name, count, "faults");
    }
    for (std::size_t i = 0; i < shape.order_rules; ++i) {
        if (const auto count = totals.tally[shape.order_broken(i)]; count > 0)
            row("  order rule " + recipe.orders()->rules[i].name, count, "faults");
    }
    if (totals.duplicates.bytes > 0) row("duplicates", records.duplicates, compiled.spec.output.duplicates);
    if (all.blank.records > 0) row("blank lines dropped", all.blank.records);
    if (all.repeated_header.records > 0) row("repeated headers dropped", all.repeated_header.records);
    if (all.comment.records > 0) row("comment lines dropped", all.comment.records);
    for (std::size_t i = 0; i < shape.drops; ++i)
        row("dropped: " + recipe.drops()[i].name, totals.tally[shape.dropped(i)]);
    text +=
        fmt::format("  {} in {:.2f} s, {}/s; outputs in {}\n", core::human_bytes(bytes), facts.wall_seconds,
                    core::human_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) /
                                                                 std::max(facts.wall_seconds, 1e-9))),
                    plan.output);
    return text;
}

} // namespace ordermill::app
