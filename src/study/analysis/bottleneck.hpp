#pragma once

#include "study/analysis/metrics.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What bounds a run, in plain words.
namespace ordermill::study {

/// `slowdown`: the same work costs more CPU time than at the base: memory bandwidth, caches, clock rates.
enum class Bound : std::uint8_t {
    cleaning,
    slowdown,
    reading,
    writing,
    exchange,
    rank_0,
    imbalance,
    waiting,
    elsewhere,
};
std::string_view name(Bound bound) noexcept;

/// A part of the workers' time, workers times the run's wall time being 1.
struct Share {
    Bound bound = Bound::cleaning;
    double share = 0;
};

/// The largest share bounds the run. Waiting is put down to rank 0 when rank 0 was busy for 70 % of the time
/// or more, else to imbalance when the workers' useful time differs by 10 % or more, else to nothing in
/// particular.
struct Bottleneck {
    int workers = 0; ///< at which size
    Bound bound = Bound::cleaning;
    std::vector<Share> shares; ///< largest first; they add up to 1
    double producer_busy = 0;  ///< rank 0's share of the time in which it didn't wait; 0 without one
    double load_balance = 0;   ///< of the workers
    std::string sentence;      ///< names the bound and the shares that led to it
};

/// At the largest size that may take part in fits; where there is none, at the largest.
/// Needs at least one size.
Bottleneck find_bottleneck(const std::vector<SizeMetrics>& metrics);

} // namespace ordermill::study
