#pragma once

#include "study/rows/raw_rows.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Raw rows put together to runs, and runs to sizes.
namespace ordermill::study {

struct PhaseTimes {
    double wall = 0;
    double cpu = 0; ///< user and system
};

/// What one rank did in one run.
struct RankTimes {
    Role role = Role::worker;
    std::string host;
    int cores = 1; ///< of the host
    std::uint64_t peak_rss = 0;
    std::uint64_t involuntary_switches = 0;
    double host_busy = 0;   ///< CPU seconds of everybody on the host, during the run; 0: not known
    double host_stolen = 0; ///< likewise, that the hypervisor gave to others
    double load_average = 0;
    bool complete = false; ///< its row `total` is there
    std::array<PhaseTimes, phase_count> phases;

    const PhaseTimes& operator[](Phase phase) const noexcept {
        return phases[static_cast<std::size_t>(phase)];
    }
    PhaseTimes& operator[](Phase phase) noexcept { return phases[static_cast<std::size_t>(phase)]; }
    /// CPU time in the work itself: clean and resolve. Reading, writing and talking are apart.
    double useful() const noexcept;
    /// Wall time in all phases but waiting.
    double busy() const noexcept;
    /// Wall time in no phase: start and end of a run.
    double other() const noexcept;
};

struct Run {
    std::string study;
    int repeat = 0;
    std::string date;
    std::uint64_t work_records = 0;
    std::uint64_t work_bytes = 0;
    std::uint64_t work_duplicates = 0;
    int parts = 1; ///< files that the clean records are written to
    std::vector<RankTimes> by_rank;

    /// Seconds until the last rank was done.
    double time() const noexcept;
    /// Some host has more workers than cores: with rank 0, which sleeps, more ranks than cores + 1.
    bool oversubscribed() const;
};

/// All runs of one size, by time: the median run is in the middle.
struct Size {
    int ranks = 1;
    int workers = 1;
    bool oversubscribed = false; ///< any of its runs
    bool serial = false; ///< one process that does everything, where other sizes have a rank 0 that deals
    std::vector<Run> runs;

    /// The run whose time is the median, or the shorter one of the two in the middle.
    const Run& median_run() const { return runs[(runs.size() - 1) / 2]; }
    /// How much there was to do: bytes where they are known, otherwise records, otherwise 1.
    double work() const noexcept;
};

/// The sizes of one mode and setting, by workers, a serial one first; and what is to be said about the rows.
struct Collection {
    Mode mode = Mode::strong;
    std::string setting; ///< of a sweep; empty without one
    std::vector<Size> sizes;
    std::vector<std::string> notes;
};

/// One collection for each mode and setting that the rows have. A row that is there twice counts once; a run
/// without some rank's total is left out; both are noted. Throws RowError: two rows for one phase of one rank
/// that differ, rows of one run that disagree about its work, work that isn't the same for all runs of a size
/// (or, but for weak scaling, for all sizes), and weak scaling without work.
std::vector<Collection> collect(std::span<const RawRow> rows);

} // namespace ordermill::study
