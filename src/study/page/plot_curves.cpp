#include "core/number/human_numbers.hpp"
#include "study/page/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ordermill::study {
namespace {

constexpr double width = 560;
constexpr double height = 360;
constexpr double left = 58;
constexpr double right = 20;
constexpr double top = 40;
constexpr double bottom = 48;

/// A curve over the workers: what is measured, the ideal, and a law's.
struct Curve {
    std::string name;
    const Range& (*range)(const SizeMetrics&);
    double (*ideal)(double workers);
    std::string (*label)(double value);
    bool from_zero; ///< and never logarithmic
};

const SizeMetrics& base_of(const Analysis& analysis) {
    return *std::find_if(analysis.metrics.begin(), analysis.metrics.end(),
                         [](const SizeMetrics& size) { return size.base; });
}

/// The law that is drawn: USL where there is one. May be null.
const Fit* best_fit(const Analysis& analysis) {
    const Fit* best = nullptr;
    for (const Fit& fit : analysis.fits)
        if (fit.good()) best = &fit;
    return best;
}

/// The fitted speedup.
double fitted(const Analysis& analysis, const Fit& fit, double workers) {
    const auto& metrics = analysis.metrics;
    const SizeMetrics& base = base_of(analysis);
    const std::size_t at = static_cast<std::size_t>(&base - metrics.data());
    const double base_rate = analysis.collection.sizes[at].work() / base.time.median;
    return base.workers * fit.rate(workers) / base_rate;
}

std::vector<const SizeMetrics*> drawn(const Analysis& analysis) {
    std::vector<const SizeMetrics*> sizes;
    for (const SizeMetrics& size : analysis.metrics)
        if (!size.serial) sizes.push_back(&size);
    return sizes;
}

struct Axes {
    Scale x;
    Scale y;
};

Axes axes_for(const std::vector<const SizeMetrics*>& sizes, const Curve& curve) {
    Axes axes;
    const double least = sizes.front()->workers;
    const double most = sizes.back()->workers;
    const bool wide = most / least >= 16;
    axes.x = {least, most, left + 14, width - right - 14, wide};
    if (least == most)
        axes.x = {least - 1, least + 1, left, width - right, false};
    else if (!wide)
        axes.x.low = least;
    double low = INFINITY;
    double high = 0;
    for (const SizeMetrics* size : sizes) {
        const double ideal = curve.ideal(size->workers);
        low = std::min({low, curve.range(*size).min, ideal});
        high = std::max({high, curve.range(*size).max, ideal});
    }
    const bool logarithmic = wide && !curve.from_zero && low > 0;
    axes.y = {logarithmic ? low * 0.9 : 0, high * (logarithmic ? 1.1 : 1.05), height - bottom, top,
              logarithmic};
    return axes;
}

void draw_axes(Svg& svg, const Axes& axes, const std::vector<const SizeMetrics*>& sizes, const Curve& curve) {
    const auto rows =
        axes.y.logarithmic ? binary_ticks(axes.y.low, axes.y.high, 8) : round_ticks(0, axes.y.high, 6);
    for (const double value : rows) {
        const double y = axes.y.at(value);
        svg.line({left, y}, {width - right, y}, "grid");
        svg.text({left - 8, y + 4}, curve.label(value), Anchor::end);
    }
    double free_from = 0; // labels don't run into each other
    for (const SizeMetrics* size : sizes) {
        const double x = axes.x.at(size->workers);
        svg.line({x, height - bottom}, {x, height - bottom + 5}, "axis");
        if (x < free_from) continue;
        svg.text({x, height - bottom + 19}, core::quantity_text(size->workers), Anchor::middle);
        free_from = x + 30;
    }
    svg.line({left, height - bottom}, {width - right, height - bottom}, "axis");
    svg.text({(left + width - right) / 2, height - 10}, "workers", Anchor::middle);
}

/// A line over the whole range of workers, where it stays within the axes.
template<typename Value>
void draw_line(Svg& svg, const Axes& axes, double from, double to, std::string_view css, Value value) {
    constexpr int steps = 60;
    std::vector<Place> places;
    for (int i = 0; i <= steps; ++i) {
        const double part = static_cast<double>(i) / steps;
        const double n = axes.x.logarithmic ? from * std::pow(to / from, part) : from + (to - from) * part;
        const double y = value(n);
        if (y >= axes.y.low && y <= axes.y.high) places.push_back({axes.x.at(n), axes.y.at(y)});
    }
    svg.path(places, css);
}

void draw_points(Svg& svg, const Axes& axes, const std::vector<const SizeMetrics*>& sizes,
                 const Curve& curve) {
    std::vector<Place> places;
    for (const SizeMetrics* size : sizes)
        places.push_back({axes.x.at(size->workers), axes.y.at(curve.range(*size).median)});
    svg.path(places, "measured");
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const SizeMetrics& size = *sizes[i];
        const Range& range = curve.range(size);
        const double x = places[i].x;
        const double low = axes.y.at(range.min);
        const double high = axes.y.at(range.max);
        svg.line({x, low}, {x, high}, "spread");
        for (const double y : {low, high}) svg.line({x - 5, y}, {x + 5, y}, "spread");
        svg.circle(places[i], 4.5, size.oversubscribed ? "hollow" : "point",
                   fmt::format("{} workers: {} (min {}, max {}, {} runs){}", size.workers,
                               curve.label(range.median), curve.label(range.min), curve.label(range.max),
                               size.repeats, size.oversubscribed ? ", oversubscribed" : ""));
    }
}

