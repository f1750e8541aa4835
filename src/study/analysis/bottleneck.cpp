#include "study/analysis/bottleneck.hpp"

#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ordermill::study {
namespace {

constexpr double busy_producer = 0.7;
constexpr double busy_file = 0.7;
constexpr double worth_telling = 0.05;

const SizeMetrics& judged_size(const std::vector<SizeMetrics>& metrics) {
    const auto fitting =
        std::find_if(metrics.rbegin(), metrics.rend(), [](const SizeMetrics& size) { return size.fits(); });
    return fitting != metrics.rend() ? *fitting : metrics.back();
}

const SizeMetrics& base_size(const std::vector<SizeMetrics>& metrics) {
    const auto base =
        std::find_if(metrics.begin(), metrics.end(), [](const SizeMetrics& size) { return size.base; });
    return base != metrics.end() ? *base : metrics.front();
}

/// Of clean and resolve, summed over the workers.
struct WorkSeconds {
    double wall = 0;
    double cpu = 0;
};

WorkSeconds work_seconds(const SizeMetrics& size) {
    const Profile& profile = size.workers_profile;
    return {.wall = profile[Phase::clean] + profile[Phase::resolve],
            .cpu = profile.cpu(Phase::clean) + profile.cpu(Phase::resolve)};
}

/// By how much a record costs more here; 1 where it can't be told.
double growth(double here, const SizeMetrics& size, double at_base, const SizeMetrics& base) {
    const double there = at_base * base.workers / base.work;
    return there > 0 && here > 0 ? here * size.workers / size.work / there : 1;
}

double busy_mean(const Profile& profile) {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < phase_count; ++i)
        if (static_cast<Phase>(i) != Phase::wait) sum += profile.seconds[i];
    return sum;
}

/// What the rest of waiting is put down to.
Bound why_waiting(const Bottleneck& bottleneck, const SizeMetrics& size, double waited) {
    if (bottleneck.producer_busy >= busy_producer) return Bound::rank_0;
    const double waited_cores = waited * size.workers / size.time.median;
    if (size.others.cores + size.others.stolen >= waited_cores / 2) return Bound::other_load;
    const Profile& profile = size.workers_profile;
    return profile.cpu(Phase::wait) >= profile[Phase::wait] / 2 ? Bound::uncounted : Bound::waiting;
}

std::vector<Share> shares_of(const Bottleneck& bottleneck, const SizeMetrics& size) {
    const Profile& profile = size.workers_profile;
    const WorkSeconds work = work_seconds(size);
    const bool cpu_known = work.cpu > 0;
    const double displaced = cpu_known ? std::max(0.0, work.wall - work.cpu) : 0;
    const double slower = (work.wall - displaced) *
                          std::max(0.0, 1 - 1 / std::min(bottleneck.wall_growth, bottleneck.cpu_growth));
    const double imbalance = std::clamp(size.longest_busy - busy_mean(profile), 0.0, profile[Phase::wait]);
    const double rest = profile[Phase::wait] - imbalance;
    const bool one_file = size.one_file_busy >= busy_file;
    std::vector<Share> shares{
        {Bound::cleaning, work.wall - displaced - slower},
        {Bound::slowdown, slower},
        {Bound::displaced, displaced},
        {Bound::reading, profile[Phase::read]},
        {one_file ? Bound::one_file : Bound::writing, profile[Phase::write] + (one_file ? rest : 0)},
        {Bound::exchange, profile[Phase::exchange]},
        {Bound::imbalance, imbalance},
        {why_waiting(bottleneck, size, rest), one_file ? 0 : rest},
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
    case Bound::cleaning: return "Cleaning bounds the run, as it should: more cores would help";
    case Bound::slowdown:
        return "Memory bandwidth bounds the run: the same work takes more time and more CPU time the more "
               "workers there are (shared caches, clock rates and hyperthreads look the same)";
    case Bound::displaced:
        return "The workers' cores bound the run: workers that had work were not running (more ranks than "
               "cores, "
               "or other processes)";
    case Bound::reading: return "Reading bounds the run: faster storage would help, more cores would not";
    case Bound::writing: return "Writing bounds the run: faster storage would help, more cores would not";
    case Bound::exchange: return "Exchanging keys between workers bounds the run";
    case Bound::one_file:
        return "The one file of clean records bounds the run, since only one process at a time can write to "
               "a "
               "file: more workers would not help, and --parts N lets the workers write at once";
    case Bound::rank_0:
        return "Rank 0 bounds the run: it can't deal work out faster; larger chunks would help";
    case Bound::imbalance:
        return "Imbalance bounds the run: some workers are done long before others; smaller chunks would "
               "help";
    case Bound::other_load:
        return "Other load bounds the run: while the workers waited, other processes used the machine's "
               "cores";
    case Bound::uncounted:
        return "Work in no phase bounds the run: the workers used their CPUs, but not for what is measured";
    case Bound::waiting:
        return "Waiting bounds the run, and neither rank 0, imbalance nor other load accounts for it";
    case Bound::elsewhere: return "Starting and ending bound the run: it is too short to say more";
    }
    return {};
}

