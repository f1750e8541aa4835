#pragma once

#include "cluster/work/work.hpp"
#include "study/rows/phase_buckets.hpp"

#include <memory>
#include <vector>

namespace ordermill::app {

/// When rank 0 deals and takes, for a study's timeline: two looks at the clock for each call.
class SchedulerTimeline {
  public:
    /// Begins now.
    SchedulerTimeline();
    /// The same dealer, measured. This must outlive it.
    cluster::Dealer measured(cluster::Dealer dealer);
    /// The bars until now, one of waiting at least.
    std::vector<study::PhaseBuckets::Bar> bars() const;

  private:
    double seconds() const;
    template<class Call>
    auto timed(const Call& call);

    double start_;
    study::PhaseBuckets buckets_;
};

} // namespace ordermill::app
