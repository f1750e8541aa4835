#include "study/analysis/comparison.hpp"

#include "core/number/human_numbers.hpp"
#include "study/rows/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ordermill::study {
namespace {

/// The greatest k with P(U < k) <= 0.025 for samples of these sizes; 0: none.
std::size_t from_either_end(std::size_t n, std::size_t m) {
    constexpr double tail = 0.025;
    constexpr std::size_t exact = 40;
    const std::size_t most = n * m;
    if (n > exact || m > exact) {
        const double deviation = std::sqrt(static_cast<double>(n * m * (n + m + 1)) / 12);
        return static_cast<std::size_t>(std::max(0.0, static_cast<double>(most) / 2 - 1.96 * deviation));
    }
    // How many orders give each U: the coefficients of the product of (1 - q^(m+i)) / (1 - q^i), i = 1 ... n.
    std::vector<double> ways(most + 1, 0);
    ways[0] = 1;
    for (std::size_t i = 1; i <= n; ++i) {
        for (std::size_t u = most; u + 1 > m + i; --u) ways[u] -= ways[u - m - i];
        for (std::size_t u = i; u <= most; ++u) ways[u] += ways[u - i];
    }
    double all = 0;
    for (const double count : ways) all += count;
    double below = 0;
    std::size_t k = 0;
    while (k < most && (below + ways[k]) / all <= tail) below += ways[k++];
    return k;
}

std::vector<double> log_times(const Size& size, double per) {
    std::vector<double> times;
    for (const Run& run : size.runs) times.push_back(std::log(run.time() / per));
    return times;
}

double median_time(const Size& size) {
    std::vector<double> times;
    for (const Run& run : size.runs) times.push_back(run.time());
    return median(std::move(times));
}

std::string sentence_of(const SizeComparison& size) {
    const std::string where = fmt::format("At {} worker{}", size.workers, size.workers == 1 ? "" : "s");
    if (!size.ratio_range)
        return fmt::format("{} there are too few runs to tell ({} and {}; four and four are enough).", where,
                           size.first_runs, size.second_runs);
    const Range& range = *size.ratio_range;
    const std::string figures = fmt::format("{:.3f} times the first's time (95 %: {:.3f} to {:.3f})",
                                            size.ratio, range.min, range.max);
    if (range.min > 1) return fmt::format("{} the second is slower: {}.", where, figures);
    if (range.max < 1) return fmt::format("{} the second is faster: {}.", where, figures);
    return fmt::format("{} no difference can be told: {}.", where, figures);
}

SizeComparison compare_sizes(const Collection& of_first, const Size& first, const Collection& of_second,
                             const Size& second) {
    SizeComparison result;
    result.mode = of_first.mode;
    result.setting = of_first.setting;
    if (of_second.setting != of_first.setting) result.setting += " / " + of_second.setting;
    result.workers = first.workers;
    result.first_seconds = median_time(first);
    result.second_seconds = median_time(second);
    result.first_runs = first.runs.size();
    result.second_runs = second.runs.size();
    result.same_work = first.work() == second.work();
    const Shift shift = shift_between(log_times(first, first.work()), log_times(second, second.work()));
    result.ratio = std::exp(shift.value);
    if (shift.range)
        result.ratio_range = Range{std::exp(shift.range->min), result.ratio, std::exp(shift.range->max)};
    result.sentence = sentence_of(result);
    return result;
}

/// The one with the same mode and setting, or the only one of the mode where both have only one.
const Collection* counterpart(const Collection& of, const std::vector<Collection>& own,
                              const std::vector<Collection>& others) {
    const auto of_mode = [&](const Collection& other) { return other.mode == of.mode; };
    const bool only = std::count_if(own.begin(), own.end(), of_mode) == 1 &&
                      std::count_if(others.begin(), others.end(), of_mode) == 1;
    const auto found = std::find_if(others.begin(), others.end(), [&](const Collection& other) {
        return of_mode(other) && (only || other.setting == of.setting);
    });
    return found != others.end() ? &*found : nullptr;
}

} // namespace

Shift shift_between(const std::vector<double>& first, const std::vector<double>& second) {
    std::vector<double> differences;
    for (const double a : first)
        for (const double b : second) differences.push_back(b - a);
    std::sort(differences.begin(), differences.end());
    Shift shift{.value = median(differences), .range = std::nullopt};
    const std::size_t k = from_either_end(first.size(), second.size());
    if (k > 0) shift.range = Range{differences[k - 1], shift.value, differences[differences.size() - k]};
    return shift;
}

std::vector<SizeComparison> compare_studies(std::span<const RawRow> first, std::span<const RawRow> second) {
    const std::vector<Collection> own = collect(first);
    const std::vector<Collection> others = collect(second);
    std::vector<SizeComparison> sizes;
    for (const Collection& collection : own) {
        const Collection* const other = counterpart(collection, own, others);
        if (is_ceiling(collection.mode) || other == nullptr) continue;
        for (const Size& size : collection.sizes) {
            const auto same =
                std::find_if(other->sizes.begin(), other->sizes.end(), [&](const Size& candidate) {
                    return candidate.workers == size.workers && candidate.serial == size.serial;
                });
            if (same != other->sizes.end()) sizes.push_back(compare_sizes(collection, size, *other, *same));
        }
    }
    if (sizes.empty()) throw RowError("the two studies have no size of the same mode and setting in common");
    return sizes;
}

std::vector<std::vector<std::string>> comparison_table(std::span<const SizeComparison> sizes) {
    std::vector<std::vector<std::string>> table{
        {"mode", "workers", "first", "runs", "second", "runs", "second/first", "95 %", ""}};
    for (const SizeComparison& size : sizes) {
        table.push_back({std::string(name(size.mode)), fmt::to_string(size.workers),
                         core::seconds_text(size.first_seconds), fmt::to_string(size.first_runs),
                         core::seconds_text(size.second_seconds), fmt::to_string(size.second_runs),
                         fmt::format("{:.3f}", size.ratio),
                         size.ratio_range
                             ? fmt::format("{:.3f} to {:.3f}", size.ratio_range->min, size.ratio_range->max)
                             : std::string("-"),
                         size.same_work ? size.setting : size.setting + " (for the same amount of work)"});
    }
    return table;
}

} // namespace ordermill::study
