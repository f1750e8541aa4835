#pragma once

#include "app/plan/plan.hpp"

namespace ordermill::app {

/// Reads a file's beginning (byte order mark, preamble, header record) and end (footer lines) and fills in
/// where its data is. Throws UsageError, which names the file, when the file is empty or in UTF-16, or its
/// header is faulty. Of a pipe it reads the header only, which stays in the window.
void read_header(PlannedFile& file, const core::InputSpec& input, io::PipeInput& pipe);

/// Offset in `tail` of the first byte of its last `lines` physical lines; 0 when it has fewer.
std::size_t footer_begin(std::string_view tail, std::uint64_t lines, core::LineEnd line_end) noexcept;

/// The names in quotes, separated by commas: as many as fit into 100 bytes, then "and N more".
std::string shortened(const std::vector<std::string>& names);

} // namespace ordermill::app
