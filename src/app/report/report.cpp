#include "app/report/report.hpp"

#include "app/report/rank0_traffic.hpp"
#include "app/report/record_counts.hpp"

#include "app/base/name_text.hpp"
#include "app/base/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ordermill::app {
namespace {

using Json = nlohmann::ordered_json;
using core::Reason;
using core::TallyShape;

/// An object that grows beyond its room copies all that is in it.
Json room_for(std::size_t members) {
    Json json = Json::object();
    json.get_ref<Json::object_t&>().reserve(members);
    return json;
}

Json file_json(const PlannedFile& file, const core::Accounts& accounts, std::uint64_t data_end) {
    const std::uint64_t rows = accounts.records() + accounts.blank.records +
                               accounts.repeated_header.records + accounts.comment.records +
                               accounts.dropped.records;
    const auto share = [](const core::Accounts::Share& part) {
        Json json = room_for(2);
        json["records"] = part.records;
        json["bytes"] = part.bytes;
        return json;
    };
    Json json = room_for(14);
    json["file"] = file.path;
    json["rows"] = rows;
    json["records"] = accounts.records();
    json["clean"] = share(accounts.clean);
    json["rejected"] = share(accounts.rejected);
    json["duplicates"] = share(accounts.duplicates);
    json["blank"] = share(accounts.blank);
    json["repeated_headers"] = share(accounts.repeated_header);
    json["comments"] = share(accounts.comment);
    json["dropped"] = share(accounts.dropped);
    json["header_bytes"] = file.data_begin;
    json["footer_bytes"] = file.pipe() ? 0 : file.size - data_end;
    json["bytes"] = file.pipe() ? data_end : file.size;
    json["lines"] = file.lines_before + accounts.lines + file.footer_lines;
    return json;
}

Json faults_json(const core::Recipe& recipe, const core::Tally& tally) {
    const TallyShape& shape = recipe.shape();
    Json faults = Json::array();
    for (std::size_t field = 0; field <= shape.fields; ++field) {
        for (std::size_t reason = 0; reason < core::reason_count; ++reason) {
            const std::uint64_t count = tally[shape.fault(field, static_cast<Reason>(reason))];
            if (count == 0) continue;
            Json fault;
            if (field < shape.fields) fault["field"] = recipe.fields()[field].name();
            fault["reason"] = name(static_cast<Reason>(reason));
            fault["count"] = count;
            faults.push_back(std::move(fault));
        }
    }
    for (std::size_t i = 0; i < shape.splits; ++i) {
        const std::uint64_t count = tally[shape.split_broken(i)];
        if (count > 0)
            faults.push_back({{"split", recipe.splits()[i].name},
                              {"reason", name(Reason::split_mismatch)},
                              {"count", count}});
    }
    for (std::size_t i = 0; i < shape.rules; ++i) {
        const std::uint64_t count = tally[shape.rule_broken(i)];
        if (count > 0)
            faults.push_back(
                {{"rule", recipe.rules()[i].name}, {"reason", name(Reason::rule_broken)}, {"count", count}});
    }
    for (std::size_t i = 0; i < shape.order_rules; ++i) {
        const std::uint64_t count = tally[shape.order_broken(i)];
        if (count > 0)
            faults.push_back({{"order_rule", recipe.orders()->rules[i].name},
                              {"reason", name(Reason::order_rule_broken)},
                              {"count", count}});
    }
    return faults;
}

Json repairs_json(const core::Recipe& recipe, const core::Tally& tally) {
    const TallyShape& shape = recipe.shape();
    constexpr std::string_view done[] = {"blanked", "kept", "default"};
    Json repairs = Json::array();
    for (std::size_t field = 0; field < shape.fields; ++field) {
        const std::string& field_name = recipe.fields()[field].name();
        for (std::size_t reason = 0; reason < core::reason_count; ++reason) {
            for (std::size_t repair = 0; repair < TallyShape::repair_count; ++repair) {
                const std::uint64_t count = tally[shape.repair(field, static_cast<Reason>(reason),
                                                               static_cast<TallyShape::Repair>(repair))];
                if (count == 0) continue;
                repairs.push_back({{"field", field_name},
                                   {"reason", name(static_cast<Reason>(reason))},
                                   {"repair", done[repair]},
                                   {"count", count}});
            }
        }
        if (const auto count = tally[shape.filled(field)]; count > 0)
            repairs.push_back(
                {{"field", field_name}, {"reason", "MISSING"}, {"repair", "default"}, {"count", count}});
        if (const auto count = tally[shape.rounded(field)]; count > 0)
            repairs.push_back({{"field", field_name},
                               {"reason", "TOO_MANY_DIGITS"},
                               {"repair", "rounded"},
                               {"count", count}});
    }
    for (std::size_t i = 0; i < shape.steps; ++i) {
        const core::Recipe::Repair& step = recipe.repairs()[i];
        repairs.push_back({{"step", step.name},
                           {"field", recipe.fields()[step.field].name()},
                           {"repair", "filled"},
                           {"count", tally[shape.step(i)]},
                           {"faulty", tally[shape.step_over_fault(i)]}});
    }
    return repairs;
}

Json rules_json(const core::Recipe& recipe, const core::Tally& tally) {
    const TallyShape& shape = recipe.shape();
    Json rules = Json::array();
    for (std::size_t i = 0; i < shape.rules; ++i) {
        rules.push_back({{"rule", recipe.rules()[i].name},
                         {"rejected", tally[shape.rule_broken(i)]},
                         {"flagged", tally[shape.rule_flagged(i)]},
                         {"not_applied", tally[shape.rule_not_applied(i)]}});
    }
    for (std::size_t i = 0; i < shape.splits; ++i) {
        rules.push_back({{"split", recipe.splits()[i].name},
                         {"rejected", tally[shape.split_broken(i)]},
                         {"flagged", tally[shape.split_flagged(i)]}});
    }
    return rules;
}

Json drops_json(const core::Recipe& recipe, const core::Tally& tally) {
    Json drops = Json::array();
    for (std::size_t i = 0; i < recipe.shape().drops; ++i) {
        drops.push_back({{"drop", recipe.drops()[i].name}, {"records", tally[recipe.shape().dropped(i)]}});
    }
    return drops;
}

/// By section: how many groups have how many records (from 10 on by powers of ten), and the largest ones with
/// the record that stays.
Json groups_json(const Plan& plan, const core::Recipe& recipe, const ResolutionTotals& totals) {
    Json sections = Json::array();
    for (std::size_t i = 0; i < totals.sections.size(); ++i) {
        const ResolutionTotals::Section& section = totals.sections[i];
        Json sizes = Json::array();
        for (const auto& [size, count] : section.sizes)
            sizes.push_back({{"size_from", size}, {"groups", count}});
        Json largest = Json::array();
        for (const core::LargeGroup& group : section.largest) {
            largest.push_back({{"records", group.size},
                               {"file", plan.files[group.file].path},
                               {"line", group.line},
                               {"byte_position", group.byte_position}});
        }
        sections.push_back({{"section", recipe.duplicates()[i].name},
                            {"duplicates", section.losers},
                            {"group_sizes", sizes},
                            {"largest_groups", largest}});
    }
    return sections;
}

/// Orders are counted by the rules, lines by what became of them.
Json orders_json(const core::Recipe& recipe, const core::OrderCounts& counts, const core::Tally& tally) {
    Json rules = Json::array();
    for (std::size_t i = 0; i < counts.rules.size(); ++i) {
        rules.push_back({{"rule", recipe.orders()->rules[i].name},
                         {"broken_orders", counts.rules[i].broken},
                         {"not_applied", counts.rules[i].not_applied},
                         {"rejected_lines", tally[recipe.shape().order_broken(i)]},
                         {"flagged_lines", tally[recipe.shape().order_flagged(i)]}});
    }
    return {{"id", recipe.fields()[recipe.orders()->id].name()}, {"orders", counts.orders}, {"rules", rules}};
}

Json outputs_json(const Plan& plan, const CompiledPlan& compiled, const Totals& totals) {
    Json outputs = Json::array();
    const auto add = [&outputs](const std::string& output_name, const OutputTotal& total) {
        outputs.push_back({{"file", name_to_text(output_name)},
                           {"bytes", total.bytes},
                           {"crc32", fmt::format("{:08x}", total.crc)}});
    };
    const auto names = clean_output_names(compiled.spec.output.clean, plan.parts.count);
    for (std::size_t part = 0; part < names.size(); ++part) add(names[part], totals.clean[part]);
    add(compiled.spec.output.rejects, totals.rejects);
    if (totals.duplicates.bytes > 0) add(compiled.spec.output.duplicates, totals.duplicates);
    for (const auto& [file, total] : totals.raw) add(raw_output_name(plan.files[file]), total);
    return outputs;
}

Json ranks_json(const std::vector<Phases>& phases, const RunFacts& facts) {
    Json ranks = Json::array();
    for (std::size_t rank = 0; rank < facts.usage.size(); ++rank) {
        const cluster::Usage& usage = facts.usage[rank];
        Json one{{"rank", rank},
                 {"host", rank < facts.hosts.size() ? facts.hosts[rank] : ""},
                 {"user_seconds", usage.user_seconds},
                 {"system_seconds", usage.system_seconds},
                 {"peak_rss_bytes", usage.peak_rss},
                 {"messages_sent", usage.messages}};
        // Alone, a process is both rank 0 and worker 1.
        const std::size_t worker = facts.usage.size() == 1 ? 1 : rank;
        if (worker > 0 && worker < phases.size()) {
            const Phases& spent = phases[worker];
            one["chunks"] = spent.chunks;
            one["read_bytes"] = spent.read_bytes;
            one["written_bytes"] = spent.written_bytes;
            one["scratch_bytes"] = spent.scratch_bytes;
            const auto by_phase = [&spent](auto part) {
                return Json{{"read", part(spent.read)},       {"clean", part(spent.clean)},
                            {"resolve", part(spent.resolve)}, {"exchange", part(spent.exchange)},
                            {"write", part(spent.write)},     {"sync", part(spent.sync)}};
            };
            one["wall_seconds"] = by_phase([](const Spent& phase) { return phase.wall; });
            one["cpu_seconds"] = by_phase([](const Spent& phase) { return phase.cpu; });
        }
        ranks.push_back(std::move(one));
    }
    return ranks;
}

Json lost_json(const SchedulerCounts& counts, const RunFacts& facts) {
    Json lost = Json::array();
    for (std::size_t i = 0; i < facts.lost.size() && i < counts.losses.size(); ++i) {
        lost.push_back({{"rank", facts.lost[i].rank},
                        {"host", facts.hosts[static_cast<std::size_t>(facts.lost[i].rank)]},
                        {"after_seconds", facts.lost[i].after_seconds},
                        {"chunks_dealt_again", counts.losses[i].chunks_again}});
    }
    return lost;
}

} // namespace

