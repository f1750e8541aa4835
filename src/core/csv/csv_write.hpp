#pragma once

#include "core/memory/buffer.hpp"
#include "core/job/job_spec.hpp"

#include <span>
#include <string>
#include <string_view>

namespace ordermill::core {

/// True when a field holding `text` must be enclosed in quotes: it has the delimiter, a quote or a line
/// break.
bool needs_quotes(std::string_view text, char delimiter) noexcept;

/// Room beyond a field's own bytes that `write_field` may use.
inline constexpr std::size_t field_slack = 16;

/// Writes one field at `out`, quoted when it must be or `always`; returns the end. Needs room for
/// 2 * text.size() + field_slack bytes.
char* write_field(char* out, std::string_view text, char delimiter, bool always) noexcept;
void append_field(Buffer& out, std::string_view text, char delimiter = ',', bool always = false);

/// A header record of these names, with its line end.
std::string header_record(std::span<const std::string> names, const OutputSpec& output);

/// The bytes of a source record as readable text: a backslash is doubled; NUL and bytes that aren't UTF-8
/// become `\xNN`. Nothing is lost: the original bytes can be had back.
void append_escaped(Buffer& out, std::string_view bytes);

} // namespace ordermill::core
