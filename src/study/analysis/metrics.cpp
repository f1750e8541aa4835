#include "study/analysis/metrics.hpp"

#include <algorithm>

namespace ordermill::study {
namespace {

/// Useful CPU time of some ranks of one run.
struct Useful {
    double sum = 0;
    double most = 0;
    std::size_t ranks = 0;
};

Useful useful_time(const Run& run, bool workers_only) {
    Useful useful;
    for (const RankTimes& rank : run.by_rank) {
        if (workers_only && rank.role != Role::worker) continue;
        useful.sum += rank.useful();
        useful.most = std::max(useful.most, rank.useful());
        ++useful.ranks;
    }
    return useful;
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

template<typename Value>
double median_over(const Size& size, Value value) {
    std::vector<double> values;
    for (const Run& run : size.runs) values.push_back(value(run));
    return median(std::move(values));
}

/// Median useful time per work, summed over the ranks.
double useful_per_work(const Size& size, bool workers_only) {
    return ratio(median_over(size, [&](const Run& run) { return useful_time(run, workers_only).sum; }),
                 size.work());
}

PopMetrics pop_metrics(const Size& size, const Size& base, bool workers_only) {
    const auto over_runs = [&](auto value) {
        return median_over(size, [&](const Run& run) { return value(run, useful_time(run, workers_only)); });
    };
    PopMetrics pop;
    pop.load_balance = over_runs([](const Run&, const Useful& useful) {
        return ratio(useful.sum, useful.most * static_cast<double>(useful.ranks));
    });
    pop.communication_efficiency =
        over_runs([](const Run& run, const Useful& useful) { return ratio(useful.most, run.time()); });
    pop.parallel_efficiency = over_runs([](const Run& run, const Useful& useful) {
        return ratio(useful.sum, run.time() * static_cast<double>(useful.ranks));
    });
    pop.computation_scaling = ratio(useful_per_work(base, workers_only), useful_per_work(size, workers_only));
    pop.global_efficiency = pop.parallel_efficiency * pop.computation_scaling;
    return pop;
}

/// Nothing where no rank has the role.
std::optional<Profile> profile_of(const Run& run, Role role) {
    Profile profile;
    double ranks = 0;
    for (const RankTimes& rank : run.by_rank) {
        if (rank.role != role) continue;
        ++ranks;
        for (std::size_t i = 0; i < phase_count; ++i) profile.seconds[i] += rank.phases[i].wall;
        profile.other += rank.other();
    }
    if (ranks == 0) return std::nullopt;
    for (double& seconds : profile.seconds) seconds /= ranks;
    profile.other /= ranks;
    return profile;
}

Range times_of(const Size& size) {
    return {size.runs.front().time(), median_over(size, [](const Run& run) { return run.time(); }),
            size.runs.back().time()};
}

const Size& base_of(const Collection& collection) {
    const auto farm = std::find_if(collection.sizes.begin(), collection.sizes.end(),
                                   [](const Size& size) { return !size.serial; });
    return farm != collection.sizes.end() ? *farm : collection.sizes.front();
}

std::optional<double> karp_flatt(const SizeMetrics& metrics, const Size& base, Mode mode) {
    if (mode == Mode::weak || metrics.workers <= base.workers) return std::nullopt;
    const double p = static_cast<double>(metrics.workers) / base.workers;
    const double s = metrics.speedup.median / base.workers;
    return (1 / s - 1 / p) / (1 - 1 / p);
}

SizeMetrics measure_size(const Size& size, const Size& base, Mode mode) {
    SizeMetrics metrics;
    metrics.ranks = size.ranks;
    metrics.workers = size.workers;
    metrics.repeats = size.runs.size();
    metrics.base = &size == &base;
    metrics.serial = size.serial;
    metrics.oversubscribed = size.oversubscribed;
    metrics.time = times_of(size);
    const Run& run = size.runs.front();
    metrics.bytes_per_second = static_cast<double>(run.work_bytes) / metrics.time.median;
    metrics.records_per_second = static_cast<double>(run.work_records) / metrics.time.median;
    const double base_rate = base.work() / times_of(base).median;
    const auto speedup = [&](double time) { return base.workers * (size.work() / time) / base_rate; };
    metrics.speedup = {speedup(metrics.time.max), speedup(metrics.time.median), speedup(metrics.time.min)};
    const double workers = size.workers;
    metrics.efficiency = {metrics.speedup.min / workers, metrics.speedup.median / workers,
                          metrics.speedup.max / workers};
    metrics.karp_flatt = karp_flatt(metrics, base, mode);
    metrics.pop_all = pop_metrics(size, base, false);
    metrics.pop_workers = pop_metrics(size, base, true);
    for (const Run& each : size.runs)
        for (const RankTimes& rank : each.by_rank)
            metrics.peak_rss = std::max(metrics.peak_rss, rank.peak_rss);
    metrics.workers_profile = profile_of(size.median_run(), Role::worker).value_or(Profile());
    metrics.producer_profile = profile_of(size.median_run(), Role::producer);
    return metrics;
}

} // namespace

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<SizeMetrics> measure(const Collection& collection) {
    std::vector<SizeMetrics> metrics;
    if (collection.sizes.empty()) return metrics;
    const Size& base = base_of(collection);
    for (const Size& size : collection.sizes) metrics.push_back(measure_size(size, base, collection.mode));
    return metrics;
}

} // namespace ordermill::study