std::string report_json(const Plan& plan, const CompiledPlan& compiled, const Scheduler& scheduler,
                        const RunFacts& facts) {
    const Totals& totals = scheduler.totals();
    const SchedulerCounts& counts = scheduler.counts();
    const std::vector<Phases>& phases = scheduler.phases();
    const core::Recipe& recipe = compiled.recipes.front();
    const RecordCounts records = count_records(totals);
    core::Accounts all;
    Json files = Json::array();
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        all += totals.files[i];
        files.push_back(file_json(plan.files[i], totals.files[i], totals.data_ends[i]));
    }
    Json result{{"job", compiled.spec.name},
                {"rows", records.records + all.blank.records + all.repeated_header.records +
                             all.comment.records + all.dropped.records},
                {"records", records.records},
                {"clean", records.clean},
                {"rejected", records.rejected},
                {"duplicates", records.duplicates},
                {"blank", all.blank.records},
                {"repeated_headers", all.repeated_header.records},
                {"comments", all.comment.records},
                {"dropped", all.dropped.records},
                {"after_broken", totals.tally[recipe.shape().after_broken()]},
                {"formulas_quoted", totals.tally[recipe.shape().formulas_quoted()]},
                {"over_limit", over_limit(compiled.spec.max_rejects, records)},
                {"faults", faults_json(recipe, totals.tally)},
                {"repairs", repairs_json(recipe, totals.tally)},
                {"rules", rules_json(recipe, totals.tally)},
                {"drops", drops_json(recipe, totals.tally)},
                {"duplicate_groups", groups_json(plan, recipe, scheduler.resolution())},
                {"files", std::move(files)},
                {"outputs", outputs_json(plan, compiled, totals)}};
    if (plan.parts.count > 1)
        result["parts"] = {{"count", plan.parts.count}, {"stripe_bytes", plan.parts.stripe}};
    if (const auto left_out = totals.tally[recipe.shape().raw_left_out()]; left_out > 0)
        result["left_out_of_rejects_raw"] = {{"records", left_out},
                                             {"bytes", totals.tally[recipe.shape().raw_bytes_left_out()]}};
    if (recipe.orders() != nullptr)
        result["orders"] = orders_json(recipe, scheduler.resolution().orders, totals.tally);
    const Rank0Traffic link = rank0_traffic(counts, phases, facts.dealing_seconds);
    Json run{{"version", version_text()},
             {"job_file", plan.job_path},
             {"job_hash", plan.job_hash()},
             {"overrides", plan.overrides},
             {"started", facts.started},
             {"wall_seconds", facts.wall_seconds},
             {"dealing_seconds", facts.dealing_seconds},
             {"dealing_cpu_seconds_of_rank_0", facts.dealing_cpu_seconds},
             {"ranks", facts.hosts.size()},
             {"chunk_bytes", plan.chunk_size},
             {"transport", facts.transport},
             {"outputs", facts.outputs},
             {"chunks_dealt", counts.chunks_dealt},
             {"chunks_redone", counts.chunks_redone},
             {"inline_bytes", counts.inline_bytes},
             {"gathered_bytes", counts.gathered_bytes},
             {"bound_by_rank_0_link", link.binds},
             {"bytes_done_by_earlier_runs", counts.bytes_resumed},
             {"chunks_restored", counts.chunks_restored},
             {"lost_ranks", lost_json(counts, facts)},
             {"identity", facts.identity},
             {"by_rank", ranks_json(phases, facts)}};
    Json whole = room_for(2);
    whole["result"] = std::move(result);
    whole["run"] = std::move(run);
    return whole.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace ordermill::app
