#pragma once

#include "core/memory/arena.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ordermill::core {

/// What bytes above 127 mean. Every one of them is ASCII below, so records and fields are found in the bytes
/// as they are, and only a field's content is converted.
enum class Encoding : std::uint8_t { utf8, latin1, windows1252, cp437, cp850 };

/// By the names that people use (`UTF-8`, `utf8`, `latin-1`, `iso-8859-1`, `windows-1252`, `cp1252`, `cp437`,
/// `ibm437`, ...), any case.
std::optional<Encoding> encoding_named(std::string_view name) noexcept;
std::string_view name(Encoding encoding) noexcept;

/// The text as UTF-8: itself when it is ASCII (or valid UTF-8 already), else a view of the arena; nothing
/// when a byte means nothing in the encoding (Windows-1252's five holes, invalid UTF-8).
std::optional<std::string_view> to_utf8(std::string_view bytes, Encoding encoding, Arena& arena);

/// Every byte means something in the encoding: `to_utf8` gives a text.
bool is_valid(std::string_view bytes, Encoding encoding) noexcept;

/// Nothing but Unicode White_Space (see `trim_edges`); so is the empty text.
bool is_blank(std::string_view bytes, Encoding encoding) noexcept;

} // namespace ordermill::core
