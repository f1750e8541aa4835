#include "app/work/phase_clock.hpp"

#include "app/study/measured_rows.hpp"
#include "study/analysis/analysis.hpp"
#include "support/catch.hpp"
#include "system/resources.hpp"

#include <chrono>
#include <thread>

using namespace ordermill::app;
using ordermill::system::thread_cpu_seconds;

namespace {

void burn(double seconds) {
    const double end = thread_cpu_seconds() + seconds;
    while (thread_cpu_seconds() < end) {
    }
}

/// A worker whose phases are far shorter than a tick, and that sleeps between them: at a task switch the
/// kernel counts what was used, so that getrusage's differences put all of it between the phases.
Phases short_phases() {
    PhaseClock clock(false);
    for (int i = 0; i < 300; ++i) {
        {
            const auto timed = clock.read();
            burn(0.0002);
        }
        {
            const auto timed = clock.clean();
            burn(0.0005);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
    clock.stop();
    return clock.phases;
}

} // namespace

TEST_CASE("phase clock: phases and the rest are the thread's CPU time") {
    const double begin = thread_cpu_seconds();
    const Phases phases = short_phases();
    const double used = thread_cpu_seconds() - begin;
    CHECK(phases.read.cpu >= 300 * 0.0002);
    CHECK(phases.clean.cpu >= 300 * 0.0005);
    CHECK(phases.total.cpu >= 0.97 * used);
    CHECK(phases.total.cpu <= used);
    // 300 sleeps cost some microseconds each.
    CHECK(phases.read.cpu + phases.clean.cpu >= 0.9 * phases.total.cpu);
    CHECK(phases.read.cpu + phases.clean.cpu <= phases.total.cpu);
    CHECK(phases.user <= phases.total.cpu);
}

// As if nobody else had used the core: the wall time is the CPU time. Then nothing but the clock is tested.
TEST_CASE("phase clock: a burn with one worker has a parallel efficiency of 97 % or more") {
    PhaseClock clock(false);
    for (int i = 0; i < 300; ++i) {
        const auto timed = clock.clean();
        burn(0.0005);
    }
    clock.stop();
    RunMeasures measures;
    clock.phases.clean.wall = clock.phases.clean.cpu;
    measures.phases = {clock.phases};
    measures.usage.resize(1);
    measures.wall_seconds = clock.phases.total.cpu;
    measures.records = 1;
    RunLabel label;
    label.study = "burn";
    label.mode = ordermill::study::Mode::burn;
    const std::vector<HostFacts> hosts(1);
    const auto analysis = ordermill::study::analyse(rows_of(measures, label, hosts)).at(0);
    CHECK(analysis.metrics.at(0).pop_workers.parallel_efficiency >= 0.97);
    CHECK(analysis.metrics.at(0).pop_workers.parallel_efficiency <= 1.0 + 1e-9);
}
