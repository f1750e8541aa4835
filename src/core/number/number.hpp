#pragma once

#include "core/base/fault.hpp"

#include <cstdint>
#include <string_view>

namespace ordermill::core {

/// The largest number of fraction digits of a decimal.
inline constexpr int max_scale = 9;

/// What to do with more fraction digits than the scale allows. `none`: a fault (TOO_MANY_DIGITS), unless the
/// excess digits are all zeros. Halves go away from zero (half_up) or to the even neighbour (half_even).
enum class Rounding : std::uint8_t { none, half_up, half_even, down };

/// How a source writes numbers. A leading `+` or `-` (also U+2212) is always understood.
struct NumberFormat {
    std::uint8_t scale = 0; ///< fraction digits of the result
    Rounding rounding = Rounding::none;
    char decimal_point = '.';
    char thousands = 0; ///< 0: none. ' ' also takes U+00A0 and U+202F. Groups must be whole: 1,234,567
    /// One sign (U+0024 U+00A2-A5 U+20A0-20CF) or three upper-case letters, before or after.
    bool currency = false;
    bool parentheses = false;    ///< (12.50) is -12.50
    bool trailing_minus = false; ///< 12.50- is -12.50
    bool zero_fraction = false;  ///< integers: 17850.0 is 17850
};

struct ParsedNumber {
    std::int64_t value = 0;       ///< units of 10^-scale
    Reason reason = Reason::none; ///< not_an_integer / not_a_number, too_many_digits, out_of_range
    bool rounded = false;         ///< digits that weren't zero were dropped
};

/// `text` is trimmed; an empty one is no number. No locale, no allocation. An integer has no fraction (other
/// than zero_fraction allows); the format's scale must be 0. Values beyond int64 are out_of_range.
ParsedNumber parse_integer(std::string_view text, const NumberFormat& format) noexcept;
ParsedNumber parse_decimal(std::string_view text, const NumberFormat& format) noexcept;

/// Each writes at `out` and returns the end. At most `number_capacity` bytes.
inline constexpr int number_capacity = 24;
char* write_integer(char* out, std::int64_t value) noexcept;
/// Exactly `scale` fraction digits: write_decimal(out, -5, 2) is "-0.05"; with scale 0 an integer.
char* write_decimal(char* out, std::int64_t units, int scale) noexcept;
/// Without trailing zeros, and without a point when nothing follows it.
char* write_decimal_trimmed(char* out, std::int64_t units, int scale) noexcept;

inline constexpr std::int64_t powers_of_ten[] = {1,
                                                 10,
                                                 100,
                                                 1'000,
                                                 10'000,
                                                 100'000,
                                                 1'000'000,
                                                 10'000'000,
                                                 100'000'000,
                                                 1'000'000'000,
                                                 10'000'000'000,
                                                 100'000'000'000,
                                                 1'000'000'000'000,
                                                 10'000'000'000'000,
                                                 100'000'000'000'000,
                                                 1'000'000'000'000'000,
                                                 10'000'000'000'000'000,
                                                 100'000'000'000'000'000,
                                                 1'000'000'000'000'000'000};

} // namespace ordermill::core
