#include "study/page/exports.hpp"

#include "study/page/plots.hpp"
#include "study/rows/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace ordermill::study {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no infinity: null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json range_json(const Range& range) {
    return {{"min", range.min}, {"median", range.median}, {"max", range.max}};
}

Json interval_json(const Interval& interval) {
    return {{"value", interval.value}, {"low", number(interval.low)}, {"high", number(interval.high)}};
}

Json pop_json(const PopMetrics& pop) {
    return {{"load_balance", pop.load_balance},
            {"communication_efficiency", pop.communication_efficiency},
            {"parallel_efficiency", pop.parallel_efficiency},
            {"computation_scaling", pop.computation_scaling},
            {"global_efficiency", pop.global_efficiency},
            {"serialisation_efficiency", "not measured"},
            {"transfer_efficiency", "not measured"}};
}

Json profile_json(const Profile& profile) {
    Json json;
    for (const Phase phase : stacking) json[std::string(name(phase))] = profile[phase];
    json["other"] = profile.other;
    return json;
}

Json ceiling_json(const CeilingMetrics& ceiling) {
    return {{"runs", ceiling.repeats},
            {"seconds", range_json(ceiling.time)},
            {"speedup", ceiling.speedup},
            {"of_ceiling", ceiling.of_ceiling}};
}

Json others_json(const OthersLoad& others) {
    return {{"cores", others.cores},
            {"stolen_cores", others.stolen},
            {"involuntary_switches_per_second", others.switches_per_second},
            {"load_average", others.load_average}};
}

Json size_json(const SizeMetrics& size) {
    return {{"workers", size.workers},
            {"ranks", size.ranks},
            {"runs", size.repeats},
            {"serial", size.serial},
            {"base", size.base},
            {"oversubscribed", size.oversubscribed},
            {"in_fits", size.fits()},
            {"seconds", range_json(size.time)},
            {"bytes_per_second", size.bytes_per_second},
            {"records_per_second", size.records_per_second},
            {"speedup", range_json(size.speedup)},
            {"efficiency", range_json(size.efficiency)},
            {"seconds_95_percent", size.time_interval ? range_json(*size.time_interval) : Json(nullptr)},
            {"karp_flatt", size.karp_flatt ? Json(size.karp_flatt->median) : Json(nullptr)},
            {"core_hours", size.time.median * size.workers / 3600},
            {"duplicates", size.duplicates},
            {"ceiling", size.ceiling ? ceiling_json(*size.ceiling) : Json(nullptr)},
            {"other_load", others_json(size.others)},
            {"pop_workers", pop_json(size.pop_workers)},
            {"pop_all_ranks", pop_json(size.pop_all)},
            {"peak_rss_bytes", size.peak_rss},
            {"worker_seconds", profile_json(size.workers_profile)},
            {"rank_0_seconds", size.producer_profile ? profile_json(*size.producer_profile) : Json(nullptr)}};
}

Json fit_json(const Fit& fit) {
    Json json{{"law", fit.law == Law::usl ? "usl" : fit.law == Law::amdahl ? "amdahl" : "gustafson"}};
    if (!fit.good()) {
        json["refused"] = fit.refused;
        return json;
    }
    json["work_per_second_at_1"] = interval_json(fit.rate_at_one);
    json[fit.law == Law::usl ? "alpha" : "serial"] = interval_json(fit.serial);
    if (fit.law == Law::usl) {
        json["beta"] = interval_json(fit.coherency);
        json["peak_workers"] = fit.peak ? interval_json(*fit.peak) : Json(nullptr);
    }
    json["relative_deviation"] = fit.deviation;
    json["ranges"] = "95 %: Jacobian and Student's t";
    return json;
}

Json bottleneck_json(const Bottleneck& bottleneck) {
    Json shares;
    for (const Share& share : bottleneck.shares) shares[std::string(name(share.bound))] = share.share;
    return {{"workers", bottleneck.workers},
            {"bound", name(bottleneck.bound)},
            {"shares_of_worker_time", shares},
            {"rank_0_busy", bottleneck.producer_busy},
            {"load_balance", bottleneck.load_balance},
            {"wall_growth", bottleneck.wall_growth},
            {"cpu_growth", bottleneck.cpu_growth},
            {"spread", bottleneck.spread},
            {"firm", bottleneck.firm},
            {"sentence", bottleneck.sentence}};
}

