#include "app/run/run_measures.hpp"

#include <algorithm>
#include <utility>

namespace ordermill::app {

RunMeasures measures_of(const Scheduler& scheduler, const RunFacts& facts, Bars rank0) {
    RunMeasures measures;
    measures.complete = !scheduler.stopping() && facts.lost.empty();
    if (!measures.complete) return measures;
    measures.started = facts.started;
    measures.wall_seconds = facts.wall_seconds;
    measures.records = count_records(scheduler.totals()).records;
    measures.bytes = scheduler.counts().bytes_accepted;
    measures.dealing = {.wall = facts.dealing_cpu_seconds,
                        .user = facts.dealing_user_seconds,
                        .system = std::max(0.0, facts.dealing_cpu_seconds - facts.dealing_user_seconds)};
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
