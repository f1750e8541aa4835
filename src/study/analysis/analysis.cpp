#include "study/analysis/analysis.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace ordermill::study {
namespace {

bool belongs(const TimelineRow& row, Mode mode, const std::string& setting, const Size& size,
             const Run& run) {
    return row.mode == mode && row.ranks == size.ranks && row.workers == size.workers &&
           row.repeat == run.repeat && row.study == run.study && row.setting == setting;
}

/// The first of the size's runs, from the median one, that has a timeline.
std::optional<Timeline> timeline_of(const Size& size, Mode mode, const std::string& setting,
                                    std::span<const TimelineRow> rows) {
    const std::size_t middle = (size.runs.size() - 1) / 2;
    for (std::size_t i = 0; i < size.runs.size(); ++i) {
        const Run& run = size.runs[(middle + i) % size.runs.size()];
        Timeline timeline{size.workers, size.ranks, run.time(), {}};
        for (const TimelineRow& row : rows)
            if (belongs(row, mode, setting, size, run)) timeline.rows.push_back(row);
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
        if (auto timeline = timeline_of(sizes[i], analysis.mode(), analysis.collection.setting, rows))
            return *std::move(timeline);
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

/// n copies of the base's inputs have n times its duplicates, or the work isn't what grows.
void note_duplicates(Analysis& analysis) {
    const SizeMetrics& first = analysis.metrics.front();
    for (const SizeMetrics& size : analysis.metrics) {
        if (analysis.mode() != Mode::weak) continue;
        const double expected =
            static_cast<double>(first.duplicates) * size.workers / static_cast<double>(first.workers);
        if (static_cast<double>(size.duplicates) == expected) continue;
        analysis.notes.push_back(fmt::format("The work of {} workers isn't {} times that of {}: {} "
                                             "duplicates instead of {:.0f}. Their efficiencies "
                                             "can't be compared.",
                                             size.workers, size.workers / first.workers, first.workers,
                                             size.duplicates, expected));
    }
}

BestSizes best_sizes(const std::vector<SizeMetrics>& metrics) {
    BestSizes best;
    const SizeMetrics* quickest = nullptr;
    const SizeMetrics* cheapest = nullptr;
    for (const SizeMetrics& size : metrics) {
        if (!size.fits()) continue;
        const double per_work = size.time.median / size.work;
        if (quickest == nullptr || per_work < quickest->time.median / quickest->work) quickest = &size;
        if (cheapest == nullptr ||
            per_work * size.workers < cheapest->time.median / cheapest->work * cheapest->workers)
            cheapest = &size;
        if (size.efficiency.median >= good_efficiency) best.for_efficiency = size.workers;
    }
    if (quickest != nullptr) best.for_time = quickest->workers;
    if (cheapest != nullptr) best.for_cost = cheapest->workers;
    return best;
}

Analysis analyse_one(Collection collection, const Collection* ceiling, std::span<const RawRow> rows,
                     std::span<const TimelineRow> timeline) {
    Analysis analysis;
    analysis.collection = std::move(collection);
    const auto head = std::find_if(rows.begin(), rows.end(), [&](const RawRow& row) {
        return row.mode == analysis.mode() && row.setting == analysis.collection.setting;
    });
    if (head != rows.end()) analysis.head = *head;
    analysis.metrics = measure(analysis.collection, ceiling);
    analysis.ceiling = ceiling_sentence(analysis.metrics);
    analysis.best = best_sizes(analysis.metrics);
    analysis.fits = fit_laws(analysis.collection, analysis.metrics);
    analysis.bottleneck = find_bottleneck(analysis.metrics);
    analysis.timeline = choose_timeline(analysis, timeline);
    add_notes(analysis);
    note_duplicates(analysis);
    if (ceiling != nullptr)
        analysis.notes.insert(analysis.notes.end(), ceiling->notes.begin(), ceiling->notes.end());
    return analysis;
}

} // namespace

std::vector<Analysis> analyse(std::span<const RawRow> rows, std::span<const TimelineRow> timeline) {
    std::vector<Analysis> analyses;
    std::string left_out;
    std::vector<Collection> collections = collect(rows);
    for (Collection& collection : collections) {
        if (is_ceiling(collection.mode)) continue;
        if (!collection.notes.empty()) left_out = "; " + collection.notes.front();
        if (collection.sizes.empty()) continue;
        const auto ceiling =
            std::find_if(collections.begin(), collections.end(), [&](const Collection& other) {
                return other.mode == ceiling_of(collection.mode) && other.setting == collection.setting;
            });
        analyses.push_back(analyse_one(
            std::move(collection),
            ceiling != collections.end() && !ceiling->sizes.empty() ? &*ceiling : nullptr, rows, timeline));
    }
    if (analyses.empty()) throw RowError("the rows have no whole run" + left_out);
    // Settings in the order in which they were measured: 64KiB before 1MiB.
    std::map<std::string, std::size_t> first_row;
    for (std::size_t i = 0; i < rows.size(); ++i) first_row.try_emplace(rows[i].setting, i);
    std::stable_sort(analyses.begin(), analyses.end(), [&](const Analysis& a, const Analysis& b) {
        return std::pair(a.mode(), first_row[a.collection.setting]) <
               std::pair(b.mode(), first_row[b.collection.setting]);
    });
    return analyses;
}

std::string Analysis::id() const {
    std::string id(name(mode()));
    if (collection.setting.empty()) return id;
    id += '-';
    for (const char c : collection.setting) // of a file's name, and of an element's
        id +=
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ? c : '-';
    return id;
}

std::string title(const Analysis& analysis) {
    const std::string& setting = analysis.collection.setting;
    return setting.empty() ? title(analysis.mode()) : fmt::format("{}, {}", title(analysis.mode()), setting);
}

std::string title(Mode mode) {
    switch (mode) {
    case Mode::strong_ceiling:
    case Mode::weak_ceiling: return "The machine's ceiling";
    case Mode::strong: return "Strong scaling";
    case Mode::weak: return "Weak scaling";
    case Mode::burn: return "A pure CPU loop";
    }
    return {};
}

std::vector<Provenance> provenance(std::span<const RawRow> rows) {
    std::map<std::string, int> hosts; // by CPU: how many
    std::set<std::string> seen;
    std::set<std::string> builds;
    std::string first;
    std::string last;
    for (const RawRow& row : rows) {
        if (seen.insert(row.host).second) ++hosts[fmt::format("{}, {} cores", row.cpu_model, row.cores)];
        builds.insert(fmt::format("ordermill {} (commit {}){}{}", row.version, row.commit,
                                  row.build.empty() ? "" : ", built with ", row.build));
        if (first.empty() || row.date < first) first = row.date;
        last = std::max(last, row.date);
    }
    std::vector<Provenance> facts;
    for (const auto& [cpu, count] : hosts)
        facts.push_back({"Machine", fmt::format("{} host{}: {}", count, count == 1 ? "" : "s", cpu)});
    for (const std::string& build : builds) facts.push_back({"Program", build});
    if (!first.empty()) facts.push_back({"Measured", first == last ? first : first + " to " + last});
    return facts;
}

} // namespace ordermill::study
