#include "core/number/human_numbers.hpp"
#include "study/page/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace ordermill::study {
namespace {

constexpr double width = 560;
constexpr double height = 340;
constexpr double left = 64;
constexpr double right = 20;
constexpr double top = 56;
constexpr double bottom = 52;

/// Fills that people tell apart, those of the phases.
constexpr std::string_view fills[] = {"clean", "deal", "resolve", "exchange", "write", "read"};

std::string_view option_of(const Analysis& analysis) {
    const std::string_view setting = analysis.collection.setting;
    return setting.substr(0, setting.find('='));
}

std::string_view value_of(const Analysis& analysis) {
    const std::string_view setting = analysis.collection.setting;
    return setting.substr(setting.find('=') + 1);
}

/// The times of one number of workers over the values.
struct Series {
    struct Point {
        std::size_t value = 0;
        Range time;
    };
    std::vector<Point> points;
};

std::map<int, Series> series_of(const std::vector<const Analysis*>& values) {
    std::map<int, Series> series;
    for (std::size_t i = 0; i < values.size(); ++i)
        for (const SizeMetrics& size : values[i]->metrics)
            if (!size.serial) series[size.workers].points.push_back({i, size.time});
    return series;
}

/// The value with the least median time of the largest size.
std::string best_text(const std::vector<const Analysis*>& values, const std::map<int, Series>& series) {
    const auto& [workers, largest] = *series.rbegin();
    const auto best = std::min_element(
        largest.points.begin(), largest.points.end(),
        [](const Series::Point& a, const Series::Point& b) { return a.time.median < b.time.median; });
    std::string text =
        fmt::format("Median times, with bars from the fastest to the slowest run. At {} worker{} {} is "
                    "quickest, {}",
                    workers, workers == 1 ? "" : "s", values[best->value]->collection.setting,
                    core::seconds_text(best->time.median));
    const bool apart =
        std::all_of(largest.points.begin(), largest.points.end(), [&](const Series::Point& point) {
            return point.value == best->value || point.time.min > best->time.max;
        });
    return text + (apart ? "." : "; but its runs overlap with another's, so that may be noise.");
}

Plot sweep_plot(const std::vector<const Analysis*>& values) {
    const auto series = series_of(values);
    const std::string caption = best_text(values, series);
    double highest = 0;
    for (const auto& [workers, one] : series)
        for (const Series::Point& point : one.points) highest = std::max(highest, point.time.max);
    Svg svg(width, height, caption);
    const Scale y{0, highest > 0 ? highest * 1.05 : 1, height - bottom, top, false};
    for (const double tick : round_ticks(0, y.high, 6)) {
        svg.line({left, y.at(tick)}, {width - right, y.at(tick)}, "grid");
        svg.text({left - 8, y.at(tick) + 4}, core::seconds_text(tick), Anchor::end);
    }
    svg.line({left, height - bottom}, {width - right, height - bottom}, "axis");
    const double pitch = (width - right - left) / static_cast<double>(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        svg.text({left + pitch * (static_cast<double>(i) + 0.5), height - bottom + 19}, value_of(*values[i]),
                 Anchor::middle);
    svg.text({(left + width - right) / 2, height - 10}, option_of(*values.front()), Anchor::middle);
    double legend = left;
    double shift = -0.5 * static_cast<double>(series.size() - 1);
    std::size_t fill = 0;
    for (const auto& [workers, one] : series) {
        const std::string_view css = fills[fill++ % std::size(fills)];
        std::vector<Place> places;
        for (const Series::Point& point : one.points)
            places.push_back({left + pitch * (static_cast<double>(point.value) + 0.5) + 12 * shift,
                              y.at(point.time.median)});
        svg.path(places, "series");
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Range& time = one.points[i].time;
            svg.line({places[i].x, y.at(time.min)}, {places[i].x, y.at(time.max)}, "axis");
            svg.circle(places[i], 4.5, css,
                       fmt::format("{} workers, {}: {}", workers,
                                   values[one.points[i].value]->collection.setting,
                                   core::seconds_text(time.median)));
        }
        const std::string words = fmt::format("{} worker{}", workers, workers == 1 ? "" : "s");
        if (legend + 100 < width) {
            svg.circle({legend + 6, 18}, 4.5, css);
            svg.text({legend + 18, 22}, words);
        }
        legend += 100;
        ++shift;
    }
    const std::string option(option_of(*values.front()));
    return {fmt::format("{}-sweep-{}", name(values.front()->mode()), option),
            fmt::format("{}: time by {}", title(values.front()->mode()), option), caption, std::move(svg)};
}

} // namespace

std::vector<Plot> sweep_plots(const std::vector<Analysis>& analyses) {
    std::map<std::pair<Mode, std::string_view>, std::vector<const Analysis*>> sweeps;
    for (const Analysis& analysis : analyses)
        if (!analysis.collection.setting.empty())
            sweeps[{analysis.mode(), option_of(analysis)}].push_back(&analysis);
    std::vector<Plot> plots;
    for (const auto& [which, values] : sweeps)
        if (values.size() > 1) plots.push_back(sweep_plot(values));
    return plots;
}

} // namespace ordermill::study
