#pragma once

#include "study/rows/raw_rows.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace ordermill::study {

/// A rank's phases over time, in a bounded number of buckets: when the run outgrows them, two become one.
/// Each bucket remembers how long which phase took of it. Some 30 KB.
class PhaseBuckets {
  public:
    /// Seconds since the run's start; phases don't overlap. Cost: the buckets between the two.
    void add(Phase phase, double begin, double end);

    struct Bar {
        Phase phase = Phase::wait;
        double begin = 0;
        double end = 0;
    };
    /// What took most of each bucket, neighbours of one phase joined; `wait` where nothing did.
    std::vector<Bar> bars() const;

  private:
    static constexpr std::size_t most_buckets = 400;
    static constexpr double first_width = 0.001; // seconds

    using Bucket = std::array<float, phase_count>;
    void widen();

    double width_ = first_width;
    std::vector<Bucket> buckets_;
};

} // namespace ordermill::study
