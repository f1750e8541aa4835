#include "study/analysis/fits.hpp"

#include "study/analysis/least_squares.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace ordermill::study {
namespace {

enum : std::size_t { log_rate, serial, coherency };

constexpr double infinite = std::numeric_limits<double>::infinity();

/// log X(n) by log X1, s (alpha) and beta.
Model model_of(Law law, double first_rate) {
    Model model;
    model.count = law == Law::usl ? 3 : 2;
    model.start = {std::log(first_rate), 0.05, 0.001};
    model.low = {-infinite, 0, 0};
    model.high = {infinite, 1, infinite};
    model.value = [law](double n, const Parameters& p) {
        return p[log_rate] + std::log(relative_rate(law, n, p[serial], law == Law::usl ? p[coherency] : 0));
    };
    model.gradient = [law](double n, const Parameters& p) -> Parameters {
        if (law == Law::gustafson) return {1, -(n - 1) / (n - p[serial] * (n - 1)), 0};
        const double beta = law == Law::usl ? p[coherency] : 0;
        const double below = 1 + p[serial] * (n - 1) + beta * n * (n - 1);
        return {1, -(n - 1) / below, -n * (n - 1) / below};
    };
    return model;
}

Interval interval(const Estimate& estimate, std::size_t i, double low, double high) {
    const double half = student_t_975(estimate.freedom) * std::sqrt(estimate.covariance[i][i]);
    const double value = estimate.parameters[i];
    return {value, std::clamp(value - half, low, high), std::clamp(value + half, low, high)};
}

/// Where the rate is greatest. Its range follows beta's, which is what it hangs on.
std::optional<Interval> peak_of(const Interval& alpha, const Interval& beta) {
    if (beta.value <= 0) return std::nullopt;
    const auto peak_at = [&](double b) {
        return b > 0 ? std::max(1.0, std::sqrt((1 - alpha.value) / b)) : infinite;
    };
    return Interval{peak_at(beta.value), peak_at(beta.high), peak_at(beta.low)};
}

Fit refusal(Law law, std::string why) {
    Fit fit;
    fit.law = law;
    fit.refused = std::move(why);
    return fit;
}

std::string_view in_words(int number) {
    constexpr std::string_view words[] = {"no", "one", "two", "three", "four"};
    return words[std::clamp(number, 0, 4)];
}

Fit fit_law(Law law, const std::vector<Point>& points) {
    std::set<double> sizes;
    for (const Point& point : points) sizes.insert(point.x);
    if (const int found = static_cast<int>(sizes.size()); found < sizes_needed(law))
        return refusal(
            law,
            fmt::format("{} needs {} sizes or more (oversubscribed and serial ones don't count), and "
                        "there {} {}.",
                        name(law), in_words(sizes_needed(law)), found == 1 ? "is" : "are", in_words(found)));
    const auto first = std::min_element(points.begin(), points.end(),
                                        [](const Point& a, const Point& b) { return a.x < b.x; });
    const Estimate estimate = least_squares(model_of(law, std::exp(first->y) / first->x), points);
    if (!estimate.converged)
        return refusal(law, fmt::format("{} can't be fitted to these times.", name(law)));
    Fit fit;
    fit.law = law;
    const Interval rate = interval(estimate, log_rate, -infinite, infinite);
    fit.rate_at_one = {std::exp(rate.value), std::exp(rate.low), std::exp(rate.high)};
    fit.serial = interval(estimate, serial, 0, 1);
    fit.deviation = estimate.residual_deviation;
    if (law == Law::usl) {
        fit.coherency = interval(estimate, coherency, 0, infinite);
        fit.peak = peak_of(fit.serial, fit.coherency);
    }
    return fit;
}

std::vector<Point> points_of(const Collection& collection, const std::vector<SizeMetrics>& metrics) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < metrics.size(); ++i) {
        if (!metrics[i].fits()) continue;
        const Size& size = collection.sizes[i];
        for (const Run& run : size.runs)
            points.push_back({static_cast<double>(size.workers), std::log(size.work() / run.time())});
    }
    return points;
}

} // namespace

std::string_view name(Law law) noexcept {
    switch (law) {
    case Law::amdahl: return "Amdahl's law";
    case Law::gustafson: return "Gustafson's law";
    case Law::usl: return "The Universal Scalability Law";
    }
    return {};
}

int sizes_needed(Law law) noexcept { return law == Law::usl ? 4 : 3; }

double relative_rate(Law law, double workers, double serial, double coherency) noexcept {
    if (law == Law::gustafson) return workers - serial * (workers - 1);
    return workers / (1 + serial * (workers - 1) + coherency * workers * (workers - 1));
}

double Fit::rate(double workers) const noexcept {
    return rate_at_one.value * relative_rate(law, workers, serial.value, coherency.value);
}

std::vector<Fit> fit_laws(const Collection& collection, const std::vector<SizeMetrics>& metrics) {
    const std::vector<Point> points = points_of(collection, metrics);
    const Law of_mode = collection.mode == Mode::weak ? Law::gustafson : Law::amdahl;
    return {fit_law(of_mode, points), fit_law(Law::usl, points)};
}

} // namespace ordermill::study
