#pragma once

#include "study/analysis/bottleneck.hpp"
#include "study/analysis/fits.hpp"
#include "study/analysis/metrics.hpp"
#include "study/rows/raw_rows.hpp"
#include "study/rows/runs.hpp"

#include <span>
#include <string>
#include <vector>

namespace ordermill::study {

/// The timeline of one run.
struct Timeline {
    int workers = 0;
    int ranks = 0;
    double seconds = 0; ///< the run's time
    std::vector<TimelineRow> rows;
};

/// All that can be told about the runs of one mode.
struct Analysis {
    Collection collection;
    std::vector<SizeMetrics> metrics; ///< of collection.sizes, one each
    std::vector<Fit> fits;
    Bottleneck bottleneck;
    Timeline timeline;              ///< of the judged size, or else of the largest that has one; may be empty
    std::vector<std::string> notes; ///< sentences; the collection's in them

    Mode mode() const noexcept { return collection.mode; }
};

/// One analysis for each mode that the rows have a whole run of. Throws RowError: see `collect`, and when no
/// run is whole.
std::vector<Analysis> analyse(std::span<const RawRow> rows, std::span<const TimelineRow> timeline = {});

/// The table of sizes as cells, a row of titles first: for the terminal and the page alike. All columns but
/// the last hold numbers.
std::vector<std::vector<std::string>> size_table(const Analysis& analysis);
/// POP's metrics likewise.
std::vector<std::vector<std::string>> pop_table(const Analysis& analysis);
/// A sentence for each fit, or why there is none.
std::vector<std::string> fit_sentences(const Analysis& analysis);
/// "Strong scaling": what a mode is called.
std::string title(Mode mode);
/// Where the rows come from, of all their hosts, versions and dates: a line each.
std::vector<std::string> provenance(std::span<const RawRow> rows);

} // namespace ordermill::study
