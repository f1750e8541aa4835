#include "study/analysis/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace ordermill::study {
namespace {

/// J'J, J'r and r'r at some parameters.
struct Normal {
    Matrix matrix{};
    Parameters right{};
    double cost = 0;
};

double cost_at(const Model& model, std::span<const Point> points, const Parameters& at) {
    double cost = 0;
    for (const Point& point : points) {
        const double residual = point.y - model.value(point.x, at);
        cost += residual * residual;
    }
    return std::isfinite(cost) ? cost : std::numeric_limits<double>::infinity();
}

Normal normal_at(const Model& model, std::span<const Point> points, const Parameters& at) {
    Normal normal;
    for (const Point& point : points) {
        const double residual = point.y - model.value(point.x, at);
        const Parameters gradient = model.gradient(point.x, at);
        normal.cost += residual * residual;
        for (std::size_t i = 0; i < model.count; ++i) {
            normal.right[i] += gradient[i] * residual;
            for (std::size_t j = 0; j < model.count; ++j) normal.matrix[i][j] += gradient[i] * gradient[j];
        }
    }
    return normal;
}

/// The inverse by Gauss and Jordan with row exchanges; false where there is none.
bool invert(Matrix matrix, std::size_t count, Matrix& inverse) {
    inverse = {};
    for (std::size_t i = 0; i < count; ++i) inverse[i][i] = 1;
    for (std::size_t column = 0; column < count; ++column) {
        std::size_t pivot = column;
        for (std::size_t i = column + 1; i < count; ++i)
            if (std::abs(matrix[i][column]) > std::abs(matrix[pivot][column])) pivot = i;
        if (!(std::abs(matrix[pivot][column]) > std::numeric_limits<double>::min())) return false;
        std::swap(matrix[pivot], matrix[column]);
        std::swap(inverse[pivot], inverse[column]);
        const double scale = matrix[column][column];
        for (std::size_t j = 0; j < count; ++j) {
            matrix[column][j] /= scale;
            inverse[column][j] /= scale;
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (i == column) continue;
            const double factor = matrix[i][column];
            for (std::size_t j = 0; j < count; ++j) {
                matrix[i][j] -= factor * matrix[column][j];
                inverse[i][j] -= factor * inverse[column][j];
            }
        }
    }
    return true;
}

/// A parameter that stands at a bound and is pushed beyond takes no part in the step.
bool held(const Model& model, const Normal& normal, const Parameters& at, std::size_t i) {
    return (at[i] <= model.low[i] && normal.right[i] < 0) || (at[i] >= model.high[i] && normal.right[i] > 0);
}

/// One damped step from `at`, cut at the bounds; false where the matrix has no inverse.
bool step(const Model& model, const Normal& normal, double damping, Parameters& at) {
    Matrix matrix = normal.matrix;
    Parameters right = normal.right;
    for (std::size_t i = 0; i < model.count; ++i) {
        matrix[i][i] *= 1 + damping;
        if (!held(model, normal, at, i)) continue;
        for (std::size_t j = 0; j < model.count; ++j) matrix[i][j] = matrix[j][i] = 0;
        matrix[i][i] = 1;
        right[i] = 0;
    }
    Matrix inverse;
    if (!invert(matrix, model.count, inverse)) return false;
    for (std::size_t i = 0; i < model.count; ++i) {
        double change = 0;
        for (std::size_t j = 0; j < model.count; ++j) change += inverse[i][j] * right[j];
        at[i] = std::clamp(at[i] + change, model.low[i], model.high[i]);
    }
    return true;
}

void describe_errors(const Model& model, std::span<const Point> points, Estimate& estimate) {
    const Normal normal = normal_at(model, points, estimate.parameters);
    const double variance = normal.cost / static_cast<double>(estimate.freedom);
    estimate.residual_deviation = std::sqrt(variance);
    estimate.converged = estimate.converged && invert(normal.matrix, model.count, estimate.covariance);
    for (auto& row : estimate.covariance)
        for (double& cell : row) cell *= variance;
}

} // namespace

Estimate least_squares(const Model& model, std::span<const Point> points) {
    if (points.size() <= model.count) throw std::logic_error("least squares with too few points");
    constexpr int most_steps = 500;
    constexpr double most_damping = 1e12;
    Estimate estimate;
    estimate.freedom = points.size() - model.count;
    estimate.parameters = model.start;
    double damping = 1e-3;
    double cost = cost_at(model, points, estimate.parameters);
    for (int i = 0; i < most_steps && !estimate.converged; ++i) {
        const Normal normal = normal_at(model, points, estimate.parameters);
        bool better = false;
        while (!better && damping < most_damping) {
            Parameters next = estimate.parameters;
            const bool stepped = step(model, normal, damping, next);
            const double next_cost =
                stepped ? cost_at(model, points, next) : std::numeric_limits<double>::infinity();
            better = next_cost < cost;
            damping = better ? damping / 10 : damping * 10;
            if (!better) continue;
            estimate.converged = cost - next_cost <= 1e-14 * cost;
            estimate.parameters = next;
            cost = next_cost;
        }
        estimate.converged = estimate.converged || !better; // no step makes it smaller
        damping = std::clamp(damping, 1e-12, 1e-3);
    }
    describe_errors(model, points, estimate);
    return estimate;
}

double student_t_975(std::size_t freedom) {
    constexpr double table[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
                                2.2622,  2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
                                2.1098,  2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
                                2.0595,  2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
    if (freedom == 0) return std::numeric_limits<double>::infinity();
    if (freedom <= std::size(table)) return table[freedom - 1];
    // Cornish and Fisher's expansion around the normal quantile (Abramowitz and Stegun, 26.7.5).
    const double z = 1.959964;
    const auto v = static_cast<double>(freedom);
    const double z3 = z * z * z;
    const double z5 = z3 * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v);
}

} // namespace ordermill::study
