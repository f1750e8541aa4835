#include "app/work/phase_clock.hpp"

#include <algorithm>
#include <chrono>

namespace ordermill::app {

Spent PhaseClock::now() {
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {.wall = std::chrono::duration<double>(wall).count(), .cpu = system::thread_cpu_seconds()};
}

PhaseClock::PhaseClock(bool timeline)
    : start_(now()), cpu_at_start_(system::process_cpu()), others_at_start_(system::other_load()) {
    if (timeline) timeline_.emplace();
}

PhaseClock::Scope::Scope(PhaseClock& clock, Spent& spent, study::Phase phase)
    : clock_(clock), spent_(spent), phase_(phase), begin_(now()) {}

PhaseClock::Scope::~Scope() {
    const Spent end = now();
    spent_.wall += end.wall - begin_.wall;
    spent_.cpu += end.cpu - begin_.cpu;
    if (clock_.timeline_)
        clock_.timeline_->add(phase_, begin_.wall - clock_.start_.wall, end.wall - clock_.start_.wall);
}

void PhaseClock::stop() {
    const Spent end = now();
    phases.total = {.wall = end.wall - start_.wall, .cpu = end.cpu - start_.cpu};
    const system::CpuSeconds cpu = system::process_cpu();
    phases.user = std::clamp(cpu.user - cpu_at_start_.user, 0.0, phases.total.cpu);
    phases.others = system::other_load().since(others_at_start_);
}

std::vector<study::PhaseBuckets::Bar> PhaseClock::bars() const {
    return timeline_ ? timeline_->bars() : std::vector<study::PhaseBuckets::Bar>();
}

} // namespace ordermill::app
