#pragma once

#include "app/hosts/host_facts.hpp"
#include "app/study/measured_rows.hpp"
#include "study/rows/raw_rows.hpp"

#include <span>
#include <string>
#include <vector>

namespace ordermill::app {

/// What an earlier launch of a study measured, and the launch that goes on needn't measure again.
struct EarlierRuns {
    std::string study; ///< its name; empty: nothing is there to go on with
    std::vector<study::RawRow> rows;
    std::vector<study::TimelineRow> timeline;
    std::string begins_again; ///< one sentence: why rows that are there can't be gone on with; else empty
};

/// Reads the rows that an earlier launch left in these files, either of which may be missing. Only whole runs
/// count: each rank has its row `total`. A row that was cut short is left out with its run. Rows of another
/// machine or build are none to go on with: `begins_again` says so. `asked` is what this launch is to
/// measure, `hosts` where. Throws UsageError when the rows belong to another job, input, mode or command,
/// study::RowError and study::FileError for files that can't be read.
EarlierRuns earlier_runs(const std::string& raw_path, const std::string& timeline_path, const RunLabel& asked,
                         std::span<const HostFacts> hosts);

} // namespace ordermill::app
