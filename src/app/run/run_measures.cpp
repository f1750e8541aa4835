#include "app/run/run_measures.hpp"

#include "app/report/record_counts.hpp"

#include <algorithm>
#include <utility>

namespace ordermill::app {

RunMeasures measures_of(const Plan& plan, const Scheduler& scheduler, const RunFacts& facts, Bars rank0) {
    RunMeasures measures;
    measures.complete = !scheduler.stopping() && facts.lost.empty();
    if (!measures.complete) return measures;
    measures.started = facts.started;
    measures.wall_seconds = facts.wall_seconds;
    const RecordCounts counts = count_records(scheduler.totals());
    measures.records = counts.records;
    measures.duplicates = counts.duplicates;
    measures.chunk_bytes = plan.chunk_size;
    measures.parts = static_cast<int>(plan.parts.count);
    measures.bytes = scheduler.counts().bytes_accepted;
    measures.dealing = {.wall = facts.dealing_cpu_seconds, .cpu = facts.dealing_cpu_seconds};
    measures.dealing_user = std::clamp(facts.dealing_user_seconds, 0.0, facts.dealing_cpu_seconds);
    measures.others = facts.others;
    measures.usage = facts.usage;
    measures.phases = scheduler.phases();
    measures.timelines = scheduler.timelines();
    measures.timelines.front() = std::move(rank0);
    if (facts.hosts.size() == 1) { // both rank 0 and worker 1
        measures.phases.erase(measures.phases.begin());
        measures.timelines.erase(measures.timelines.begin());
    }
    return measures;
}

} // namespace ordermill::app
