#pragma once

#include "app/plan/plan.hpp"

namespace ordermill::app {

/// Reads a file's beginning (byte order mark, preamble or a line `sep=;`, header record) and end (footer
/// lines) and fills in where its data is. A file without a header may be empty, and has no column names where
/// its records don't tell their number. Throws UsageError, with the file's name: it has no header but should,
/// its header is faulty, it names another delimiter than the job, it is in UTF-16. Costs one read of a file
/// of up to 64 KiB.
void read_header(PlannedFile& file, const core::InputSpec& input, const io::InputFile& bytes);
/// The same for a pipe, which is read as far as its header; that stays in the window.
void read_header(PlannedFile& file, const core::InputSpec& input, io::PipeInput& pipe);

/// Offset in `tail` of the first byte of its last `lines` physical lines; 0 when it has fewer.
std::size_t footer_begin(std::string_view tail, std::uint64_t lines, core::LineEnd line_end) noexcept;

/// What the columns of a file without a header are called: `1` and so on.
std::vector<std::string> numbered_names(std::size_t count);

/// The names in quotes, separated by commas: as many as fit into 100 bytes, then "and N more".
std::string shortened(const std::vector<std::string>& names);

} // namespace ordermill::app
