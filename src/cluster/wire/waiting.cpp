#include "cluster/wire/waiting.hpp"

#include <algorithm>

namespace ordermill::cluster {

void Waiting::arrived() noexcept {
    if (phase_ == Phase::spinning) {
        spin_ = std::min(longest_spin, spin_ * 2);
        sleep_ = shortest_sleep;
    } else if (phase_ == Phase::sleeping) {
        spin_ = std::max(least_spin_, spin_ / 2);
        sleep_ = std::max(shortest_sleep, sleep_ / 4);
    }
    phase_ = Phase::busy;
}

bool Waiting::spin() {
    if (phase_ == Phase::sleeping) return false;
    const auto now = Clock::now();
    if (phase_ == Phase::busy) {
        phase_ = Phase::spinning;
        spin_end_ = now + spin_;
    }
    return now < spin_end_;
}

void Waiting::pause(Duration limit) {
    if (spin()) return;
    nap(std::min(sleep_, limit));
    sleep_ = std::min(longest_sleep, sleep_ * 2);
}

void Waiting::nap(Duration time) {
    phase_ = Phase::sleeping;
    sleep_for(time);
}

} // namespace ordermill::cluster