/// How a share is named among others.
std::string_view in_list(Bound bound) {
    switch (bound) {
    case Bound::cleaning: return "cleaning";
    case Bound::slowdown: return "cleaning more slowly than at the base";
    case Bound::displaced: return "having work, but no core";
    case Bound::reading: return "reading";
    case Bound::writing: return "writing";
    case Bound::exchange: return "exchanging keys";
    case Bound::one_file: return "writing to the one file, or waiting for it";
    case Bound::rank_0: return "waiting for rank 0";
    case Bound::imbalance: return "waiting for slower workers";
    case Bound::other_load: return "waiting beside other load";
    case Bound::uncounted: return "working outside of the phases";
    case Bound::waiting: return "waiting";
    case Bound::elsewhere: return "starting and ending";
    }
    return {};
}

/// The figures that belong to a bound, beside its share.
std::string figures(const Bottleneck& bottleneck, const SizeMetrics& size) {
    const Profile& profile = size.workers_profile;
    const auto off_core = [&](Phase phase) {
        return fmt::format("; {:.0f} % of it without using the CPU",
                           100 * std::max(0.0, 1 - profile.cpu(phase) / profile[phase]));
    };
    switch (bottleneck.bound) {
    case Bound::slowdown:
        return fmt::format(
            "; clean and resolve take {:.2f} times the base's wall seconds a record and {:.2f} "
            "times its CPU seconds",
            bottleneck.wall_growth, bottleneck.cpu_growth);
    case Bound::imbalance:
        return fmt::format("; the busiest worker is busy for {}, the mean one for {}",
                           core::seconds_text(size.longest_busy), core::seconds_text(busy_mean(profile)));
    case Bound::displaced:
    case Bound::other_load:
        return fmt::format(
            "; others used {:.1f} cores, the hypervisor took {:.1f}, and a worker lost its core "
            "{:.0f} times a second",
            size.others.cores, size.others.stolen, size.others.switches_per_second);
    case Bound::reading: return off_core(Phase::read);
    case Bound::writing: return off_core(Phase::write);
    case Bound::one_file:
        return fmt::format("; it was being written to {:.0f} % of the time", 100 * size.one_file_busy);
    default: return {};
    }
}

std::string shares_text(const Bottleneck& bottleneck) {
    std::string list;
    for (const Share& share : bottleneck.shares) {
        if (share.share < worth_telling && !list.empty()) continue;
        list +=
            fmt::format("{}{:.0f} % {}", list.empty() ? "" : ", ", share.share * 100, in_list(share.bound));
    }
    return list;
}

std::string_view workers_word(int workers) { return workers == 1 ? "worker" : "workers"; }

