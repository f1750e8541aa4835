#include "study/analysis/analysis.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace ordermill::study {
namespace {

bool belongs(const TimelineRow& row, Mode mode, const Size& size, const Run& run) {
    return row.mode == mode && row.ranks == size.ranks && row.workers == size.workers &&
           row.repeat == run.repeat && row.study == run.study;
}

/// The first of the size's runs, from the median one, that has a timeline.
std::optional<Timeline> timeline_of(const Size& size, Mode mode, std::span<const TimelineRow> rows) {
    const std::size_t middle = (size.runs.size() - 1) / 2;
    for (std::size_t i = 0; i < size.runs.size(); ++i) {
        const Run& run = size.runs[(middle + i) % size.runs.size()];
        Timeline timeline{size.workers, size.ranks, run.time(), {}};
        for (const TimelineRow& row : rows)
            if (belongs(row, mode, size, run)) timeline.rows.push_back(row);
        if (!timeline.rows.empty()) return timeline;
    }
    return std::nullopt;
}

Timeline choose_timeline(const Analysis& analysis, std::span<const TimelineRow> rows) {
    const auto& sizes = analysis.collection.sizes;
    std::vector<std::size_t> order;
    for (std::size_t i = sizes.size(); i-- > 0;)
        if (sizes[i].workers == analysis.bottleneck.workers) order.push_back(i);
    for (std::size_t i = sizes.size(); i-- > 0;) order.push_back(i);
    for (const std::size_t i : order)
        if (auto timeline = timeline_of(sizes[i], analysis.mode(), rows)) return *std::move(timeline);
    return {};
}

void add_notes(Analysis& analysis) {
    analysis.notes = analysis.collection.notes;
    const auto any = [&](auto what) {
        return std::any_of(analysis.metrics.begin(), analysis.metrics.end(), what);
    };
    if (any([](const SizeMetrics& size) { return size.oversubscribed; }))
        analysis.notes.emplace_back(
            "Sizes marked \"oversubscribed\" had more workers than cores on some host (more ranks "
            "than cores + 1): they are shown, and left out of the fits.");
    const auto base = std::find_if(analysis.metrics.begin(), analysis.metrics.end(),
                                   [](const SizeMetrics& size) { return size.base; });
    analysis.notes.push_back(fmt::format("Speedup is measured against the run with {} worker{}{}; \"min to "
                                         "max\" are the fastest and slowest run. "
                                         "Workers are counted, and rank 0, which deals and sleeps, is not.",
                                         base->workers, base->workers == 1 ? "" : "s",
                                         base->workers == 1 ? "" : ", taken for ideal"));
    if (any([](const SizeMetrics& size) { return size.serial; }))
        analysis.notes.emplace_back(
            "The serial run is one process that does everything; it is not part of the fits.");
    if (any([](const SizeMetrics& size) { return size.repeats == 1; }))
        analysis.notes.emplace_back("A size with only one run doesn't show how much its times vary.");
}

Analysis analyse_one(Collection collection, std::span<const TimelineRow> timeline) {
    Analysis analysis;
    analysis.collection = std::move(collection);
    analysis.metrics = measure(analysis.collection);
    analysis.fits = fit_laws(analysis.collection, analysis.metrics);
    analysis.bottleneck = find_bottleneck(analysis.metrics);
    analysis.timeline = choose_timeline(analysis, timeline);
    add_notes(analysis);
    return analysis;
}

} // namespace

std::vector<Analysis> analyse(std::span<const RawRow> rows, std::span<const TimelineRow> timeline) {
    std::vector<Analysis> analyses;
    std::string left_out;
    for (Collection& collection : collect(rows)) {
        if (!collection.notes.empty()) left_out = "; " + collection.notes.front();
        if (!collection.sizes.empty()) analyses.push_back(analyse_one(std::move(collection), timeline));
    }
    if (analyses.empty()) throw RowError("the rows have no whole run" + left_out);
    return analyses;
}

std::string title(Mode mode) {
    switch (mode) {
    case Mode::strong: return "Strong scaling";
    case Mode::weak: return "Weak scaling";
    case Mode::burn: return "A pure CPU loop";
    }
    return {};
}

std::vector<std::string> provenance(std::span<const RawRow> rows) {
    std::map<std::string, int> hosts; // by CPU: how many
    std::set<std::string> seen;
    std::set<std::string> builds;
    std::string first;
    std::string last;
    for (const RawRow& row : rows) {
        if (seen.insert(row.host).second) ++hosts[fmt::format("{}, {} cores", row.cpu_model, row.cores)];
        builds.insert(fmt::format("ordermill {} ({})", row.version, row.commit));
        if (first.empty() || row.date < first) first = row.date;
        last = std::max(last, row.date);
    }
    std::vector<std::string> lines;
    for (const auto& [cpu, count] : hosts)
        lines.push_back(fmt::format("{} host{}: {}", count, count == 1 ? "" : "s", cpu));
    for (const std::string& build : builds) lines.push_back(build);
    if (!first.empty()) lines.push_back(first == last ? first : first + " to " + last);
    return lines;
}

} // namespace ordermill::study
