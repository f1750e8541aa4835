#include "app/work/phase_clock.hpp"

#include <chrono>

#include <sys/resource.h>

namespace ordermill::app {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

} // namespace

Spent PhaseClock::now() {
    rusage used{};
    ::getrusage(RUSAGE_THREAD, &used);
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {.wall = std::chrono::duration<double>(wall).count(),
            .user = seconds(used.ru_utime),
            .system = seconds(used.ru_stime)};
}

PhaseClock::PhaseClock(bool timeline) : start_(now()) {
    if (timeline) timeline_.emplace();
}

PhaseClock::Scope::Scope(PhaseClock& clock, Spent& spent, study::Phase phase)
    : clock_(clock), spent_(spent), phase_(phase), begin_(now()) {}

PhaseClock::Scope::~Scope() {
    const Spent end = now();
    spent_.wall += end.wall - begin_.wall;
    spent_.user += end.user - begin_.user;
    spent_.system += end.system - begin_.system;
    if (clock_.timeline_)
        clock_.timeline_->add(phase_, begin_.wall - clock_.start_.wall, end.wall - clock_.start_.wall);
}

void PhaseClock::stop() {
    const Spent end = now();
    phases.total = {
        .wall = end.wall - start_.wall, .user = end.user - start_.user, .system = end.system - start_.system};
}

std::vector<study::PhaseBuckets::Bar> PhaseClock::bars() const {
    return timeline_ ? timeline_->bars() : std::vector<study::PhaseBuckets::Bar>();
}

} // namespace ordermill::app
