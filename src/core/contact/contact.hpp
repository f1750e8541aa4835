#pragma once

#include "core/memory/arena.hpp"
#include "core/base/fault.hpp"

#include <string_view>

namespace ordermill::core {

/// not_an_email unless `text` (trimmed) is an address as HTML's input type=email has it, with at least one
/// dot in the domain, at most 254 bytes, 64 before the @, no dot at the edges of the local part and no two
/// dots in a row.
Reason check_email(std::string_view text) noexcept;

/// A country's ISO 3166-1 alpha-2 code (or XK) from its code (2 or 3 letters), English name or common alias
/// (`USA`, `UK`, `EIRE`, `Deutschland`), any case; empty when unknown. Cost: one hash look-up.
std::string_view country_code(std::string_view name) noexcept;

enum class PhoneFormat : unsigned char { digits, e164 };

struct ParsedPhone {
    std::string_view text;        ///< a view of the arena; empty when there is a reason
    Reason reason = Reason::none; ///< not_a_phone
};

/// Reads (trimmed) digits with the usual separators (spaces, hyphens and dashes, `.`, `/`, parentheses) and a
/// leading `+`. What is not certain is a fault, never a guess: letters, extensions, two numbers joined by a
/// `/`, a decimal (`2125557818.0`).
///
/// `digits`: the digits alone, a leading + kept; 5 to 15 of them (17 with an international 00).
///
/// `e164`: `+`, calling code, national number without trunk prefix; 7 to 15 digits. Needs a `+`, an
/// international `00`, or a known `country` (alpha-2; a number's own `+` wins). The national number's length
/// and first digit must be possible in that country. Read as one of: trunk prefix and national number; a
/// national number alone, where a local one can't be as long; the country's calling code without its + and a
/// national number. When two of these readings differ, neither is taken. A trunk zero behind the calling code
/// (`+44 (0)20 ...`) is dropped.
ParsedPhone parse_phone(std::string_view text, PhoneFormat format, std::string_view country, Arena& arena);

} // namespace ordermill::core
