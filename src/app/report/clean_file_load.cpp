#include "app/report/clean_file_load.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

CleanFileLoad clean_file_load(std::uint32_t parts, const std::vector<Phases>& phases,
                              const std::vector<std::string>& hosts, double dealing_seconds) {
    constexpr double nearly_always = 0.7;
    constexpr std::size_t fewest_workers = 4;
    CleanFileLoad load;
    if (dealing_seconds <= 0) return load;
    for (std::size_t worker = 1; worker < phases.size(); ++worker)
        load.share += phases[worker].at_clean_file / dealing_seconds;
    load.share = std::min(load.share, 1.0);
    const bool one_host = std::all_of(hosts.begin(), hosts.end(),
                                      [&hosts](const std::string& host) { return host == hosts.front(); });
    load.binds = parts == 1 && phases.size() > fewest_workers && one_host && load.share > nearly_always;
    return load;
}

std::string in_words(const CleanFileLoad& load) {
    if (!load.binds) return {};
    return fmt::format(
        "the one file of clean records limited the run: it was being written {:.0f} % of the time, "
        "and only one process at a time can write to a file; --parts N lets the workers write at "
        "once",
        100 * load.share);
}

} // namespace ordermill::app
