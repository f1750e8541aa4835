#pragma once

#include "study/analysis/metrics.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What bounds a run, in plain words that follow from figures.
namespace ordermill::study {

enum class Bound : std::uint8_t {
    cleaning,
    slowdown,  ///< clean and resolve take more wall and more CPU seconds a record than at the base
    displaced, ///< the workers were in clean or resolve, but not on a core
    reading,
    writing,
    exchange,
    imbalance, ///< waiting for the worker that is busy longest
    one_file,  ///< writing, and the rest of waiting, where the one file of clean records is always written to
    rank_0,    ///< the rest of waiting, by what was seen beside it
    other_load, ///< likewise
    uncounted,  ///< likewise: CPU time in no phase
    waiting,    ///< likewise: nothing was seen that accounts for it
    elsewhere,
};
std::string_view name(Bound bound) noexcept;

/// A part of the workers' time, workers times the run's wall time being 1.
struct Share {
    Bound bound = Bound::cleaning;
    double share = 0;
};

/// The largest share bounds the median run. With T its time and the means of the workers:
///     imbalance   (longest busy - mean busy) / T, busy being all phases but waiting
///     displaced   (wall - CPU seconds) / T in clean and resolve
///     slowdown    of their CPU seconds / T the part 1 - 1/g, g being by how much both the wall and the CPU
///                 seconds a record of clean and resolve have grown since the base (the smaller growth
///                 counts)
///     one file    writing and what is left of waiting, when the workers, who take turns at it, were writing
///                 to it for 70 % of T or more together (SizeMetrics::one_file_busy)
/// Otherwise what is left of waiting is put down to rank 0 when that was busy for 70 % of the time or more;
/// else to other load when others (processes, hypervisor) used at least half as many core seconds as were
/// waited; else to work in no phase when half of it was CPU time; else to nothing in particular.
struct Bottleneck {
    int workers = 0; ///< at which size
    Bound bound = Bound::cleaning;
    std::vector<Share> shares; ///< largest first; they add up to 1
    double producer_busy = 0;  ///< rank 0's share of the time in which it didn't wait; 0 without one
    double load_balance = 0;   ///< of the workers
    double wall_growth = 1;    ///< of clean and resolve, wall seconds a record against the base's
    double cpu_growth = 1;     ///< likewise, CPU seconds
    double spread = 0;         ///< of the times (SizeMetrics::spread)
    /// The two largest shares are farther apart than the times are spread, and there is more than one run.
    bool firm = true;
    std::string sentence; ///< names the bound and the figures that led to it, or says that it can't be told
};

/// At the largest size that may take part in fits; where there is none, at the largest.
/// Needs at least one size.
Bottleneck find_bottleneck(const std::vector<SizeMetrics>& metrics);

/// What of the loss against the ideal is the machine's and what is ordermill's, in a sentence; empty where
/// the judged size has no ceiling.
std::string ceiling_sentence(const std::vector<SizeMetrics>& metrics);

} // namespace ordermill::study
