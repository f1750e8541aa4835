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

/// Which size is best for what; 0 workers: none.
struct BestSizes {
    int for_time = 0;       ///< the least median time
    int for_efficiency = 0; ///< the most workers with an efficiency of 80 % or more
    int for_cost = 0;       ///< the fewest core seconds
};
inline constexpr double good_efficiency = 0.8;

/// All that can be told about the runs of one mode and setting.
struct Analysis {
    Collection collection;
    RawRow head; ///< one of its rows, for what all of them share: job, inputs, command, chunks, parts
    std::vector<SizeMetrics> metrics; ///< of collection.sizes, one each
    std::vector<Fit> fits;
    Bottleneck bottleneck;
    std::string ceiling; ///< what is the machine's and what ordermill's, a sentence; may be empty
    BestSizes best;
    Timeline timeline;              ///< of the judged size, or else of the largest that has one; may be empty
    std::vector<std::string> notes; ///< sentences; the collection's in them

    Mode mode() const noexcept { return collection.mode; }
    /// What its files and parts of the page are called: "strong", "strong-chunk-size-1MiB".
    std::string id() const;
};

/// One analysis for each mode and setting that the rows have a whole run of; ceilings belong to the mode they
/// are of. Throws RowError: see `collect`, and when no run is whole.
std::vector<Analysis> analyse(std::span<const RawRow> rows, std::span<const TimelineRow> timeline = {});

/// The table of sizes as cells, a row of titles first: for the terminal and the page alike. All columns but
/// the last hold numbers.
std::vector<std::vector<std::string>> size_table(const Analysis& analysis);
/// POP's metrics likewise.
std::vector<std::vector<std::string>> pop_table(const Analysis& analysis);
/// Core-hours, and what they are against the base; which sizes are best is in `best_sentence`.
std::vector<std::vector<std::string>> cost_table(const Analysis& analysis);
std::string best_sentence(const Analysis& analysis);
/// What else went on on the hosts, and memory.
std::vector<std::vector<std::string>> conditions_table(const Analysis& analysis);
/// A sentence for each fit, or why there is none.
std::vector<std::string> fit_sentences(const Analysis& analysis);
/// "Strong scaling": what a mode is called.
std::string title(Mode mode);
/// The same with its setting: "Strong scaling, chunk-size=1MiB".
std::string title(const Analysis& analysis);
/// Where the rows come from, of all their hosts, builds and dates: a fact each.
struct Provenance {
    std::string name; ///< "Hosts"
    std::string value;
};
std::vector<Provenance> provenance(std::span<const RawRow> rows);

} // namespace ordermill::study