Json analysis_json(const Analysis& analysis) {
    Json json{{"mode", name(analysis.mode())},    {"setting", analysis.collection.setting},
              {"job", analysis.head.job},         {"inputs", analysis.head.inputs},
              {"command", analysis.head.command}, {"chunk_bytes", analysis.head.chunk_bytes},
              {"parts", analysis.head.parts}};
    json["sizes"] = Json::array();
    for (const SizeMetrics& size : analysis.metrics) json["sizes"].push_back(size_json(size));
    json["fits"] = Json::array();
    for (const Fit& fit : analysis.fits) json["fits"].push_back(fit_json(fit));
    json["verdict"] = bottleneck_json(analysis.bottleneck);
    json["ceiling"] = analysis.ceiling;
    json["best"] = {{"for_time", analysis.best.for_time},
                    {"for_efficiency_of_80_percent", analysis.best.for_efficiency},
                    {"for_cost", analysis.best.for_cost}};
    json["notes"] = analysis.notes;
    return json;
}

double worker_mean(const Run& run, Phase phase, double PhaseTimes::*time) {
    double sum = 0;
    double workers = 0;
    for (const RankTimes& rank : run.by_rank) {
        if (rank.role != Role::worker) continue;
        sum += rank[phase].*time;
        ++workers;
    }
    return workers > 0 ? sum / workers : 0;
}

} // namespace

std::string json_text(const std::vector<Analysis>& analyses, std::span<const RawRow> rows) {
    Json json{{"format", "ordermill study 1"}};
    for (const Provenance& fact : provenance(rows)) json["measured"].push_back(fact.value);
    json["studies"] = Json::array();
    for (const Analysis& analysis : analyses) json["studies"].push_back(analysis_json(analysis));
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string extra_p_text(const Analysis& analysis) {
    struct Metric {
        const char* name;
        double PhaseTimes::*time;
    };
    std::string text;
    for (std::size_t i = 0; i < analysis.metrics.size(); ++i) {
        if (!analysis.metrics[i].fits()) continue;
        const Size& size = analysis.collection.sizes[i];
        for (std::size_t phase = 0; phase < phase_count; ++phase) {
            for (const Metric& metric :
                 {Metric{"wall_s", &PhaseTimes::wall}, Metric{"cpu_s", &PhaseTimes::cpu}}) {
                Json values = Json::array();
                for (const Run& run : size.runs)
                    values.push_back(worker_mean(run, static_cast<Phase>(phase), metric.time));
                const std::string path = static_cast<Phase>(phase) == Phase::total
                                             ? "ordermill"
                                             : fmt::format("ordermill->{}", name(static_cast<Phase>(phase)));
                text += Json{{"params", {{"p", size.workers}}},
                             {"callpath", path},
                             {"metric", metric.name},
                             {"value", values}}
                            .dump() +
                        '\n';
            }
        }
    }
    return text;
}

void write_exports(const std::string& folder, const std::vector<Analysis>& analyses,
                   std::span<const RawRow> rows) {
    const auto write = [&](const std::string& file, const std::string& text) {
        write_file(fmt::format("{}/{}", folder, file), text);
    };
    write("study.json", json_text(analyses, rows));
    for (const Analysis& analysis : analyses) {
        if (const std::string lines = extra_p_text(analysis); !lines.empty())
            write(fmt::format("{}-extra-p.jsonl", analysis.id()), lines);
        for (const Plot& plot : plots_of(analysis)) write(plot.name + ".svg", plot.svg.file());
    }
    for (const Plot& plot : sweep_plots(analyses)) write(plot.name + ".svg", plot.svg.file());
    write("study.html", html_text(analyses, rows));
}

} // namespace ordermill::study
