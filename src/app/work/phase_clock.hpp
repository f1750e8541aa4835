#pragma once

#include "app/protocol/messages.hpp"
#include "study/rows/phase_buckets.hpp"
#include "system/resources.hpp"

#include <optional>
#include <vector>

namespace ordermill::app {

/// Where a worker's time goes; the CPU seconds are exact, however short a phase is. Costs two system calls
/// and two looks at the clock for each thing measured, 1 to 3 us, so it is for chunks and not for records.
class PhaseClock {
  public:
    /// `timeline`: also records when each phase ran, for `bars`.
    explicit PhaseClock(bool timeline);

    /// Adds the time of its life to a phase.
    class Scope {
      public:
        Scope(PhaseClock& clock, Spent& spent, study::Phase phase);
        ~Scope();
        Scope(const Scope&) = delete;

      private:
        PhaseClock& clock_;
        Spent& spent_;
        study::Phase phase_;
        Spent begin_;
    };
    [[nodiscard]] Scope read() { return {*this, phases.read, study::Phase::read}; }
    [[nodiscard]] Scope clean() { return {*this, phases.clean, study::Phase::clean}; }
    [[nodiscard]] Scope resolve() { return {*this, phases.resolve, study::Phase::resolve}; }
    [[nodiscard]] Scope exchange() { return {*this, phases.exchange, study::Phase::exchange}; }
    [[nodiscard]] Scope write() { return {*this, phases.write, study::Phase::write}; }
    [[nodiscard]] Scope sync() { return {*this, phases.sync, study::Phase::write}; }

    /// Ends the measurement: fixes the total, and what went on meanwhile. Call it when the work is over.
    void stop();
    std::vector<study::PhaseBuckets::Bar> bars() const;

    Phases phases;

  private:
    static Spent now();

    Spent start_;
    system::CpuSeconds cpu_at_start_;
    system::OtherLoad others_at_start_;
    std::optional<study::PhaseBuckets> timeline_;
};

} // namespace ordermill::app
