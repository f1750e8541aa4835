#pragma once

#include "app/command/generate.hpp"
#include "app/launch/launch_command.hpp"
#include "app/plan/plan.hpp"
#include "app/preview/explain.hpp"
#include "app/preview/preview_text.hpp"
#include "app/study/study_command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ordermill::app {

struct LogOptions {
    std::string level = "info"; ///< trace debug info warning error off
    std::string folder;         ///< a file per rank; empty: none
};

struct CleanOptions {
    PlanRequest request;
    bool force = false;
    bool resume = false; ///< go on with an unfinished run
    double checkpoint_seconds = 10;
    double lease_seconds = 12;
    std::uint64_t max_crashes = 10;
    bool strict = false; ///< max_rejects = 0
    bool quiet = false;
    double progress_seconds = 10; ///< between lines when stderr isn't a terminal; 0: none
    std::optional<int> expect_ranks;
    LogOptions log;
    bool in_study = false; ///< one of many runs: says nothing of the launch, and notes when it did what
};

/// A text to print, and the exit code that goes with it.
struct Printed {
    std::string text;
};

/// `study`; `clean` is only set when it is to run a job.
struct StudyCommand {
    StudyOptions study;
    CleanOptions clean;
};

/// `plan`: what `clean` would do.
struct PlanCommand {
    CleanOptions clean;
};

using Command = std::variant<Printed, CleanOptions, PlanCommand, ExplainOptions, PreviewOptions, StudyCommand,
                             GenerateOptions, RunOptions>;

/// The command line as typed, checked for form. Throws UsageError: one sentence, with the nearest known
/// option or command.
Command parse_command_line(int argc, const char* const* argv);

/// `64B`, `4KiB`, `8MiB`, `1GiB`, `64k`, `8M` or a plain number, in bytes. Throws UsageError, naming
/// `option`.
std::uint64_t parse_size(const std::string& text, std::string_view option);

/// "ordermill 0.1.0".
std::string version_text();
/// Version and build: ranks that differ in it don't work together.
std::string build_identity();
/// The commit that the sources were configured at; empty when that isn't known.
std::string source_commit();

} // namespace ordermill::app
