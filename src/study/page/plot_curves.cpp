#include "core/number/human_numbers.hpp"
#include "study/page/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ordermill::study {
namespace {

constexpr double width = 560;
constexpr double height = 396;
constexpr double left = 64;
constexpr double right = 20;
constexpr double top = 76;
constexpr double bottom = 48;

/// What a curve needs to know of the base.
struct Base {
    double workers = 1;
    double seconds = 1;
    bool work_grows = false;
};

/// A curve over the workers. All of them follow from the speedup: so do the ideal (speedup n), the laws and
/// the ceiling.
struct Curve {
    std::string name;
    std::string axis;
    const Range& (*range)(const SizeMetrics&);
    double (*of_speedup)(double speedup, double workers, const Base& base);
    std::string (*label)(double value);
    bool from_zero; ///< and never logarithmic
};

const SizeMetrics& base_of(const Analysis& analysis) {
    return *std::find_if(analysis.metrics.begin(), analysis.metrics.end(),
                         [](const SizeMetrics& size) { return size.base; });
}

struct Axes {
    Scale x;
    Scale y;
};

/// One plot while it is drawn.
class CurvePlot {
  public:
    CurvePlot(const Analysis& analysis, const Curve& curve)
        : analysis_(analysis), curve_(curve),
          base_metrics_(base_of(analysis)), base_{static_cast<double>(base_metrics_.workers),
                                                  base_metrics_.time.median, analysis.mode() == Mode::weak} {
        for (const SizeMetrics& size : analysis.metrics)
            if (!size.serial) sizes_.push_back(&size);
        for (const Fit& fit : analysis.fits)
            if (fit.good()) fits_.push_back(&fit);
        axes_ = axes();
    }

    Plot draw(std::string_view file) {
        const std::string description = describe();
        Svg svg(width, height, description);
        draw_axes(svg);
        for (const Fit* fit : fits_) draw_band(svg, *fit);
        draw_line(svg, "ideal", [](double n) { return n; });
        for (const Fit* fit : fits_)
            draw_line(svg, line_class(*fit), [&](double n) { return fitted(fit->rate(n)); });
        draw_ceiling(svg);
        draw_points(svg);
        draw_legend(svg);
        return {fmt::format("{}-{}", analysis_.id(), file), curve_.name, description, std::move(svg)};
    }

  private:
    double value(double speedup, double workers) const { return curve_.of_speedup(speedup, workers, base_); }

    /// A rate as a speedup.
    double fitted(double rate) const { return base_.workers * rate / (base_metrics_.work / base_.seconds); }

    static std::string_view line_class(const Fit& fit) { return fit.law == Law::usl ? "fit" : "law"; }

    bool any_ceiling() const {
        return std::any_of(sizes_.begin(), sizes_.end(),
                           [](const auto* size) { return size->ceiling.has_value(); });
    }

    Axes axes() const {
        Axes axes;
        const double least = sizes_.front()->workers;
        const double most = sizes_.back()->workers;
        const bool wide = most / least >= 16;
        axes.x = {least, most, left + 14, width - right - 14, wide};
        if (least == most) axes.x = {least - 1, least + 1, left, width - right, false};
        double low = INFINITY;
        double high = 0;
        const auto cover = [&](double value) {
            low = std::min(low, value);
            high = std::max(high, value);
        };
        for (const SizeMetrics* size : sizes_) {
            cover(value(size->workers, size->workers));
            cover(curve_.range(*size).min);
            cover(curve_.range(*size).max);
            if (size->ceiling) cover(value(size->ceiling->speedup, size->workers));
        }
        const bool logarithmic = wide && !curve_.from_zero && low > 0;
        axes.y = {logarithmic ? low * 0.9 : 0, high * (logarithmic ? 1.1 : 1.05), height - bottom, top,
                  logarithmic};
        return axes;
    }

