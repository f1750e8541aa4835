#pragma once

#include "core/memory/arena.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ordermill::core {

/// Valid UTF-8 as Unicode has it (no surrogates, nothing overlong, nothing above U+10FFFF). ASCII is the fast
/// case.
bool is_utf8(std::string_view text) noexcept;
/// The size of the valid sequence that the text, which isn't empty, begins with; 0: none.
std::size_t utf8_size(std::string_view text) noexcept;
/// True when no byte has its high bit set.
bool is_ascii(std::string_view text) noexcept;

/// Without Unicode White_Space (ASCII tab to carriage return and space, U+0085, U+00A0, U+1680, U+2000-200A,
/// U+2028, U+2029, U+202F, U+205F, U+3000) at both ends. Bytes that aren't UTF-8 stay.
std::string_view trim_edges(std::string_view text) noexcept;
inline std::string_view trim(std::string_view text) noexcept {
    // Printable ASCII at both ends, nearly always.
    const auto plain = [](char byte) { return static_cast<signed char>(byte) > ' '; };
    if (!text.empty() && plain(text.front()) && plain(text.back())) return text;
    return trim_edges(text);
}

enum class Case : std::uint8_t { as_is, upper, lower, title };

/// The steps that change a text, applied in this order: NFC, collapse, case; with NFC the result is in NFC.
struct TextSteps {
    bool nfc = false;
    bool collapse = false; ///< runs of white space become one space
    Case letter_case = Case::as_is;
    bool any() const noexcept { return nfc || collapse || letter_case != Case::as_is; }
};

/// `text` is UTF-8. Returns `text` itself when nothing changes, else a view of the arena. Unicode's simple
/// case mappings (one code point to one; utf8proc), no locale. Title: a letter after the start or after
/// anything but a letter, digit, mark or apostrophe is upper case, every other lower. One pass over ASCII.
std::string_view normalise(std::string_view text, TextSteps steps, Arena& arena);

/// True when the texts are equal but for case (Unicode simple folding; the Turkish letters İ and ı are i).
bool equal_any_case(std::string_view a, std::string_view b) noexcept;
/// The same for all texts that are equal but for case, and for no others. For keys only.
std::string without_case(std::string_view text);

/// An ASCII character as messages show it: in quotes, or `tab`, or `none` for 0.
std::string visible_character(char c);

/// A spreadsheet would take the text for a formula: it begins with = + - @, a tab or a carriage return, and
/// is no plain number (`-5`, `+1.5e3`).
bool is_formula(std::string_view text) noexcept;

/// Number of code points.
std::size_t length(std::string_view text) noexcept;

} // namespace ordermill::core
