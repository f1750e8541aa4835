#pragma once

#include "study/rows/runs.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

/// What follows from the times of each size.
///
/// Speedup is measured against the smallest size that has a rank 0 (the serial run only where there is
/// nothing else): S(n) = n0 * rate(n) / rate(n0), the rate being work per second. For strong scaling that is
/// n0 * T(n0) / T(n); for weak scaling the scaled speedup (J. L. Gustafson, "Reevaluating Amdahl's law", CACM
/// 31(5), 1988). Efficiency is S(n) / n. n counts workers: rank 0, which deals and sleeps, is apart.
///
/// The serial fraction of Karp and Flatt ("Measuring parallel processor performance", CACM 33(5), 1990) is
/// e = (1/s - 1/p) / (1 - 1/p) with s = S(n) / n0, p = n / n0; of strong scaling only, and above the base.
///
/// POP's metrics (Performance Optimisation and Productivity, a Centre of Excellence in HPC, "Standard
/// Metrics", https://co-design.pop-coe.eu/metrics) with useful time = CPU time in clean and resolve:
///     load balance              mean useful / greatest useful
///     communication efficiency  greatest useful / time
///     parallel efficiency       their product: mean useful / time
///     computation scaling       useful per work at the base / useful per work here, summed over ranks
///     global efficiency         parallel efficiency * computation scaling
/// Communication efficiency isn't split into serialisation and transfer: that takes a replay on an ideal
/// network, which isn't measured here.
namespace ordermill::study {

struct Range {
    double min = 0;
    double median = 0;
    double max = 0;
};

struct PopMetrics {
    double load_balance = 0;
    double communication_efficiency = 0;
    double parallel_efficiency = 0;
    double computation_scaling = 0;
    double global_efficiency = 0;
};

/// Seconds in each phase, the mean of some ranks.
struct Profile {
    std::array<double, phase_count> seconds{};
    double other = 0;
    double operator[](Phase phase) const noexcept { return seconds[static_cast<std::size_t>(phase)]; }
};

struct SizeMetrics {
    int ranks = 1;
    int workers = 1;
    std::size_t repeats = 0;
    bool serial = false;
    bool base = false;
    bool oversubscribed = false;
    Range time;
    double bytes_per_second = 0; ///< at the median time
    double records_per_second = 0;
    Range speedup;    ///< of the slowest, the median and the fastest run; the base's median time
    Range efficiency; ///< likewise
    std::optional<double> karp_flatt; ///< of the median
    PopMetrics pop_all;               ///< medians over the runs; all ranks
    PopMetrics pop_workers;           ///< likewise, workers only
    std::uint64_t peak_rss = 0;       ///< the largest of all ranks and runs
    Profile workers_profile;          ///< of the median run
    std::optional<Profile> producer_profile;

    /// May take part in fits: a size of the farm, with a core for each worker.
    bool fits() const noexcept { return !serial && !oversubscribed; }
};

/// One for each size, in their order.
std::vector<SizeMetrics> measure(const Collection& collection);

/// The middle one, or the mean of the two in the middle; of at least one value.
double median(std::vector<double> values);

} // namespace ordermill::study
