#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

/// Small least squares: three parameters at most.
namespace ordermill::study {

inline constexpr std::size_t most_parameters = 3;
using Parameters = std::array<double, most_parameters>;
using Matrix = std::array<Parameters, most_parameters>;

struct Point {
    double x = 0;
    double y = 0;
};

/// A curve with `count` parameters, each within its bounds.
struct Model {
    std::size_t count = 0;
    Parameters start{};
    Parameters low{};
    Parameters high{};
    std::function<double(double x, const Parameters&)> value;
    std::function<Parameters(double x, const Parameters&)> gradient; ///< of value by each parameter
};

/// `covariance` is (J'J)^-1 times the residuals' variance, with `freedom` = points - parameters.
struct Estimate {
    Parameters parameters{};
    Matrix covariance{};
    std::size_t freedom = 0;
    double residual_deviation = 0; ///< root of the residuals' variance
    bool converged = false;
};

/// Minimises the sum of (y - value(x))^2 by Levenberg and Marquardt's method (D. W. Marquardt, J. SIAM 11(2),
/// 1963) with steps cut at the bounds. Needs more points than parameters.
Estimate least_squares(const Model& model, std::span<const Point> points);

/// What a Student t with so many degrees of freedom (at least 1) stays below with probability 0.975: the half
/// width of a 95 % range in standard errors.
double student_t_975(std::size_t freedom);

} // namespace ordermill::study
