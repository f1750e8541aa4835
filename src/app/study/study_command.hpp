#pragma once

#include "study/rows/raw_rows.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// `ordermill study`.
namespace ordermill::app {

struct StudyOptions {
    bool help = false;
    std::vector<std::string> combine;     ///< raw rows of earlier studies; otherwise runs are measured:
    std::vector<std::string> clean_words; ///< the job, and what `clean` knows
    std::vector<int> workers;             ///< sizes; empty: 1, 2, 4 ... as many as there are
    int repeats = 5;
    bool weak = false;                 ///< the work grows with the workers
    std::uint64_t burn_iterations = 0; ///< no job at all: a CPU loop; 0: not asked for
    std::uint64_t burn_orders = 2;
    std::string output;
    bool force = false;
};

/// Reads the words after `study`. Throws UsageError.
StudyOptions parse_study(const std::vector<std::string>& words);

/// Reads the rows of all files, writes them, the exports and the plots into the output folder, and returns
/// the tables for standard output. Throws UsageError, study::RowError, study::FileError.
std::string combine_studies(const StudyOptions& options);

/// Everything but the raw rows: analyses them, writes the exports into the folder, which must be there, and
/// returns the tables, fits, verdicts and notes for people.
std::string publish_study(const std::string& folder, std::span<const study::RawRow> rows,
                          std::span<const study::TimelineRow> timeline);

} // namespace ordermill::app
