#include "study/rows/phase_buckets.hpp"

#include <algorithm>
#include <iterator>

namespace ordermill::study {

void PhaseBuckets::widen() {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        if (i % 2 == 0) {
            buckets_[i / 2] = buckets_[i];
            continue;
        }
        for (std::size_t phase = 0; phase < phase_count; ++phase)
            buckets_[i / 2][phase] += buckets_[i][phase];
    }
    buckets_.resize((buckets_.size() + 1) / 2);
    width_ *= 2;
}

void PhaseBuckets::add(Phase phase, double begin, double end) {
    begin = std::max(begin, 0.0);
    while (end >= width_ * most_buckets) widen();
    if (end <= begin) return;
    const auto last = static_cast<std::size_t>(end / width_);
    if (last >= buckets_.size()) buckets_.resize(last + 1, Bucket{});
    for (auto i = static_cast<std::size_t>(begin / width_); i <= last; ++i) {
        const double from = std::max(begin, static_cast<double>(i) * width_);
        const double to = std::min(end, static_cast<double>(i + 1) * width_);
        if (to > from) buckets_[i][static_cast<std::size_t>(phase)] += static_cast<float>(to - from);
    }
}

std::vector<PhaseBuckets::Bar> PhaseBuckets::bars() const {
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        Bucket shares = buckets_[i];
        float busy = 0;
        for (const float share : shares) busy += share;
        auto& wait = shares[static_cast<std::size_t>(Phase::wait)];
        wait += std::max(0.0F, static_cast<float>(width_) - busy);
        const auto most = std::max_element(shares.begin(), shares.end());
        const auto phase = static_cast<Phase>(std::distance(shares.begin(), most));
        const double begin = static_cast<double>(i) * width_;
        if (bars.empty() || bars.back().phase != phase) bars.push_back({.phase = phase, .begin = begin});
        bars.back().end = begin + width_;
    }
    if (!bars.empty() && bars.back().phase == Phase::wait) bars.pop_back();
    return bars;
}

} // namespace ordermill::study
