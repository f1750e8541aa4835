#include "app/study/earlier_runs.hpp"

#include "app/base/errors.hpp"
#include "app/base/version.hpp"
#include "study/rows/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

namespace ordermill::app {
namespace {

/// Empty when the file is missing. A launch that was killed may have left half a row.
std::string whole_lines(const std::string& path) {
    if (!std::filesystem::exists(path)) return {};
    std::string text = study::read_file(path);
    text.resize(text.rfind('\n') + 1);
    return text;
}

/// Which run a row belongs to.
template<typename Row>
auto run_of(const Row& row) {
    return std::tuple(row.mode, row.setting, row.workers, row.repeat);
}

using RunKey = decltype(run_of(study::RawRow()));

/// The runs of which every rank has its row `total`.
std::set<RunKey> whole_runs(std::span<const study::RawRow> rows) {
    std::map<RunKey, std::set<int>> totals;
    for (const study::RawRow& row : rows)
        if (row.phase == study::Phase::total) totals[run_of(row)].insert(row.rank);
    std::set<RunKey> whole;
    for (const study::RawRow& row : rows)
        if (totals[run_of(row)].size() == static_cast<std::size_t>(row.ranks)) whole.insert(run_of(row));
    return whole;
}

/// The word that says "go on" is no part of what is measured.
std::string without_resume(std::string command) {
    constexpr std::string_view word = " --resume";
    if (const auto at = command.find(word); at != std::string::npos) command.erase(at, word.size());
    return command;
}

void check_same_study(const std::string& path, const study::RawRow& row, const RunLabel& asked) {
    const auto differs = [&](std::string_view what, std::string_view there, std::string_view here) {
        if (there == here) return;
        throw UsageError(fmt::format("--resume: {} has the study of another {} ({}; this one is {}): choose "
                                     "another --output, or give --force to replace the study",
                                     path, what, there, here));
    };
    differs("job", row.job, asked.job);
    differs("input", row.inputs, asked.inputs);
    differs("command", without_resume(row.command), without_resume(asked.command));
}

/// Why rows that this program on these hosts would measure otherwise don't count; empty: they do.
std::string why_not(const study::RawRow& row, std::span<const HostFacts> hosts) {
    if (row.version != version_number() || row.commit != source_commit() || row.build != build_text())
        return "the rows that are there were measured with another build";
    const bool same_machine = std::any_of(hosts.begin(), hosts.end(), [&](const HostFacts& host) {
        return host.cpu_model == row.cpu_model && host.cores == row.cores;
    });
    return same_machine
               ? ""
               : fmt::format("the rows that are there were measured on other CPUs ({})", row.cpu_model);
}

} // namespace

EarlierRuns earlier_runs(const std::string& raw_path, const std::string& timeline_path, const RunLabel& asked,
                         std::span<const HostFacts> hosts) {
    EarlierRuns earlier;
    const std::string text = whole_lines(raw_path);
    if (text.empty()) return earlier;
    std::vector<study::RawRow> rows = study::parse_raw(text, raw_path);
    for (const study::RawRow& row : rows) {
        if (row.study != rows.front().study)
            throw UsageError(
                fmt::format("--resume: {} has rows of several studies: choose another --output", raw_path));
        check_same_study(raw_path, row, asked);
        earlier.begins_again = why_not(row, hosts);
        if (!earlier.begins_again.empty()) return earlier;
    }
    const std::set<RunKey> whole = whole_runs(rows);
    std::erase_if(rows, [&](const study::RawRow& row) { return !whole.contains(run_of(row)); });
    if (rows.empty()) return earlier;
    earlier.study = rows.front().study;
    earlier.rows = std::move(rows);
    if (const std::string bars = whole_lines(timeline_path); !bars.empty())
        earlier.timeline = study::parse_timeline(bars, timeline_path);
    std::erase_if(earlier.timeline,
                  [&](const study::TimelineRow& row) { return !whole.contains(run_of(row)); });
    return earlier;
}

} // namespace ordermill::app
