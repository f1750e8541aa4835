#include "app/deal/scheduler_timeline.hpp"

#include <chrono>
#include <utility>

namespace ordermill::app {
namespace {

double clock_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

SchedulerTimeline::SchedulerTimeline() : start_(clock_seconds()) {}

double SchedulerTimeline::seconds() const { return clock_seconds() - start_; }

template<class Call>
auto SchedulerTimeline::timed(const Call& call) {
    struct Scope {
        SchedulerTimeline& time;
        double begin;
        ~Scope() { time.buckets_.add(study::Phase::deal, begin, time.seconds()); }
    };
    const Scope scope{*this, seconds()};
    return call();
}

cluster::Dealer SchedulerTimeline::measured(cluster::Dealer dealer) {
    dealer.next = [this, next = std::move(dealer.next)](int worker, bool room) {
        return timed([&] { return next(worker, room); });
    };
    dealer.take = [this, take = std::move(dealer.take)](int worker, cluster::Reply&& reply) {
        timed([&] { take(worker, std::move(reply)); });
    };
    return dealer;
}

std::vector<study::PhaseBuckets::Bar> SchedulerTimeline::bars() const {
    std::vector<study::PhaseBuckets::Bar> bars = buckets_.bars();
    if (bars.empty()) bars.push_back({.phase = study::Phase::wait, .begin = 0, .end = seconds()});
    return bars;
}

} // namespace ordermill::app