    void draw_axes(Svg& svg) const {
        const auto rows = axes_.y.logarithmic ? binary_ticks(axes_.y.low, axes_.y.high, 8)
                                              : round_ticks(0, axes_.y.high, 6);
        for (const double row : rows) {
            const double y = axes_.y.at(row);
            svg.line({left, y}, {width - right, y}, "grid");
            svg.text({left - 8, y + 4}, curve_.label(row), Anchor::end);
        }
        double free_from = 0; // labels don't run into each other
        for (const SizeMetrics* size : sizes_) {
            const double x = axes_.x.at(size->workers);
            svg.line({x, height - bottom}, {x, height - bottom + 5}, "axis");
            if (x < free_from) continue;
            svg.text({x, height - bottom + 19}, core::quantity_text(size->workers), Anchor::middle);
            free_from = x + 30;
        }
        svg.line({left, height - bottom}, {width - right, height - bottom}, "axis");
        const auto with_scale = [](const std::string& name, const Scale& scale) {
            return scale.logarithmic ? name + " (logarithmic)" : name;
        };
        svg.text({(left + width - right) / 2, height - 10}, with_scale("workers", axes_.x), Anchor::middle);
        svg.text({12, top - 16}, with_scale(curve_.axis, axes_.y));
    }

    /// Some 60 places over the whole range of workers.
    template<typename Draw>
    void along(Draw draw) const {
        constexpr int steps = 60;
        const double from = sizes_.front()->workers;
        const double to = sizes_.back()->workers;
        for (int i = 0; i <= steps; ++i) {
            const double part = static_cast<double>(i) / steps;
            draw(axes_.x.logarithmic ? from * std::pow(to / from, part) : from + (to - from) * part);
        }
    }

    /// Where it stays within the axes.
    template<typename Speedup>
    void draw_line(Svg& svg, std::string_view css, Speedup speedup) const {
        std::vector<Place> places;
        along([&](double n) {
            const double y = value(speedup(n), n);
            if (y >= axes_.y.low && y <= axes_.y.high) places.push_back({axes_.x.at(n), axes_.y.at(y)});
        });
        svg.path(places, css);
    }

    /// The law's range of 95 %, cut at the axes.
    void draw_band(Svg& svg, const Fit& fit) const {
        std::vector<Place> upper;
        std::vector<Place> lower;
        along([&](double n) {
            const Interval rate = fit.rate_interval(n);
            const auto at = [&](double each) {
                return axes_.y.at(std::clamp(value(fitted(each), n), axes_.y.low, axes_.y.high));
            };
            upper.push_back({axes_.x.at(n), at(rate.high)});
            lower.push_back({axes_.x.at(n), at(rate.low)});
        });
        upper.insert(upper.end(), lower.rbegin(), lower.rend());
        svg.area(upper, fit.law == Law::usl ? "fit-range" : "law-range");
    }

    void draw_ceiling(Svg& svg) const {
        std::vector<Place> places;
        for (const SizeMetrics* size : sizes_)
            if (size->ceiling)
                places.push_back(
                    {axes_.x.at(size->workers), axes_.y.at(value(size->ceiling->speedup, size->workers))});
        if (places.size() > 1) svg.path(places, "ceiling");
        for (const Place& place : places) svg.circle(place, 3, "ceiling-point");
    }

    void draw_points(Svg& svg) const {
        for (const SizeMetrics* size : sizes_) {
            const Range& range = curve_.range(*size);
            const double x = axes_.x.at(size->workers);
            const double low = axes_.y.at(range.min);
            const double high = axes_.y.at(range.max);
            svg.line({x, low}, {x, high}, "spread");
            for (const double y : {low, high}) svg.line({x - 5, y}, {x + 5, y}, "spread");
            svg.circle({x, axes_.y.at(range.median)}, 4.5, size->oversubscribed ? "hollow" : "point",
                       fmt::format("{} workers: {} (min {}, max {}, {} runs){}", size->workers,
                                   curve_.label(range.median), curve_.label(range.min),
                                   curve_.label(range.max), size->repeats,
                                   size->oversubscribed ? ", oversubscribed" : ""));
        }
    }

