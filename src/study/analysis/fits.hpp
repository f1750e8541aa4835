#pragma once

#include "study/analysis/metrics.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Laws of scaling fitted to a study.
///
///     Amdahl     X(n) = X1 * n / (1 + s (n - 1))                         s: serial share of the run with 1
///     Gustafson  X(n) = X1 * (n - s (n - 1))                             s: serial share of each run
///     USL        X(n) = X1 * n / (1 + alpha (n - 1) + beta n (n - 1))    alpha: contention, beta: coherency
///
/// X is the rate (work per second), n the workers. (G. M. Amdahl, AFIPS 1967; J. L. Gustafson, CACM 31(5),
/// 1988; N. J. Gunther, "Guerrilla Capacity Planning", 2007, and arXiv:0808.1431.) Amdahl's law is about the
/// same work on more workers, Gustafson's about work that grows with them: each is fitted to its own kind of
/// study, USL to both. More workers stop helping at n = sqrt((1 - alpha) / beta), where USL's rate is
/// greatest.
///
/// Every run is a point (not the medians), and what is minimised are the squares of log(measured / law): the
/// noise of times is in proportion to them. X1 is fitted too, so that no run is taken for exact. Ranges are
/// those of 95 %: Jacobian, residuals' variance, Student's t; cut where the law has no meaning.
namespace ordermill::study {

enum class Law : std::uint8_t { amdahl, gustafson, usl };
std::string_view name(Law law) noexcept;
/// How many sizes it takes to fit it: one more than it has parameters.
int sizes_needed(Law law) noexcept;

struct Interval {
    double value = 0;
    double low = 0;
    double high = 0; ///< may be infinite
};

struct Fit {
    Law law = Law::amdahl;
    std::string refused; ///< why there is none, a sentence; empty: there is one
    Interval rate_at_one;
    Interval serial;              ///< Amdahl's and Gustafson's s, USL's alpha
    Interval coherency;           ///< USL's beta
    double deviation = 0;         ///< of the points from the curve, as a share of the rate
    std::optional<Interval> peak; ///< USL: the workers at which the rate is greatest. None: beta is 0

    bool good() const noexcept { return refused.empty(); }
    /// The law's rate at n workers.
    double rate(double workers) const noexcept;
};

/// Amdahl or Gustafson, whichever the mode asks for, and USL. Sizes that are oversubscribed or serial are
/// left out (SizeMetrics::fits).
std::vector<Fit> fit_laws(const Collection& collection, const std::vector<SizeMetrics>& metrics);

/// The curve alone, X(n) for X1 = 1.
double relative_rate(Law law, double workers, double serial, double coherency) noexcept;

} // namespace ordermill::study
