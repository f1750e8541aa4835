#pragma once

#include "core/date/date.hpp"

#include <array>
#include <string_view>

/// What the sources of DateFormats share.
namespace ordermill::core {

namespace date_text {

inline constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                         "may",       "june",     "july",     "august",
                                                         "september", "october",  "november", "december"};
inline constexpr std::array<std::string_view, 7> weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                          "thursday", "friday", "saturday"};

inline bool is_digit(char byte) noexcept { return static_cast<unsigned char>(byte - '0') < 10; }
inline bool is_space(char byte) noexcept { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
inline char lower(char byte) noexcept {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
}

/// A directive whose text is a number.
inline bool takes_digits(char directive) noexcept {
    return directive != 0 && std::string_view("YymdHIMSfj").find(directive) != std::string_view::npos;
}

} // namespace date_text

/// What the directives of one text say; -1: nothing.
struct DateFormats::Parts {
    int year = -1;
    int short_year = -1;
    int month = -1;
    int day = -1;
    int day_of_year = -1;
    int hour = 0;
    int hour_of_12 = -1;
    int minute = 0;
    int second = 0;
    int microsecond = 0;
    int afternoon = -1;
    int weekday = -1;
    int zone_minutes = 0;
};

} // namespace ordermill::core
