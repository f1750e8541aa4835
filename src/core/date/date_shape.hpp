#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ordermill::core {

/// How the texts of one shape read as a date: "8/4/2010 8:16" and "3/1/2011 9:05" have the same one. Where
/// its digits stand, which is all there is to reading such a text, since a plain format goes by nothing else.
///
/// The idea of a mask of the digits that leads to a compiled shuffle is from D. Lemire's and others' SIMD
/// parsers of dates.
struct DateShape {
    static constexpr std::size_t capacity = 32;
    static constexpr std::uint8_t nowhere = 0x80; ///< a shuffle's zero

    /// The texts' digits, in their order: YYYYMMDDhhmmss, and two that are nothing.
    static constexpr std::size_t digits = 16;
    alignas(32) std::array<char, capacity> text{};       ///< with every digit as 0; zeros behind its end
    alignas(16) std::array<std::uint8_t, digits> low{};  ///< which of bytes 0..15 is the digit, or nowhere
    alignas(16) std::array<std::uint8_t, digits> high{}; ///< which of bytes 16..31
    bool short_year = false;                             ///< the century isn't in the text
    bool readable = false; ///< false: no format reads such a text, or not a plain one only
};

/// The months of the years that orders are from.
struct Month {
    std::int32_t days_before; ///< the day before its first, in days since 1970-01-01
    std::int32_t length;
};

inline constexpr std::uint32_t months_first_year = 1900;
inline constexpr std::uint32_t months_years = 256;

/// By 12 * (year - months_first_year) + month - 1.
inline constexpr auto months_table = [] {
    constexpr std::array<std::int32_t, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    std::array<Month, std::size_t{12} * months_years> table{};
    std::int32_t before = -25'567 - 1; // 1900-01-01 is day -25,567
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        const std::uint32_t year = months_first_year + i / 12;
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        table[i] = {before, lengths[i % 12] + (leap && i % 12 == 1 ? 1 : 0)};
        before += table[i].length;
    }
    return table;
}();

} // namespace ordermill::core