std::string sentence_of(const Bottleneck& bottleneck, const SizeMetrics& size) {
    const double apart = bottleneck.shares[0].share - bottleneck.shares[1].share;
    std::string text =
        bottleneck.firm
            ? std::string(meaning(bottleneck.bound))
            : fmt::format("Too noisy to tell what bounds the run: the times vary by {:.0f} % ({} to "
                          "{}), and the two largest shares are only {:.0f} % apart",
                          bottleneck.spread * 100, core::seconds_text(size.time.min),
                          core::seconds_text(size.time.max), apart * 100);
    text += fmt::format(". At {} {} their time is {}", size.workers, workers_word(size.workers),
                        shares_text(bottleneck));
    if (bottleneck.firm) text += figures(bottleneck, size);
    if (size.producer_profile)
        text += fmt::format("; rank 0 is busy {:.0f} % of the time", bottleneck.producer_busy * 100);
    if (size.workers > 1 && bottleneck.load_balance > 0) // else CPU times aren't known
        text += fmt::format("; the mean worker has {:.0f} % of the busiest one's work",
                            bottleneck.load_balance * 100);
    text += '.';
    if (size.repeats == 1) text += " There was one run, so how far that is noise isn't known.";
    if (size.oversubscribed)
        text += " More workers than cores: they share what one of them could use, so no more can be said.";
    return text;
}

} // namespace

std::string_view name(Bound bound) noexcept {
    switch (bound) {
    case Bound::cleaning: return "cleaning";
    case Bound::slowdown: return "memory bandwidth";
    case Bound::displaced: return "no core";
    case Bound::reading: return "reading";
    case Bound::writing: return "writing";
    case Bound::exchange: return "exchange";
    case Bound::one_file: return "one file";
    case Bound::rank_0: return "rank 0";
    case Bound::imbalance: return "imbalance";
    case Bound::other_load: return "other load";
    case Bound::uncounted: return "no phase";
    case Bound::waiting: return "waiting";
    case Bound::elsewhere: return "start and end";
    }
    return {};
}

Bottleneck find_bottleneck(const std::vector<SizeMetrics>& metrics) {
    const SizeMetrics& size = judged_size(metrics);
    const SizeMetrics& base = base_size(metrics);
    Bottleneck bottleneck;
    bottleneck.workers = size.workers;
    bottleneck.load_balance = size.pop_workers.load_balance;
    if (size.producer_profile) {
        const Profile& producer = *size.producer_profile;
        const double total = producer[Phase::total];
        bottleneck.producer_busy = total > 0 ? std::clamp(1 - producer[Phase::wait] / total, 0.0, 1.0) : 0;
    }
    bottleneck.wall_growth = growth(work_seconds(size).wall, size, work_seconds(base).wall, base);
    bottleneck.cpu_growth = growth(work_seconds(size).cpu, size, work_seconds(base).cpu, base);
    bottleneck.shares = shares_of(bottleneck, size);
    bottleneck.bound = bottleneck.shares.front().bound;
    bottleneck.spread = size.spread();
    bottleneck.firm = bottleneck.spread <= bottleneck.shares[0].share - bottleneck.shares[1].share;
    bottleneck.sentence = sentence_of(bottleneck, size);
    return bottleneck;
}

std::string ceiling_sentence(const std::vector<SizeMetrics>& metrics) {
    const SizeMetrics& size = judged_size(metrics);
    if (!size.ceiling) return {};
    const CeilingMetrics& ceiling = *size.ceiling;
    std::string text = fmt::format("The machine's own ceiling: {} {} that share nothing give {:.2f} times "
                                   "the base, and ordermill reaches "
                                   "{:.0f} % of that.",
                                   size.workers, size.workers == 1 ? "process" : "processes", ceiling.speedup,
                                   ceiling.of_ceiling * 100);
    const double doubt = std::max(size.spread(), (ceiling.time.max - ceiling.time.min) / ceiling.time.median);
    const double machine = 1 - ceiling.speedup / size.workers;
    const double own = ceiling.speedup / size.workers - size.efficiency.median;
    if (doubt > std::max(std::abs(machine), std::abs(own)))
        return text + fmt::format(" The times vary by {:.0f} %, more than either has lost of the ideal.",
                                  doubt * 100);
    if (size.base) return text;
    const auto lost = [](double share) {
        return share >= 0 ? fmt::format("{:.0f} %", share * 100)
                          : fmt::format("nothing (it gains {:.0f} %)", -share * 100);
    };
    return text + fmt::format(
                      " Of the ideal the machine loses {} (memory bandwidth, shared cores, file system), and "
                      "ordermill {} (rank 0, exchange, imbalance, one output).",
                      lost(machine), lost(own));
}

} // namespace ordermill::study
