#include "core/number/human_numbers.hpp"
#include "study/page/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace ordermill::study {
namespace {

constexpr double width = 1140;
constexpr double left = 128;
constexpr double right = 28;
constexpr double top = 44;
constexpr double bottom = 42;

/// Phases by name, where there are any; then what is in no phase.
void draw_legend(Svg& svg, const std::set<Phase>& phases, bool other) {
    double x = left;
    const auto entry = [&](std::string_view words) {
        svg.rectangle({x, 12}, 13, 13, words);
        svg.text({x + 19, 23}, words);
        x += 40 + 7.0 * static_cast<double>(words.size());
    };
    for (const Phase phase : stacking)
        if (phases.contains(phase)) entry(name(phase));
    if (other) entry("other");
}

/// Ticks share the unit of the longest.
std::string tick_text(double seconds, double longest) {
    if (longest < 1e-3) return fmt::format("{:.6g} us", seconds * 1e6);
    if (longest < 1) return fmt::format("{:.6g} ms", seconds * 1e3);
    return fmt::format("{:.6g} s", seconds);
}

/// `share`: of the whole, instead of seconds.
void draw_ticks(Svg& svg, const Scale& x, double height, bool share = false) {
    for (const double tick : round_ticks(0, x.high, share ? 10 : 8)) {
        svg.line({x.at(tick), top - 6}, {x.at(tick), height - bottom}, "grid");
        svg.text({x.at(tick), height - bottom + 18},
                 share ? fmt::format("{:.0f} %", tick * 100) : tick_text(tick, x.high), Anchor::middle);
    }
    svg.line({left, height - bottom}, {width - right, height - bottom}, "axis");
}

/// One stacked bar of the phase plot.
struct Bar {
    std::string label;
    std::string css;
    const Profile* profile = nullptr;
};

struct BarGroup {
    std::vector<Bar> bars;
};

std::vector<BarGroup> groups_of(const Analysis& analysis) {
    std::vector<BarGroup> groups;
    for (const SizeMetrics& size : analysis.metrics) {
        BarGroup group;
        group.bars.push_back({size.serial ? "serial"
                                          : fmt::format("{} worker{}", core::quantity_text(size.workers),
                                                        size.workers == 1 ? "" : "s"),
                              "label strong", &size.workers_profile});
        if (size.producer_profile) group.bars.push_back({"rank 0", "label", &*size.producer_profile});
        groups.push_back(std::move(group));
    }
    return groups;
}

/// `whole`: how many seconds the scale's 1 is.
void draw_bar(Svg& svg, const Scale& x, double y, double thickness, const Bar& bar, double whole) {
    svg.text({left - 10, y + thickness / 2 + 4}, bar.label, Anchor::end, bar.css);
    double begin = 0;
    const auto part = [&](std::string_view phase, double seconds) {
        if (seconds <= 0) return;
        const double size = seconds / whole;
        svg.rectangle({x.at(begin), y}, x.at(begin + size) - x.at(begin), thickness, phase,
                      fmt::format("{}, {}: {}", bar.label, phase, core::seconds_text(seconds)));
        begin += size;
    };
    for (const Phase phase : stacking) part(name(phase), (*bar.profile)[phase]);
    part("other", bar.profile->other);
}

double length(const Profile& profile) {
    double sum = profile.other;
    for (const Phase phase : stacking) sum += profile[phase];
    return sum;
}

/// The ranks that are shown, 0 among them.
std::vector<int> shown_ranks(const Timeline& timeline) {
    std::set<int> present;
    for (const TimelineRow& row : timeline.rows) present.insert(row.rank);
    std::vector<int> all(present.begin(), present.end());
    if (all.size() <= static_cast<std::size_t>(most_timeline_ranks)) return all;
    std::set<int> chosen;
    for (int i = 0; i < most_timeline_ranks; ++i)
        chosen.insert(all[static_cast<std::size_t>(i) * (all.size() - 1) / (most_timeline_ranks - 1)]);
    return {chosen.begin(), chosen.end()};
}

/// A rank's row in steps of one unit of the picture: which phase takes most of each. So a row has a bounded
/// number of bars, however many intervals there are.
class Raster {
  public:
    explicit Raster(const Scale& x) : x_(x), cells_(static_cast<std::size_t>(x.to - x.from) + 1) {}

    void add(const TimelineRow& row) {
        const double begin = std::max(x_.at(row.begin_s) - x_.from, 0.0);
        const double end = std::min(x_.at(row.end_s) - x_.from, static_cast<double>(cells_.size()));
        for (auto i = static_cast<std::size_t>(begin); i < cells_.size() && static_cast<double>(i) < end;
             ++i) {
            const double from = std::max(begin, static_cast<double>(i));
            const double to = std::min(end, static_cast<double>(i + 1));
            cells_[i][static_cast<std::size_t>(row.phase)] += to - from;
        }
    }

