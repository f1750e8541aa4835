#pragma once

#include "study/analysis/fits.hpp"
#include "study/rows/raw_rows.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

/// Two studies side by side: commits, machines or settings.
namespace ordermill::study {

/// One size that both have.
struct SizeComparison {
    Mode mode = Mode::strong;
    std::string setting; ///< of the first, and of the second where it is another one
    int workers = 1;
    double first_seconds = 0; ///< medians
    double second_seconds = 0;
    std::size_t first_runs = 0;
    std::size_t second_runs = 0;
    bool same_work = true; ///< otherwise seconds for the same amount of work are compared
    /// The second's time / the first's, with its range of 95 %; no range where there are too few runs.
    double ratio = 1;
    std::optional<Range> ratio_range;
    std::string sentence;
};

/// For each mode and setting of both (or the only ones that each has), in order. Throws RowError: see
/// `collect`, and when no size is in both.
std::vector<SizeComparison> compare_studies(std::span<const RawRow> first, std::span<const RawRow> second);

/// The shift between two samples: the median of all differences second - first (Hodges and Lehmann's
/// estimate) with Moses' range of 95 % from the distribution of Mann and Whitney's U (M. Hollander and D. A.
/// Wolfe, "Nonparametric Statistical Methods", 4.2 and 4.3), exact up to 40 values each. Nothing is supposed
/// of how the values are distributed but that it is the same but for the shift. No range where the samples
/// are too small, as three and three values are.
struct Shift {
    double value = 0;
    std::optional<Range> range;
};
Shift shift_between(const std::vector<double>& first, const std::vector<double>& second);

/// The comparison as cells, a row of titles first.
std::vector<std::vector<std::string>> comparison_table(std::span<const SizeComparison> sizes);

} // namespace ordermill::study
