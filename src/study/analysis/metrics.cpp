#include "study/analysis/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

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

PopMetrics pop_metrics(const Size& size, const Size& base, bool workers_only) {
    const Run& run = size.median_run();
    const Useful useful = useful_time(run, workers_only);
    const Useful at_base = useful_time(base.median_run(), workers_only);
    const double ranks = static_cast<double>(useful.ranks);
    PopMetrics pop;
    pop.load_balance = ratio(useful.sum, useful.most * ranks);
    pop.communication_efficiency = ratio(useful.most, run.time());
    pop.parallel_efficiency = ratio(useful.sum, run.time() * ranks);
    pop.computation_scaling = ratio(ratio(at_base.sum, base.work()), ratio(useful.sum, size.work()));
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
        for (std::size_t i = 0; i < phase_count; ++i) {
            profile.seconds[i] += rank.phases[i].wall;
            profile.cpu_seconds[i] += rank.phases[i].cpu;
        }
        profile.other += rank.other();
    }
    if (ranks == 0) return std::nullopt;
    for (double& seconds : profile.seconds) seconds /= ranks;
    for (double& seconds : profile.cpu_seconds) seconds /= ranks;
    profile.other /= ranks;
    return profile;
}

double longest_busy(const Run& run) {
    double longest = 0;
    for (const RankTimes& rank : run.by_rank)
        if (rank.role == Role::worker) longest = std::max(longest, rank.busy());
    return longest;
}

double one_file_busy(const Run& run) {
    constexpr int fewest_that_take_turns = 4;
    double writing = 0;
    int workers = 0;
    for (const RankTimes& rank : run.by_rank) {
        if (rank.host != run.by_rank.front().host) return 0;
        if (rank.role != Role::worker) continue;
        ++workers;
        writing += rank[Phase::write].cpu;
    }
    if (run.parts > 1 || workers < fewest_that_take_turns) return 0;
    return std::min(1.0, writing / run.time());
}

OthersLoad others_of(const Run& run) {
    struct Host {
        double busy = 0;
        double stolen = 0;
        double own = 0;
    };
    std::map<std::string, Host> hosts;
    OthersLoad load;
    double workers = 0;
    for (const RankTimes& rank : run.by_rank) {
        Host& host = hosts[rank.host];
        host.busy = std::max(host.busy, rank.host_busy);
        host.stolen = std::max(host.stolen, rank.host_stolen);
        host.own += rank[Phase::total].cpu;
        load.load_average = std::max(load.load_average, rank.load_average);
        if (rank.role != Role::worker) continue;
        ++workers;
        load.switches_per_second += static_cast<double>(rank.involuntary_switches);
    }
    const double time = run.time();
    for (const auto& [name, host] : hosts) {
        load.cores += std::max(0.0, host.busy - host.own) / time;
        load.stolen += host.stolen / time;
    }
    load.switches_per_second /= std::max(1.0, workers) * time;
    return load;
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

std::optional<Range> interval_of(const Size& size) {
    std::vector<double> times;
    for (const Run& run : size.runs) times.push_back(run.time());
    return median_interval(std::move(times));
}

/// Its range is what both medians' ranges allow.
std::optional<Range> karp_flatt(const SizeMetrics& metrics, const Size& base, Mode mode) {
    if (mode == Mode::weak || metrics.workers <= base.workers) return std::nullopt;
    const double p = static_cast<double>(metrics.workers) / base.workers;
    const auto fraction = [&](double time, double base_time) {
        return (time / base_time - 1 / p) / (1 - 1 / p);
    };
    const Range times = metrics.time_interval.value_or(metrics.time);
    const Range base_times = interval_of(base).value_or(times_of(base));
    return Range{fraction(times.min, base_times.max), fraction(times.median, base_times.median),
                 fraction(times.max, base_times.min)};
}

std::optional<CeilingMetrics> ceiling_of(const Size& size, const Collection* ceiling, const Size& base) {
    if (ceiling == nullptr || size.serial) return std::nullopt;
    const auto same = std::find_if(ceiling->sizes.begin(), ceiling->sizes.end(),
                                   [&](const Size& other) { return other.workers == size.workers; });
    if (same == ceiling->sizes.end()) return std::nullopt;
    CeilingMetrics metrics;
    metrics.repeats = same->runs.size();
    metrics.time = times_of(*same);
    const double rate = same->work() / metrics.time.median;
    metrics.speedup = base.workers * rate / (base.work() / times_of(base).median);
    metrics.of_ceiling = size.work() / times_of(size).median / rate;
    return metrics;
}

SizeMetrics measure_size(const Size& size, const Size& base, Mode mode, const Collection* ceiling) {
    SizeMetrics metrics;
    metrics.ranks = size.ranks;
    metrics.workers = size.workers;
    metrics.repeats = size.runs.size();
    metrics.base = &size == &base;
    metrics.serial = size.serial;
    metrics.oversubscribed = size.oversubscribed;
    metrics.time = times_of(size);
    metrics.time_interval = interval_of(size);
    metrics.work = size.work();
    metrics.duplicates = size.runs.front().work_duplicates;
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
    metrics.longest_busy = longest_busy(size.median_run());
    metrics.one_file_busy = one_file_busy(size.median_run());
    metrics.others = others_of(size.median_run());
    metrics.ceiling = ceiling_of(size, ceiling, base);
    return metrics;
}

} // namespace

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Range> median_interval(std::vector<double> values) {
    const std::size_t n = values.size();
    if (n < fewest_for_interval) return std::nullopt;
    std::sort(values.begin(), values.end());
    if (n > 1000) { // 2^-n comes near the smallest number: the binomial is normal by then
        const auto from_end = static_cast<std::size_t>(static_cast<double>(n) / 2 - 0.98 * std::sqrt(n));
        return Range{values[from_end - 1], median(values), values[n - from_end]};
    }
    // P(B(n, 1/2) = i), summed up while two tails stay below 5 %.
    double probability = std::pow(0.5, static_cast<double>(n));
    double tail = 0;
    std::size_t k = 0;
    while (2 * (tail + probability) <= 0.05) {
        tail += probability;
        probability *= static_cast<double>(n - k) / static_cast<double>(k + 1);
        ++k;
    }
    return Range{values[k - 1], median(values), values[n - k]};
}

double median_doubt(const std::vector<double>& values) {
    const std::optional<Range> interval = median_interval(values);
    if (!interval) return std::numeric_limits<double>::infinity();
    return (interval->max - interval->min) / 2 / interval->median;
}

double SizeMetrics::spread() const noexcept {
    const Range& range = time_interval ? *time_interval : time;
    return ratio(range.max - range.min, range.median);
}

std::vector<SizeMetrics> measure(const Collection& collection, const Collection* ceiling) {
    std::vector<SizeMetrics> metrics;
    if (collection.sizes.empty()) return metrics;
    const Size& base = base_of(collection);
    for (const Size& size : collection.sizes)
        metrics.push_back(measure_size(size, base, collection.mode, ceiling));
    return metrics;
}

} // namespace ordermill::study