    void draw(Svg& svg, double y, double thickness) const {
        for (std::size_t i = 0; i < cells_.size();) {
            const Phase phase = leading(i);
            std::size_t end = i + 1;
            while (end < cells_.size() && leading(end) == phase) ++end;
            if (phase != Phase::total)
                svg.rectangle({x_.from + static_cast<double>(i), y}, static_cast<double>(end - i), thickness,
                              name(phase));
            i = end;
        }
    }

  private:
    /// `total`: none.
    Phase leading(std::size_t i) const {
        const auto& cell = cells_[i];
        const auto most = std::max_element(cell.begin(), cell.end());
        return *most > 0 ? static_cast<Phase>(most - cell.begin()) : Phase::total;
    }

    Scale x_;
    std::vector<std::array<double, phase_count>> cells_;
};

/// Bars of all sizes, in seconds or each as a whole.
Plot stacked_plot(const Analysis& analysis, bool share, std::string_view file, std::string_view title,
                  const std::string& caption) {
    constexpr double thickness = 19;
    constexpr double gap = 3;
    constexpr double group_gap = 12;
    const auto groups = groups_of(analysis);
    double height = top + bottom;
    double longest = 0;
    std::set<Phase> phases;
    bool other = false;
    for (const BarGroup& group : groups) {
        height += static_cast<double>(group.bars.size()) * (thickness + gap) + group_gap;
        for (const Bar& bar : group.bars) {
            longest = std::max(longest, length(*bar.profile));
            other = other || bar.profile->other > 0;
            for (const Phase phase : stacking)
                if ((*bar.profile)[phase] > 0) phases.insert(phase);
        }
    }
    Svg svg(width, height, caption);
    const double end = share ? 1 : longest > 0 ? longest * 1.02 : 1;
    const Scale x{0, end, left, width - right};
    draw_ticks(svg, x, height, share);
    draw_legend(svg, phases, other);
    double y = top;
    for (const BarGroup& group : groups) {
        for (const Bar& bar : group.bars) {
            const double whole = length(*bar.profile);
            draw_bar(svg, x, y, thickness, bar, share && whole > 0 ? whole : 1);
            y += thickness + gap;
        }
        y += group_gap;
    }
    return {fmt::format("{}-{}", analysis.id(), file), std::string(title), caption, std::move(svg)};
}

} // namespace

Plot phase_plot(const Analysis& analysis) {
    return stacked_plot(analysis, false, "phases", "Time by phase",
                        "Seconds in each phase of the median run: the workers' mean, and rank 0. " +
                            analysis.bottleneck.sentence);
}

Plot phase_share_plot(const Analysis& analysis) {
    return stacked_plot(analysis, true, "phase-shares", "Shares of each run's time",
                        "The same, each bar as 100 % of its own time, so that short runs can be read.");
}

Plot timeline_plot(const Analysis& analysis) {
    const Timeline& timeline = analysis.timeline;
    const std::vector<int> ranks = shown_ranks(timeline);
    const double pitch = std::clamp(460.0 / static_cast<double>(ranks.size()), 9.0, 26.0);
    const double height = top + bottom + pitch * static_cast<double>(ranks.size());
    double end = timeline.seconds;
    std::set<Phase> phases;
    for (const TimelineRow& row : timeline.rows) {
        end = std::max(end, row.end_s);
        phases.insert(row.phase);
    }
    const Scale x{0, end > 0 ? end : 1, left, width - right};
    std::map<int, Raster> rows;
    for (const int rank : ranks) rows.emplace(rank, x);
    for (const TimelineRow& row : timeline.rows)
        if (const auto at = rows.find(row.rank); at != rows.end()) at->second.add(row);
    std::string caption =
        fmt::format("What each rank did during the run with {} worker{}, {} long.", timeline.workers,
                    timeline.workers == 1 ? "" : "s", core::seconds_text(timeline.seconds));
    if (static_cast<int>(ranks.size()) < timeline.ranks)
        caption += fmt::format(" {} of its {} ranks are shown.", ranks.size(), timeline.ranks);
    Svg svg(width, height, caption);
    draw_ticks(svg, x, height);
    draw_legend(svg, phases, false);
    double y = top;
    double free_from = 0; // of labels
    for (const auto& [rank, raster] : rows) {
        raster.draw(svg, y + pitch * 0.1, pitch * 0.8);
        if (y >= free_from) {
            svg.text({left - 10, y + pitch / 2 + 4}, fmt::format("rank {}", rank), Anchor::end,
                     rank == 0 ? "label strong" : "label");
            free_from = y + 13;
        }
        y += pitch;
    }
    return {fmt::format("{}-timeline", analysis.id()), "Timeline", caption, std::move(svg)};
}

std::vector<Plot> plots_of(const Analysis& analysis) {
    std::vector<Plot> plots{time_plot(analysis), speedup_plot(analysis), efficiency_plot(analysis),
                            phase_plot(analysis), phase_share_plot(analysis)};
    if (!analysis.timeline.rows.empty()) plots.push_back(timeline_plot(analysis));
    return plots;
}

} // namespace ordermill::study
