#pragma once

#include "study/analysis/least_squares.hpp"
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
/// those of 95 %: Jacobian, residuals' variance, Student's t; cut where the law has no meaning. Repeats that
/// share a size also share what is wrong with that size (placement, clock rate, the law itself), so they are
/// not as many proofs: the variance is taken once from the runs, with (runs - parameters) degrees of freedom,
/// and once from the sizes' means, each weighted by its runs, with (sizes - parameters); the wider range
/// counts.
///
/// A law describes the sizes when each one's mean is within 3.5 standard errors of the law, or within 2 % of
/// it; standard errors are from the repeats' own variance within the sizes (without repeats, 15 % is the
/// limit).
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
    bool describes = true;        ///< the sizes it was fitted to
    int worst_size = 0;           ///< workers of the size that is farthest from it
    double worst_residual = 0;    ///< measured rate / the law's - 1, there
    Matrix covariance{};          ///< of log X1 and the parameters; with t in it, see `rate_interval`

    bool good() const noexcept { return refused.empty(); }
    /// The law's rate at n workers.
    double rate(double workers) const noexcept;
    /// Its range of 95 % there: of the curve, not of a run.
    Interval rate_interval(double workers) const noexcept;
};

/// Amdahl or Gustafson, whichever the mode asks for, and USL. Sizes that are oversubscribed or serial are
/// left out (SizeMetrics::fits).
std::vector<Fit> fit_laws(const Collection& collection, const std::vector<SizeMetrics>& metrics);

/// The curve alone, X(n) for X1 = 1.
double relative_rate(Law law, double workers, double serial, double coherency) noexcept;

} // namespace ordermill::study
