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
/// All of them are those of one run, the one of median time (of two in the middle the shorter), compared with
/// the base's; so the products are what they say. Communication efficiency isn't split into serialisation and
/// transfer: that takes a replay on an ideal network, which isn't measured here.
namespace ordermill::study {

struct Range {
    double min = 0;
    double median = 0;
    double max = 0;
};

/// The 95 % interval of a median by order statistics: of n values in order the k-th from either end, k as
/// large as the chance that the median of what they were drawn from lies outside, 2 P(B(n, 1/2) < k), stays
/// below 5 % (W. J. Conover, "Practical Nonparametric Statistics", 3.2). Nothing is supposed of how the
/// values are distributed. None for fewer than six: even the smallest and the largest may both lie on one
/// side.
inline constexpr std::size_t fewest_for_interval = 6;
std::optional<Range> median_interval(std::vector<double> values);
/// Half the interval's width as a share of the median; infinite where there is none.
double median_doubt(const std::vector<double>& values);

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
    std::array<double, phase_count> cpu_seconds{};
    double other = 0;
    double operator[](Phase phase) const noexcept { return seconds[static_cast<std::size_t>(phase)]; }
    double cpu(Phase phase) const noexcept { return cpu_seconds[static_cast<std::size_t>(phase)]; }
};

/// What others did on the run's hosts meanwhile, in cores: seconds of CPU per second of the run, of all
/// hosts.
struct OthersLoad {
    double cores = 0;               ///< used by processes that aren't ranks of the run
    double stolen = 0;              ///< that a hypervisor gave to others
    double switches_per_second = 0; ///< of a worker that lost its core, the mean
    double load_average = 0;        ///< the greatest of the hosts'
};

/// As many processes that share nothing: what the machine gives.
struct CeilingMetrics {
    std::size_t repeats = 0;
    Range time;
    double speedup = 0;    ///< of the median, against the same base as the runs'
    double of_ceiling = 0; ///< the runs' rate as a share of the ceiling's, medians both
};

struct SizeMetrics {
    int ranks = 1;
    int workers = 1;
    std::size_t repeats = 0;
    bool serial = false;
    bool base = false;
    bool oversubscribed = false;
    Range time;
    std::optional<Range> time_interval; ///< of the median, 95 %
    double work = 1;                    ///< bytes, else records, else 1
    std::uint64_t duplicates = 0;       ///< records removed
    double bytes_per_second = 0;        ///< at the median time
    double records_per_second = 0;
    Range speedup;    ///< of the slowest, the median and the fastest run; the base's median time
    Range efficiency; ///< likewise
    std::optional<Range>
        karp_flatt;             ///< of the median; least and greatest of the median's interval, or all runs
    PopMetrics pop_all;         ///< of the median run; all ranks
    PopMetrics pop_workers;     ///< likewise, workers only
    std::uint64_t peak_rss = 0; ///< the largest of all ranks and runs
    Profile workers_profile;    ///< of the median run
    std::optional<Profile> producer_profile;
    double longest_busy = 0; ///< seconds in phases but waiting, of the worker that has most; median run
    /// CPU seconds that all workers spent on writing, as a share of the median run's time, at most 1. 0
    /// unless four or more workers of one host write one file: those take turns at it, so near 1 the file is
    /// always being written to.
    double one_file_busy = 0;
    OthersLoad others; ///< of the median run
    std::optional<CeilingMetrics> ceiling;

    /// May take part in fits: a size of the farm, with a core for each worker.
    bool fits() const noexcept { return !serial && !oversubscribed; }
    /// How far the times vary, as a share of the median: the width of its interval, else from the fastest run
    /// to the slowest. 0 for one run, which doesn't show it.
    double spread() const noexcept;
};

/// One for each size, in their order. `ceiling`: the same sizes as processes that share nothing; may be null.
std::vector<SizeMetrics> measure(const Collection& collection, const Collection* ceiling = nullptr);

/// The middle one, or the mean of the two in the middle; of at least one value.
double median(std::vector<double> values);

} // namespace ordermill::study
