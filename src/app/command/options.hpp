#pragma once

#include "app/command/generate.hpp"
#include "app/launch/launch_command.hpp"
#include "app/preview/explain.hpp"
#include "app/preview/preview_text.hpp"
#include "app/run/clean_options.hpp"
#include "app/study/study_run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ordermill::app {

/// A text to print instead of a run: help or the version. The exit code is 0.
struct Printed {
    std::string text;
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

} // namespace ordermill::app
