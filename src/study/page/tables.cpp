#include "core/number/human_numbers.hpp"
#include "study/analysis/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ordermill::study {
namespace {

std::string remark(const SizeMetrics& size) {
    if (size.oversubscribed) return size.serial ? "serial, oversubscribed" : "oversubscribed";
    if (size.serial) return "serial";
    return size.base ? "base" : "";
}

std::string throughput(const SizeMetrics& size) {
    if (size.bytes_per_second > 0) return core::byte_rate_text(size.bytes_per_second);
    return size.records_per_second > 0 ? fmt::format("{}/s", core::quantity_text(size.records_per_second))
                                       : "-";
}

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

/// How well the median is known.
std::string doubt(const SizeMetrics& size) {
    if (!size.time_interval) return "-";
    return fmt::format("± {:.1f} %",
                       50 * (size.time_interval->max - size.time_interval->min) / size.time_interval->median);
}

/// The fraction, where its range says something about it.
std::string karp_flatt(const SizeMetrics& size) {
    if (!size.karp_flatt) return "-";
    const Range& fraction = *size.karp_flatt;
    const double unclear = std::max(0.05, std::abs(fraction.median));
    return fraction.max - fraction.min > unclear ? "too noisy" : fmt::format("{:.4f}", fraction.median);
}

std::string percent_range(const Interval& interval) {
    return fmt::format("{:.3g} % (95 %: {:.3g} to {:.3g} %)", interval.value * 100, interval.low * 100,
                       interval.high * 100);
}

/// How many workers, as people say it: an endless range has no upper end.
std::string peak_sentence(const Fit& fit, int most_measured) {
    if (!fit.peak) return " Within these sizes nothing shows that more workers would ever stop helping.";
    const Interval& peak = *fit.peak;
    const std::string range =
        std::isinf(peak.high)
            ? fmt::format("95 %: {} or more, perhaps never", core::quantity_text(peak.low))
            : fmt::format("95 %: {} to {}", core::quantity_text(peak.low), core::quantity_text(peak.high));
    const bool beyond = peak.value > most_measured;
    return fmt::format(
        " More workers stop helping at about {} ({}){}.", core::quantity_text(peak.value), range,
        beyond ? fmt::format("; that is beyond the {} that were measured", most_measured) : "");
}

std::string sentence_of(const Fit& fit, int most_measured) {
    if (!fit.good()) return fit.refused;
    std::string text;
    switch (fit.law) {
    case Law::amdahl:
        text = fmt::format("{}: serial share {}.", name(fit.law), percent_range(fit.serial));
        break;
    case Law::gustafson:
        text = fmt::format("{}: serial share of each run {}.", name(fit.law), percent_range(fit.serial));
        break;
    case Law::usl:
        text = fmt::format("{}: contention {}, coherency {:.3g} (95 %: {:.3g} to {:.3g}).", name(fit.law),
                           percent_range(fit.serial), fit.coherency.value, fit.coherency.low,
                           fit.coherency.high);
        break;
    }
    text += fmt::format(" The runs are off the curve by {:.1f} %, most at {} worker{} ({:+.1f} %){}.",
                        fit.deviation * 100, fit.worst_size, fit.worst_size == 1 ? "" : "s",
                        fit.worst_residual * 100, fit.describes ? "" : ": it does not describe them");
    return fit.law == Law::usl ? text + peak_sentence(fit, most_measured) : text;
}

} // namespace

std::vector<std::vector<std::string>> size_table(const Analysis& analysis) {
    const bool with_ceiling = std::any_of(analysis.metrics.begin(), analysis.metrics.end(),
                                          [](const SizeMetrics& size) { return size.ceiling.has_value(); });
    std::vector<std::vector<std::string>> table{{"workers", "ranks", "runs", "time", "95 %", "min to max",
                                                 "throughput", "speedup", "efficiency", "Karp-Flatt"}};
    if (with_ceiling) table.front().emplace_back("of the ceiling");
    table.front().emplace_back();
    for (const SizeMetrics& size : analysis.metrics) {
        table.push_back(
            {fmt::to_string(size.workers), fmt::to_string(size.ranks), fmt::to_string(size.repeats),
             core::seconds_text(size.time.median), doubt(size),
             fmt::format("{} to {}", core::seconds_text(size.time.min), core::seconds_text(size.time.max)),
             throughput(size), fmt::format("{:.2f}", size.speedup.median), percent(size.efficiency.median),
             karp_flatt(size)});
        if (with_ceiling)
            table.back().push_back(size.ceiling ? percent(size.ceiling->of_ceiling) : std::string("-"));
        table.back().push_back(remark(size));
    }
    return table;
}

