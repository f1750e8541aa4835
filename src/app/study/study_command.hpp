#pragma once

#include "study/rows/raw_rows.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// `ordermill study`.
namespace ordermill::app {

/// Whether a size is also measured as processes that share nothing. `automatic`: as long as that takes less
/// time than its runs.
enum class Ceiling : std::uint8_t { automatic, always, never };

struct StudyOptions {
    bool help = false;
    std::string command;                  ///< as typed
    std::vector<std::string> combine;     ///< raw rows of earlier studies; otherwise runs are measured:
    std::vector<std::string> compare;     ///< raw rows of two studies, to be compared
    std::vector<std::string> clean_words; ///< the job, and what `clean` knows
    std::vector<int> workers;             ///< sizes; empty: 1, 2, 4 ... as many as there are
    int repeats = 10;                     ///< at most
    double precision = 0.05;              ///< a size is settled when its median is known that well
    bool weak = false;                    ///< the work grows with the workers
    Ceiling ceiling = Ceiling::automatic;
    std::string sweep; ///< an option of clean, without its dashes; empty: none
    std::vector<std::string> sweep_values;
    std::uint64_t burn_iterations = 0; ///< no job at all: a CPU loop; 0: not asked for
    std::uint64_t burn_orders = 2;
    int burn_repeats = 1;
    std::string output;
    bool force = false;
    bool resume = false; ///< keep the runs that an earlier launch of the study finished
};

/// Reads the words after `study`. Throws UsageError.
StudyOptions parse_study(const std::vector<std::string>& words);

/// Reads the rows of all files, writes them, the exports and the plots into the output folder, and returns
/// the tables for standard output. Throws UsageError, study::RowError, study::FileError.
std::string combine_studies(const StudyOptions& options);

/// Compares the rows of two files, writes comparison.json where there is an output folder, and returns the
/// table and its sentences. Throws as `combine_studies` does.
std::string compare_two(const StudyOptions& options);

/// Everything but the raw rows: analyses them, writes the exports into the folder, which must be there, and
/// returns the tables, fits, verdicts and notes for people.
std::string publish_study(const std::string& folder, std::span<const study::RawRow> rows,
                          std::span<const study::TimelineRow> timeline);

} // namespace ordermill::app
