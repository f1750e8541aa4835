#include "app/report/rank0_traffic.hpp"
#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

Rank0Traffic rank0_traffic(const SchedulerCounts& counts, const std::vector<Phases>& phases,
                           double dealing_seconds) {
    constexpr double most_of_the_time = 0.5;
    constexpr double moment = 1; // seconds
    Rank0Traffic load;
    load.bytes = counts.inline_bytes + counts.gathered_bytes;
    if (load.bytes == 0 || dealing_seconds <= 0) return load;
    load.bytes_per_second = static_cast<double>(load.bytes) / dealing_seconds;
    double busy = 0;
    double workers = 0;
    for (std::size_t worker = 1; worker < phases.size(); ++worker) {
        const Phases& spent = phases[worker];
        if (spent.total.wall <= 0) continue; // it died
        ++workers;
        for (const Spent& phase :
             {spent.read, spent.clean, spent.resolve, spent.exchange, spent.write, spent.sync})
            busy += phase.wall;
    }
    if (workers == 0) return load;
    load.waited = std::clamp(1 - busy / (workers * dealing_seconds), 0.0, 1.0);
    load.binds = load.waited > most_of_the_time && load.waited * dealing_seconds > moment;
    return load;
}

std::string in_words(const Rank0Traffic& load) {
    if (!load.binds) return {};
    return fmt::format("the transfer through rank 0 limited the run: {} at {}/s, while the workers waited "
                       "{:.0f} % of the time; use input and output folders that all ranks can reach",
                       core::human_bytes(load.bytes),
                       core::human_bytes(static_cast<std::uint64_t>(load.bytes_per_second)),
                       100 * load.waited);
}

} // namespace ordermill::app
