#include "study/analysis/fits.hpp"

#include "study/analysis/least_squares.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
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

/// The runs of one size against the law.
struct SizeResiduals {
    double sum = 0;
    double squares = 0;
    double count = 0;

    double mean() const noexcept { return sum / count; }
    /// Of the runs around their own mean.
    double within() const noexcept { return std::max(0.0, squares - sum * sum / count); }
};

std::map<double, SizeResiduals> residuals_by_size(const Model& model, std::span<const Point> points,
                                                  const Parameters& at) {
    std::map<double, SizeResiduals> sizes;
    for (const Point& point : points) {
        const double residual = point.y - model.value(point.x, at);
        SizeResiduals& size = sizes[point.x];
        size.sum += residual;
        size.squares += residual * residual;
        ++size.count;
    }
    return sizes;
}

/// The covariance times t squared, so that a root of its diagonal is half a range: of the runs or of the
/// sizes' means, whichever is wider.
Matrix range_matrix(const Estimate& estimate, const std::map<double, SizeResiduals>& sizes,
                    std::size_t parameters) {
    const double of_runs = std::pow(student_t_975(estimate.freedom), 2);
    double factor = of_runs;
    const double variance = std::pow(estimate.residual_deviation, 2);
    if (sizes.size() > parameters && variance > 0) {
        const std::size_t freedom = sizes.size() - parameters;
        double between = 0;
        for (const auto& [x, size] : sizes) between += size.count * std::pow(size.mean(), 2);
        between /= static_cast<double>(freedom);
        factor = std::max(of_runs, std::pow(student_t_975(freedom), 2) * between / variance);
    }
    Matrix matrix = estimate.covariance;
    for (auto& row : matrix)
        for (double& cell : row) cell *= factor;
    return matrix;
}

/// Which size is farthest from the law, and whether all are near enough.
void judge(Fit& fit, const std::map<double, SizeResiduals>& sizes) {
    constexpr double poor = 0.15;
    constexpr double fair = 0.02;
    constexpr double most_errors = 3.5;
    double within = 0;
    double freedom = 0;
    for (const auto& [x, size] : sizes) {
        within += size.within();
        freedom += size.count - 1;
    }
    for (const auto& [x, size] : sizes) {
        const double off = std::expm1(size.mean());
        const double limit =
            freedom > 0 ? std::max(fair, most_errors * std::sqrt(within / freedom / size.count)) : poor;
        fit.describes = fit.describes && std::abs(off) <= limit;
        if (std::abs(off) <= std::abs(fit.worst_residual)) continue;
        fit.worst_residual = off;
        fit.worst_size = static_cast<int>(x);
    }
}

Interval interval(const Parameters& parameters, const Matrix& ranges, std::size_t i, double low,
                  double high) {
    const double half = std::sqrt(ranges[i][i]);
    const double value = parameters[i];
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
    const Model model = model_of(law, std::exp(first->y) / first->x);
    const Estimate estimate = least_squares(model, points);
    if (!estimate.converged)
        return refusal(law, fmt::format("{} can't be fitted to these times.", name(law)));
    Fit fit;
    fit.law = law;
    const auto by_size = residuals_by_size(model, points, estimate.parameters);
    fit.covariance = range_matrix(estimate, by_size, model.count);
    judge(fit, by_size);
    const auto range_of = [&](std::size_t i, double low, double high) {
        return interval(estimate.parameters, fit.covariance, i, low, high);
    };
    const Interval rate = range_of(log_rate, -infinite, infinite);
    fit.rate_at_one = {std::exp(rate.value), std::exp(rate.low), std::exp(rate.high)};
    fit.serial = range_of(serial, 0, 1);
    fit.deviation = estimate.residual_deviation;
    if (law == Law::usl) {
        fit.coherency = range_of(coherency, 0, infinite);
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

Interval Fit::rate_interval(double workers) const noexcept {
    const Model model = model_of(law, rate_at_one.value);
    const Parameters gradient =
        model.gradient(workers, {std::log(rate_at_one.value), serial.value, coherency.value});
    double square = 0;
    for (std::size_t i = 0; i < model.count; ++i)
        for (std::size_t j = 0; j < model.count; ++j) square += gradient[i] * covariance[i][j] * gradient[j];
    const double factor = std::exp(std::sqrt(std::max(0.0, square)));
    return {rate(workers), rate(workers) / factor, rate(workers) * factor};
}

std::vector<Fit> fit_laws(const Collection& collection, const std::vector<SizeMetrics>& metrics) {
    const std::vector<Point> points = points_of(collection, metrics);
    const Law of_mode = collection.mode == Mode::weak ? Law::gustafson : Law::amdahl;
    return {fit_law(of_mode, points), fit_law(Law::usl, points)};
}

} // namespace ordermill::study
