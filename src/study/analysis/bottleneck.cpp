#include "study/analysis/bottleneck.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::study {
namespace {

constexpr double busy_producer = 0.7;
constexpr double balanced = 0.9;
constexpr double worth_telling = 0.05;

const SizeMetrics& judged_size(const std::vector<SizeMetrics>& metrics) {
    const auto fitting =
        std::find_if(metrics.rbegin(), metrics.rend(), [](const SizeMetrics& size) { return size.fits(); });
    return fitting != metrics.rend() ? *fitting : metrics.back();
}

Bound why_waiting(const Bottleneck& bottleneck) {
    if (bottleneck.producer_busy >= busy_producer) return Bound::rank_0;
    return bottleneck.load_balance < balanced ? Bound::imbalance : Bound::waiting;
}

/// The same work took this share of its CPU time more than at the base; 0 when it took less.
double slowdown_share(const SizeMetrics& size) {
    const double scaling = size.pop_workers.computation_scaling;
    return scaling > 0 ? std::clamp(1 - scaling, 0.0, 1.0) : 0;
}

std::vector<Share> shares_of(const SizeMetrics& size, Bound waiting) {
    const Profile& profile = size.workers_profile;
    const double work = profile[Phase::clean] + profile[Phase::resolve];
    const double slower = work * slowdown_share(size);
    std::vector<Share> shares{
        {Bound::cleaning, work - slower},
        {Bound::slowdown, slower},
        {Bound::reading, profile[Phase::read]},
        {Bound::writing, profile[Phase::write]},
        {Bound::exchange, profile[Phase::exchange]},
        {waiting, profile[Phase::wait]},
        {Bound::elsewhere, profile.other + profile[Phase::deal]},
    };
    double sum = 0;
    for (const Share& share : shares) sum += share.share;
    for (Share& share : shares) share.share = sum > 0 ? share.share / sum : 0;
    std::stable_sort(shares.begin(), shares.end(),
                     [](const Share& a, const Share& b) { return a.share > b.share; });
    return shares;
}

/// What it means that this bounds the run.
std::string_view meaning(Bound bound) {
    switch (bound) {
    case Bound::cleaning: return "Cleaning bounds the run, as it should be: more cores would help";
    case Bound::slowdown:
        return "Memory bandwidth bounds the run: the same work takes more CPU time the more workers there "
               "are "
               "(shared caches, clock rates and hyperthreads look the same)";
    case Bound::reading: return "Reading bounds the run: faster storage would help, more cores would not";
    case Bound::writing: return "Writing bounds the run: faster storage would help, more cores would not";
    case Bound::exchange: return "Exchanging keys between workers bounds the run";
    case Bound::rank_0:
        return "Rank 0 bounds the run: it can't deal work out faster; larger chunks would help";
    case Bound::imbalance:
        return "Imbalance bounds the run: some workers are done long before others; smaller chunks would "
               "help";
    case Bound::waiting:
        return "Waiting bounds the run, and neither rank 0 nor slower workers account for it";
    case Bound::elsewhere: return "Starting and ending bound the run: it is too short to say more";
    }
    return {};
}

/// How a share is named among others.
std::string_view in_list(Bound bound) {
    switch (bound) {
    case Bound::cleaning: return "cleaning";
    case Bound::slowdown: return "cleaning more slowly than at the base";
    case Bound::reading: return "reading";
    case Bound::writing: return "writing";
    case Bound::exchange: return "exchanging keys";
    case Bound::rank_0: return "waiting for rank 0";
    case Bound::imbalance: return "waiting for slower workers";
    case Bound::waiting: return "waiting";
    case Bound::elsewhere: return "starting and ending";
    }
    return {};
}

std::string sentence_of(const Bottleneck& bottleneck, const SizeMetrics& size) {
    std::string list;
    for (const Share& share : bottleneck.shares) {
        if (share.share < worth_telling && !list.empty()) continue;
        list +=
            fmt::format("{}{:.0f} % {}", list.empty() ? "" : ", ", share.share * 100, in_list(share.bound));
    }
    std::string text = fmt::format("{}. At {} worker{} their time is {}", meaning(bottleneck.bound),
                                   size.workers, size.workers == 1 ? "" : "s", list);
    if (size.producer_profile)
        text += fmt::format("; rank 0 is busy {:.0f} % of the time", bottleneck.producer_busy * 100);
    if (size.workers > 1)
        text += fmt::format("; the mean worker has {:.0f} % of the busiest one's work",
                            bottleneck.load_balance * 100);
    text += '.';
    if (size.oversubscribed)
        text += " More workers than cores: they share what one of them could use, so no more can be said.";
    return text;
}

} // namespace

std::string_view name(Bound bound) noexcept {
    switch (bound) {
    case Bound::cleaning: return "cleaning";
    case Bound::slowdown: return "memory bandwidth";
    case Bound::reading: return "reading";
    case Bound::writing: return "writing";
    case Bound::exchange: return "exchange";
    case Bound::rank_0: return "rank 0";
    case Bound::imbalance: return "imbalance";
    case Bound::waiting: return "waiting";
    case Bound::elsewhere: return "start and end";
    }
    return {};
}

Bottleneck find_bottleneck(const std::vector<SizeMetrics>& metrics) {
    const SizeMetrics& size = judged_size(metrics);
    Bottleneck bottleneck;
    bottleneck.workers = size.workers;
    bottleneck.load_balance = size.pop_workers.load_balance;
    if (size.producer_profile) {
        const Profile& producer = *size.producer_profile;
        const double total = producer[Phase::total];
        bottleneck.producer_busy = total > 0 ? std::clamp(1 - producer[Phase::wait] / total, 0.0, 1.0) : 0;
    }
    bottleneck.shares = shares_of(size, why_waiting(bottleneck));
    bottleneck.bound = bottleneck.shares.front().bound;
    bottleneck.sentence = sentence_of(bottleneck, size);
    return bottleneck;
}

} // namespace ordermill::study