    void draw_legend(Svg& svg) const {
        double x = left;
        double y = 16;
        const auto entry = [&](std::string_view words, const auto& mark) {
            const double room = 44 + 6.6 * static_cast<double>(words.size());
            if (x + room > width - right) {
                x = left;
                y += 20;
            }
            mark();
            svg.text({x + 26, y + 4}, words);
            x += room;
        };
        const auto stroke = [&](std::string_view css) {
            return [&, css] { svg.line({x, y}, {x + 20, y}, css); };
        };
        const auto dot = [&](std::string_view css) { return [&, css] { svg.circle({x + 10, y}, 4, css); }; };
        entry("median, min to max", [&] {
            svg.line({x + 10, y - 8}, {x + 10, y + 8}, "spread");
            svg.circle({x + 10, y}, 4, "point");
        });
        entry("ideal", stroke("ideal"));
        if (any_ceiling()) entry("machine's ceiling", stroke("ceiling"));
        for (const Fit* fit : fits_) {
            const char* const law = fit->law == Law::usl      ? "USL"
                                    : fit->law == Law::amdahl ? "Amdahl"
                                                              : "Gustafson";
            entry(fmt::format("{}, 95 %{}", law, fit->describes ? "" : ": doesn't fit"),
                  stroke(line_class(*fit)));
        }
        if (std::any_of(sizes_.begin(), sizes_.end(), [](const auto* size) { return size->oversubscribed; }))
            entry("oversubscribed", dot("hollow"));
    }

    std::string describe() const {
        std::string text = curve_.name + ":";
        for (std::size_t i = 0; i < sizes_.size(); ++i) {
            const SizeMetrics& size = *sizes_[i];
            text += fmt::format("{} {} at {} worker{}{}", i == 0 ? "" : ",",
                                curve_.label(curve_.range(size).median), size.workers,
                                size.workers == 1 ? "" : "s", size.oversubscribed ? " (oversubscribed)" : "");
        }
        return text + '.';
    }

    const Analysis& analysis_;
    const Curve& curve_;
    const SizeMetrics& base_metrics_;
    Base base_;
    std::vector<const SizeMetrics*> sizes_;
    std::vector<const Fit*> fits_;
    Axes axes_;
};

} // namespace

Plot time_plot(const Analysis& analysis) {
    const Curve curve{"Time",
                      "time",
                      [](const SizeMetrics& size) -> const Range& { return size.time; },
                      [](double speedup, double workers, const Base& base) {
                          const double work = base.work_grows ? workers / base.workers : 1;
                          return speedup > 0 ? base.seconds * base.workers * work / speedup : INFINITY;
                      },
                      [](double value) { return core::seconds_text(value); },
                      analysis.mode() == Mode::weak};
    return CurvePlot(analysis, curve).draw("time");
}

Plot speedup_plot(const Analysis& analysis) {
    const bool weak = analysis.mode() == Mode::weak;
    const Curve curve{weak ? "Scaled speedup" : "Speedup",
                      weak ? "scaled speedup" : "speedup",
                      [](const SizeMetrics& size) -> const Range& { return size.speedup; },
                      [](double speedup, double, const Base&) { return speedup; },
                      [](double value) { return core::quantity_text(value); },
                      false};
    return CurvePlot(analysis, curve).draw("speedup");
}

Plot efficiency_plot(const Analysis& analysis) {
    const Curve curve{"Efficiency",
                      "efficiency",
                      [](const SizeMetrics& size) -> const Range& { return size.efficiency; },
                      [](double speedup, double workers, const Base&) { return speedup / workers; },
                      [](double value) { return fmt::format("{:.0f} %", value * 100); },
                      true};
    return CurvePlot(analysis, curve).draw("efficiency");
}

} // namespace ordermill::study
