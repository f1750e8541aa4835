// Dates and times as they are written where a job says nothing else: ISO 8601.
#include "core/date/date.hpp"

#include "core/number/number.hpp"
#include "core/number/two_digits.hpp"

#include <cstring>

namespace ordermill::core {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

char* write_two(char* out, int number) noexcept {
    std::memcpy(out, &two_digits[2 * static_cast<std::size_t>(number)], 2);
    return out + 2;
}

} // namespace

char* write_date(char* out, std::int64_t days) noexcept {
    const CivilDate date = civil_from_days(days);
    const bool ordinary = date.year >= 0 && date.year <= 9999;
    out = ordinary ? write_two(write_two(out, date.year / 100), date.year % 100)
                   : write_integer(out, date.year);
    *out++ = '-';
    out = write_two(out, date.month);
    *out++ = '-';
    return write_two(out, date.day);
}

char* write_timestamp(char* out, std::int64_t microseconds, bool zoned) noexcept {
    std::int64_t seconds = microseconds / microseconds_per_second;
    std::int64_t fraction = microseconds % microseconds_per_second;
    if (fraction < 0) {
        fraction += microseconds_per_second;
        --seconds;
    }
    std::int64_t days = seconds / seconds_per_day;
    auto of_day = static_cast<int>(seconds % seconds_per_day);
    if (of_day < 0) {
        of_day += static_cast<int>(seconds_per_day);
        --days;
    }
    out = write_date(out, days);
    *out++ = 'T';
    out = write_two(out, of_day / 3600);
    *out++ = ':';
    out = write_two(out, of_day / 60 % 60);
    *out++ = ':';
    out = write_two(out, of_day % 60);
    if (fraction != 0) {
        char digits[number_capacity];
        char* const end = write_decimal_trimmed(digits, fraction, 6); // 0.123
        const auto size = static_cast<std::size_t>(end - digits - 1);
        std::memcpy(out, digits + 1, size);
        out += size;
    }
    if (zoned) *out++ = 'Z';
    return out;
}

} // namespace ordermill::core