std::vector<std::vector<std::string>> pop_table(const Analysis& analysis) {
    std::vector<std::vector<std::string>> table{{"workers", "over", "load balance", "communication",
                                                 "parallel", "computation scaling", "global", ""}};
    for (const SizeMetrics& size : analysis.metrics) {
        const auto add = [&](const char* over, const PopMetrics& pop) {
            table.push_back({fmt::to_string(size.workers), over, percent(pop.load_balance),
                             percent(pop.communication_efficiency), percent(pop.parallel_efficiency),
                             percent(pop.computation_scaling), percent(pop.global_efficiency), remark(size)});
        };
        add("workers", size.pop_workers);
        if (size.producer_profile) add("all ranks", size.pop_all);
    }
    return table;
}

std::vector<std::vector<std::string>> cost_table(const Analysis& analysis) {
    std::vector<std::vector<std::string>> table{{"workers", "time", "core-hours", "against the base", ""}};
    const auto base = std::find_if(analysis.metrics.begin(), analysis.metrics.end(),
                                   [](const SizeMetrics& size) { return size.base; });
    const auto per_work = [](const SizeMetrics& size) { return size.time.median * size.workers / size.work; };
    for (const SizeMetrics& size : analysis.metrics) {
        std::string best = size.fits() && size.workers == analysis.best.for_time ? "best for time" : "";
        const auto also = [&](bool is, const char* what) {
            if (is && size.fits()) best += fmt::format("{}{}", best.empty() ? "best for " : ", ", what);
        };
        also(size.workers == analysis.best.for_efficiency, "efficiency of 80 %");
        also(size.workers == analysis.best.for_cost, "cost");
        table.push_back({fmt::to_string(size.workers), core::seconds_text(size.time.median),
                         fmt::format("{:.3g}", size.time.median * size.workers / 3600),
                         fmt::format("{:.2f}", per_work(size) / per_work(*base)), best});
    }
    return table;
}

std::string best_sentence(const Analysis& analysis) {
    const BestSizes& best = analysis.best;
    if (best.for_time == 0) return "No size has a core for each worker, so none is best.";
    const auto workers = [](int count) { return fmt::format("{} worker{}", count, count == 1 ? "" : "s"); };
    return fmt::format(
        "Best for time: {}; for an efficiency of 80 % or more: {}; for cost: {}.", workers(best.for_time),
        best.for_efficiency > 0 ? "up to " + workers(best.for_efficiency) : "none", workers(best.for_cost));
}

std::vector<std::vector<std::string>> conditions_table(const Analysis& analysis) {
    std::vector<std::vector<std::string>> table{{"workers", "memory/rank", "duplicates", "others' cores",
                                                 "stolen cores", "core lost", "load average", ""}};
    for (const SizeMetrics& size : analysis.metrics) {
        table.push_back({fmt::to_string(size.workers), core::bytes_text(size.peak_rss),
                         fmt::to_string(size.duplicates), fmt::format("{:.2f}", size.others.cores),
                         fmt::format("{:.2f}", size.others.stolen),
                         fmt::format("{:.0f}/s", size.others.switches_per_second),
                         fmt::format("{:.2f}", size.others.load_average), remark(size)});
    }
    return table;
}

std::vector<std::string> fit_sentences(const Analysis& analysis) {
    std::vector<std::string> sentences;
    int most_measured = 0;
    for (const SizeMetrics& size : analysis.metrics)
        if (size.fits()) most_measured = std::max(most_measured, size.workers);
    for (const Fit& fit : analysis.fits) sentences.push_back(sentence_of(fit, most_measured));
    sentences.emplace_back(
        analysis.mode() == Mode::weak
            ? "Amdahl's law is about the same work on more workers, so it is not fitted here."
            : "Gustafson's law is about work that grows with the workers (--weak), so it is not "
              "fitted here.");
    return sentences;
}

} // namespace ordermill::study
