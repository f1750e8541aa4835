#pragma once

#include "core/arena.hpp"
#include "core/fault.hpp"

#include <string_view>

namespace ordermill::core {

/// not_an_email unless `text` (trimmed) is an address as HTML's input type=email has it, with at least one
/// dot in the domain, at most 254 bytes, 64 before the @, no dot at the edges of the local part and no two
/// dots in a row.
Reason check_email(std::string_view text) noexcept;

/// A country's ISO 3166-1 alpha-2 code from its code (2 or 3 letters), English name or common alias (`USA`,
/// `UK`, `Deutschland`), any case; empty when unknown. Cost: one hash look-up.
std::string_view country_code(std::string_view name) noexcept;

enum class PhoneFormat : unsigned char { digits, e164 };

struct ParsedPhone {
    std::string_view text;        ///< a view of the arena, or of static memory
    Reason reason = Reason::none; ///< not_a_phone
};

/// Reads digits with the usual separators (space, `-`, `.`, `/`, parentheses), a leading `+` or `00` and an
/// extension-free number. `digits`: the digits alone (a leading + kept). `e164`: `+`, country calling code,
/// national number without trunk prefix; needs a `+`, an international `00`, or a known `country` (alpha-2),
/// and checks the national number's length for that country (7 to 15 digits in all). What is not certain is a
/// fault, never a guess.
ParsedPhone parse_phone(std::string_view text, PhoneFormat format, std::string_view country, Arena& arena);

} // namespace ordermill::core