void draw_legend(Svg& svg, const Fit* fit, bool hollow) {
    double x = left;
    const double y = 18;
    const auto entry = [&](std::string_view words, double room) {
        svg.text({x + 26, y + 4}, words);
        x += room;
    };
    svg.line({x, y}, {x + 20, y}, "measured");
    svg.circle({x + 10, y}, 4, "point");
    entry("measured, min to max", 176);
    svg.line({x, y}, {x + 20, y}, "ideal");
    entry("ideal", 74);
    if (fit != nullptr) {
        svg.line({x, y}, {x + 20, y}, "fit");
        entry(fit->law == Law::usl      ? "fit: USL"
              : fit->law == Law::amdahl ? "fit: Amdahl"
                                        : "fit: Gustafson",
              116);
    }
    if (hollow) {
        svg.circle({x + 10, y}, 4, "hollow");
        entry("oversubscribed", 0);
    }
}

std::string description_of(const std::vector<const SizeMetrics*>& sizes, const Curve& curve) {
    std::string text = curve.name + ":";
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const SizeMetrics& size = *sizes[i];
        text += fmt::format("{} {} at {} worker{}{}", i == 0 ? "" : ",",
                            curve.label(curve.range(size).median), size.workers, size.workers == 1 ? "" : "s",
                            size.oversubscribed ? " (oversubscribed)" : "");
    }
    return text + '.';
}

Plot curve_plot(const Analysis& analysis, const Curve& curve, std::string_view file) {
    const auto sizes = drawn(analysis);
    const Axes axes = axes_for(sizes, curve);
    const std::string description = description_of(sizes, curve);
    Svg svg(width, height, description);
    draw_axes(svg, axes, sizes, curve);
    const double from = sizes.front()->workers;
    const double to = sizes.back()->workers;
    draw_line(svg, axes, from, to, "ideal", curve.ideal);
    const Fit* fit = best_fit(analysis);
    if (fit != nullptr)
        draw_line(svg, axes, from, to, "fit",
                  [&](double n) { return fitted(analysis, *fit, n) * (curve.from_zero ? 1 / n : 1.0); });
    draw_points(svg, axes, sizes, curve);
    draw_legend(svg, fit, std::any_of(sizes.begin(), sizes.end(), [](const auto* size) {
                    return size->oversubscribed;
                }));
    return {fmt::format("{}-{}", name(analysis.mode()), file), curve.name, description, std::move(svg)};
}

} // namespace

Plot speedup_plot(const Analysis& analysis) {
    const Curve curve{analysis.mode() == Mode::weak ? "Scaled speedup" : "Speedup",
                      [](const SizeMetrics& size) -> const Range& { return size.speedup; },
                      [](double workers) { return workers; },
                      [](double value) { return core::quantity_text(value); }, false};
    return curve_plot(analysis, curve, "speedup");
}

Plot efficiency_plot(const Analysis& analysis) {
    const Curve curve{"Efficiency", [](const SizeMetrics& size) -> const Range& { return size.efficiency; },
                      [](double) { return 1.0; },
                      [](double value) { return fmt::format("{:.0f} %", value * 100); }, true};
    return curve_plot(analysis, curve, "efficiency");
}

} // namespace ordermill::study
