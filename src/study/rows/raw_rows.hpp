#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The scaling study: what was measured, and what follows from it. Depends on core at most; no MPI, no clock.
namespace ordermill::study {

/// What a rank did with its time. They don't overlap; what is in none of them (start, end) is `total` less
/// their sum.
enum class Phase : std::uint8_t {
    deal,     ///< rank 0 deals work out and keeps the books
    read,     ///< input from files
    clean,    ///< parse and clean: the work itself
    resolve,  ///< duplicates and whole orders, the part that a rank does alone
    exchange, ///< the same, the part that waits for or talks to other ranks
    write,    ///< outputs, with their sync
    wait,     ///< nothing to do
    total,    ///< the whole run on this rank, all of the above in it
};
inline constexpr std::size_t phase_count = 8;
std::string_view name(Phase phase) noexcept;

/// How the work goes with the size: the same for all (strong), growing with the workers (weak); `burn` is a
/// fixed amount of a pure CPU loop. The ceilings are the same work, done by as many processes that share
/// nothing: a share of the input, or an input, and outputs of its own for each.
enum class Mode : std::uint8_t { strong, weak, burn, strong_ceiling, weak_ceiling };
std::string_view name(Mode mode) noexcept;
constexpr bool is_ceiling(Mode mode) noexcept {
    return mode == Mode::strong_ceiling || mode == Mode::weak_ceiling;
}
/// The ceiling that belongs to a mode; `burn` has none, and is returned.
constexpr Mode ceiling_of(Mode mode) noexcept {
    return mode == Mode::strong ? Mode::strong_ceiling : mode == Mode::weak ? Mode::weak_ceiling : mode;
}

enum class Role : std::uint8_t { producer, worker };
std::string_view name(Role role) noexcept;

/// One row: what one rank spent on one phase of one run. A run is (study, mode, ranks, workers, repeat);
/// every rank of it has a row `total`, and a row for each phase that it was in.
struct RawRow {
    std::string study; ///< a name that no other launch has
    Mode mode = Mode::strong;
    int ranks = 1;   ///< of the run
    int workers = 1; ///< of the run: ranks that clean. One rank that does everything counts as one
    int repeat = 0;  ///< from 0
    int rank = 0;    ///< within the run
    Role role = Role::worker;
    std::string host;
    std::string cpu_model;
    int cores = 1;    ///< of the host, as many as this launch may use
    std::string date; ///< when the run began: ISO 8601, UTC
    std::string version;
    std::string commit;
    std::uint64_t work_records = 0; ///< of the whole run, the same in all its rows
    std::uint64_t work_bytes = 0;   ///< likewise
    Phase phase = Phase::total;
    double wall_s = 0;
    double user_s = 0; ///< of `total` alone: the CPU time, as the kernel's ticks split it
    double system_s = 0;
    std::uint64_t bytes = 0;          ///< that went through this phase on this rank
    std::uint64_t records = 0;        ///< likewise
    std::uint64_t chunks = 0;         ///< likewise
    std::uint64_t peak_rss_bytes = 0; ///< of the process, during the run

    // From here on: not in the files of version 0.1, which have CPU times of each phase in user_s and
    // system_s.
    double cpu_s = 0;                       ///< exact CPU time of the thread that did it
    std::uint64_t work_duplicates = 0;      ///< records removed as duplicates, of the whole run
    std::uint64_t involuntary_switches = 0; ///< of the rank's thread, during the run; in `total` alone
    double host_busy_s = 0;                 ///< CPU time of everybody on the host, during the run; likewise
    double host_stolen_s = 0;               ///< that the hypervisor gave to others; likewise
    double load_average = 0;                ///< of the host's last minute, at the run's end; likewise
    std::string setting;                    ///< of a sweep: "chunk-size=1MiB"; empty without one
    std::string job;                        ///< the job file
    std::string inputs;                     ///< as named
    std::string command;                    ///< of the whole study
    std::uint64_t chunk_bytes = 0;          ///< as planned
    int parts = 1;                          ///< files that the clean records are written to
    std::string build;                      ///< compiler and build type

    bool operator==(const RawRow&) const = default;
};

/// One bar of the timeline: a rank was in a phase from `begin_s` to `end_s` of its run. Writers bound their
/// number by merging neighbours; `total` has none.
struct TimelineRow {
    std::string study;
    Mode mode = Mode::strong;
    int ranks = 1;
    int workers = 1;
    int repeat = 0;
    int rank = 0;
    Phase phase = Phase::wait;
    double begin_s = 0; ///< since the run began on rank 0
    double end_s = 0;
    std::string setting; ///< as in RawRow

    bool operator==(const TimelineRow&) const = default;
};

/// Something about rows that were read, or about what they add up to, can't be: `what()` is one sentence that
/// names file, line and column where they are known.
class RowError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Comma-separated text: a header with the members' names, and a row each.
std::string raw_header();
std::string raw_text(std::span<const RawRow> rows); ///< without the header
std::string timeline_header();
std::string timeline_text(std::span<const TimelineRow> rows);

/// The same read again; `file` is what errors call it. A header that ends with `peak_rss_bytes` is one of
/// version 0.1: what it lacks is as in a new row, and CPU times are the sums of user and system. Throws
/// RowError: another header, a row that is cut short, a value that isn't one of its column's, a rank that
/// isn't in its run.
std::vector<RawRow> parse_raw(std::string_view text, const std::string& file);
std::vector<TimelineRow> parse_timeline(std::string_view text, const std::string& file);

/// Whole files. A new or empty file gets the header first; to another header, or behind a row that is cut
/// short, nothing is appended (RowError). Throws FileError for what the system refuses.
void append_raw(const std::string& path, std::span<const RawRow> rows);
void append_timeline(const std::string& path, std::span<const TimelineRow> rows);
std::vector<RawRow> read_raw(const std::string& path);
std::vector<TimelineRow> read_timeline(const std::string& path);

} // namespace ordermill::study
