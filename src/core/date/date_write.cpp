#include "core/date/date_write.hpp"

#include "core/date/date.hpp"
#include "core/number/two_digits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ordermill::core {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t microseconds_per_day = 86'400 * microseconds_per_second;

constexpr std::array<std::string_view, 12> month_names{"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekday_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                        "Thursday", "Friday", "Saturday"};
constexpr std::size_t short_name = 3;

constexpr std::string_view directives = "YymdHIMSfpbBaAjz";
constexpr std::string_view of_time = "HIMSfp";

constexpr std::size_t width_of(char directive) noexcept {
    switch (directive) {
    case 'B':
    case 'A': return 9;
    case 'f': return 6;
    case 'Y': return 4;
    case 'b':
    case 'a':
    case 'j': return 3;
    case 0:
    case 'z': return 1;
    default: return 2;
    }
}

char* copy(char* out, std::string_view text) noexcept { return std::copy(text.begin(), text.end(), out); }
char* write_two(char* out, int number) noexcept {
    return copy(out, {&two_digits[2 * static_cast<std::size_t>(number)], 2});
}

} // namespace

std::string_view name_of_month(int month) noexcept {
    return month_names[static_cast<std::size_t>(month - 1)];
}

DateWriter DateWriter::compile(std::string_view format, const ValueType& type, Place place) {
    const auto fail = [&](const std::string& why) {
        throw JobError(place, fmt::format("date format \"{}\": {}", format, why));
    };
    DateWriter writer;
    writer.of_date_ = type.kind == Kind::date;
    for (std::size_t i = 0; i < format.size(); ++i) {
        Item item{.directive = 0, .literal = format[i]};
        if (format[i] == '%') {
            if (++i == format.size()) fail("it ends with a single %");
            if (format[i] != '%') item.directive = format[i];
        }
        if (item.directive != 0 && directives.find(item.directive) == std::string_view::npos) {
            fail(fmt::format(
                "unknown directive %{}; known are %Y %y %m %d %b %B %j %H %I %p %M %S %f %a %A %z %%",
                item.directive));
        }
        if (writer.of_date_ && item.directive != 0 && of_time.find(item.directive) != std::string_view::npos)
            fail(fmt::format("%{} is a part of the time of day, which a date doesn't have", item.directive));
        if (item.directive == 'z' && !type.zoned)
            fail("%z is the time zone, which the written value doesn't have");
        writer.capacity_ += width_of(item.directive);
        writer.items_.push_back(item);
    }
    return writer;
}

char* DateWriter::write(char* out, std::int64_t value) const noexcept {
    std::int64_t days = value;
    std::int64_t of_day = 0; // microseconds
    if (!of_date_) {
        days = value / microseconds_per_day;
        of_day = value % microseconds_per_day;
        if (of_day < 0) {
            of_day += microseconds_per_day;
            --days;
        }
    }
    const CivilDate date = civil_from_days(days);
    const auto second_of_day = static_cast<int>(of_day / microseconds_per_second);
    const auto microsecond = static_cast<int>(of_day % microseconds_per_second);
    const int hour = second_of_day / 3600;
    const auto weekday = [days] { return weekday_names[static_cast<std::size_t>(weekday_of(days))]; };
    for (const Item& item : items_) {
        switch (item.directive) {
        case 'Y': out = write_two(write_two(out, date.year / 100), date.year % 100); break;
        case 'y': out = write_two(out, date.year % 100); break;
        case 'm': out = write_two(out, date.month); break;
        case 'd': out = write_two(out, date.day); break;
        case 'H': out = write_two(out, hour); break;
        case 'I': out = write_two(out, (hour + 11) % 12 + 1); break;
        case 'M': out = write_two(out, second_of_day / 60 % 60); break;
        case 'S': out = write_two(out, second_of_day % 60); break;
        case 'f':
            for (int rest = microsecond, unit = 10'000; unit > 0; rest %= unit, unit /= 100)
                out = write_two(out, rest / unit);
            break;
        case 'p': out = copy(out, hour < 12 ? "AM" : "PM"); break;
        case 'b': out = copy(out, name_of_month(date.month).substr(0, short_name)); break;
        case 'B': out = copy(out, name_of_month(date.month)); break;
        case 'a': out = copy(out, weekday().substr(0, short_name)); break;
        case 'A': out = copy(out, weekday()); break;
        case 'j': {
            const auto day = static_cast<int>(days - days_from_civil({date.year, 1, 1})) + 1;
            *out++ = static_cast<char>('0' + day / 100);
            out = write_two(out, day % 100);
            break;
        }
        case 'z': *out++ = 'Z'; break;
        default: *out++ = item.literal;
        }
    }
    return out;
}

} // namespace ordermill::core
