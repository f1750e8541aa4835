#include "core/date/date.hpp"

#include "core/date/date_parts.hpp"
#include "core/memory/small_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ordermill::core {

using namespace date_text;

namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

bool is_leap(int year) noexcept { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int year, int month) noexcept {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

bool is_day(CivilDate date) noexcept {
    return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           (date.day <= 28 || date.day <= days_in_month(date.year, date.month));
}

constexpr std::int64_t first_day = -719'528; // 0000-01-01
constexpr std::int64_t last_day = 2'932'896; // 9999-12-31

/// Reads least..most digits off the text.
bool read_digits(std::string_view& text, std::size_t least, std::size_t most, int& number) noexcept {
    std::size_t count = 0;
    int value = 0;
    while (count < most && count < text.size() && is_digit(text[count]))
        value = value * 10 + (text[count++] - '0');
    if (count < least) return false;
    text.remove_prefix(count);
    number = value;
    return true;
}

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (lower(text[i]) != word[i]) return false;
    }
    return true;
}

/// A full name or its first three letters; the index from 0.
template<std::size_t N>
bool read_name(std::string_view& text, const std::array<std::string_view, N>& names, int& index) noexcept {
    for (std::size_t i = 0; i < N; ++i) {
        for (const std::string_view word : {names[i], names[i].substr(0, 3)}) {
            if (!starts_with_word(text, word)) continue;
            text.remove_prefix(word.size());
            index = static_cast<int>(i);
            return true;
        }
    }
    return false;
}

/// `+hh:mm`, `+hhmm`, `+hh` or `Z`, in minutes.
bool read_zone(std::string_view& text, int& minutes) noexcept {
    minutes = 0;
    if (text.empty()) return false;
    const char sign = text.front();
    text.remove_prefix(1);
    if (sign == 'Z' || sign == 'z') return true;
    if (sign != '+' && sign != '-') return false;
    int hours = 0;
    if (!read_digits(text, 2, 2, hours)) return false;
    const bool colon = !text.empty() && text.front() == ':';
    if (colon) text.remove_prefix(1);
    const bool more = colon || (!text.empty() && is_digit(text.front()));
    int rest = 0;
    if (more && !read_digits(text, 2, 2, rest)) return false;
    if (hours > 14 || rest > 59) return false;
    minutes = (hours * 60 + rest) * (sign == '-' ? -1 : 1);
    return true;
}

/// `items` is a list of DateFormats::Item.
template<class Items>
bool has_directive(const Items& items, char directive) {
    return std::any_of(items.begin(), items.end(),
                       [directive](const auto& item) { return item.directive == directive; });
}

} // namespace

/// The longest text that a plain format reads the fast way.
constexpr std::size_t plain_capacity = 32;

/// Years are counted from -400-03-01, so that all is unsigned and a leap day ends its year.
constexpr std::uint32_t days_before_epoch = 719'468 + 146'097;

std::int64_t days_from_civil(CivilDate date) noexcept {
    const auto month = static_cast<std::uint32_t>(date.month);
    const std::uint32_t year = static_cast<std::uint32_t>(date.year) + 400 - (month <= 2 ? 1 : 0);
    const std::uint32_t shifted = month > 2 ? month - 3 : month + 9;
    const std::uint32_t day_of_year = (153 * shifted + 2) / 5 + static_cast<std::uint32_t>(date.day) - 1;
    const std::uint32_t days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    return std::int64_t{days} - days_before_epoch;
}

CivilDate civil_from_days(std::int64_t days) noexcept {
    const auto since = static_cast<std::uint32_t>(days + days_before_epoch);
    const std::uint32_t era = since / 146'097;
    const std::uint32_t day_of_era = since % 146'097;
    const std::uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::uint32_t shifted = (5 * day_of_year + 2) / 153;
    const std::uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    const std::uint32_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return {static_cast<int>(year) - 400, static_cast<int>(month),
            static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

int weekday_of(std::int64_t days) noexcept { return static_cast<int>((days - first_day + 6) % 7); }

DateFormats::Format DateFormats::compile_format(const std::string& format, Place place) {
    const auto fail = [&](const std::string& why) {
        throw JobError(place, fmt::format("date format \"{}\": {}", format, why));
    };
    std::vector<Item> items;
    std::string seen;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (is_space(format[i])) {
            if (items.empty() || items.back().directive != ' ') items.push_back({' ', ' ', false});
            continue;
        }
        if (format[i] != '%') {
            items.push_back({0, format[i], false});
            continue;
        }
        if (++i == format.size()) fail("it ends with a single %");
        char directive = format[i];
        if (directive == '%') {
            items.push_back({0, '%', false});
            continue;
        }
        if (directive == 'B') directive = 'b';
        if (directive == 'A') directive = 'a';
        if (std::string_view("YymdHIMSfpbajz").find(directive) == std::string_view::npos) {
            fail(fmt::format(
                "unknown directive %{}; known are %Y %y %m %d %b %B %j %H %I %p %M %S %f %a %A %z %%",
                format[i]));
        }
        const char part = directive == 'y'   ? 'Y'
                          : directive == 'b' ? 'm'
                          : directive == 'I' ? 'H'
                                             : directive;
        if (seen.find(part) != std::string::npos)
            fail(fmt::format("%{} repeats a part that the format has already", format[i]));
        seen += part;
        if (directive == 'I') seen += 'I';
        items.push_back({directive, 0, false});
    }
    const auto has = [&seen](char part) { return seen.find(part) != std::string::npos; };
    if (!has('Y')) fail("it has no year");
    if (has('j') ? has('m') || has('d') : !has('m') || !has('d'))
        fail("it must have a month and a day, or a day of the year (%j) alone");
    if (has('I') != has('p')) fail("%I and %p need each other");
    if ((has('M') && !has('H')) || (has('S') && !has('M')) || (has('f') && !has('S')))
        fail("it has a unit of time without the next larger unit");
    mark_exact(items);
    std::vector<Step> steps = plain_steps(items);
    const bool short_year = has_directive(items, 'y');
    return {std::move(items), std::move(steps), short_year};
}

void DateFormats::mark_exact(std::vector<Item>& items) {
    const auto is_digits = [](const Item& item) {
        return takes_digits(item.directive) || (item.directive == 0 && is_digit(item.literal));
    };
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!takes_digits(items[i].directive)) continue;
        const bool before = i > 0 && is_digits(items[i - 1]) && items[i].directive != 'f';
        const bool after = i + 1 < items.size() && is_digits(items[i + 1]);
        items[i].exact = before || after;
    }
}

/// The steps of a plain format; empty for any other.
std::vector<DateFormats::Step> DateFormats::plain_steps(std::span<const Item> items) {
    constexpr std::string_view parts = "YmdHMSy";
    std::vector<Step> steps;
    bool number_before = false;
    for (const Item& item : items) {
        if (item.directive == 0 || item.directive == ' ') {
            if (!number_before) return {};
            steps.back().separator = item.literal;
            number_before = false;
            continue;
        }
        const std::size_t part = parts.find(item.directive);
        if (part == std::string_view::npos) return {};
        const int digits = item.directive == 'Y' ? 4 : item.directive == 'y' || item.exact ? 2 : 0;
        steps.push_back({static_cast<std::uint8_t>(part), static_cast<std::uint8_t>(digits), 0});
        number_before = true;
    }
    return steps;
}

/// More are of no use, and each is compared with each.
constexpr std::size_t most_formats = 100;

DateFormats DateFormats::compile(std::span<const std::string> formats, Kind kind, int pivot, Place place) {
    DateFormats compiled;
    compiled.kind_ = kind;
    compiled.pivot_ = pivot;
    if (formats.empty()) throw JobError(place, "a date format is missing");
    if (formats.size() > most_formats) {
        throw JobError(
            place, fmt::format("{} date formats: a field takes at most {}", formats.size(), most_formats));
    }
    for (std::size_t i = 0; i < formats.size(); ++i) {
        compiled.formats_.push_back(compile_format(formats[i], place));
        const std::vector<Item>& items = compiled.formats_.back().items;
        const bool zoned = has_directive(items, 'z');
        if (i > 0 && zoned != compiled.zoned_) {
            throw JobError(place, fmt::format("date formats \"{}\" and \"{}\": only one of them has %z",
                                              formats[0], formats[i]));
        }
        compiled.zoned_ = zoned;
    }
    compiled.check_unambiguous(formats, place);
    return compiled;
}

bool DateFormats::read_item(const Item& item, std::string_view& text, Parts& parts) noexcept {
    const std::size_t least = item.exact ? 2 : 1;
    switch (item.directive) {
    case 0:
        if (text.empty() || text.front() != item.literal) return false;
        text.remove_prefix(1);
        return true;
    case ' ':
        if (text.empty() || !is_space(text.front())) return false;
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        return true;
    case 'Y': return read_digits(text, 4, 4, parts.year);
    case 'y': return read_digits(text, 2, 2, parts.short_year);
    case 'm': return read_digits(text, least, 2, parts.month);
    case 'd': return read_digits(text, least, 2, parts.day);
    case 'H': return read_digits(text, least, 2, parts.hour);
    case 'I': return read_digits(text, least, 2, parts.hour_of_12);
    case 'M': return read_digits(text, least, 2, parts.minute);
    case 'S': return read_digits(text, least, 2, parts.second);
    case 'j': return read_digits(text, item.exact ? 3 : 1, 3, parts.day_of_year);
    case 'f': {
        const std::size_t before = text.size();
        if (!read_digits(text, item.exact ? 6 : 1, 6, parts.microsecond)) return false;
        for (std::size_t digits = before - text.size(); digits < 6; ++digits) parts.microsecond *= 10;
        return true;
    }
    case 'p':
        if (!starts_with_word(text, "am") && !starts_with_word(text, "pm")) return false;
        parts.afternoon = lower(text.front()) == 'p' ? 1 : 0;
        text.remove_prefix(2);
        return true;
    case 'b': {
        int index = 0;
        if (!read_name(text, months, index)) return false;
        parts.month = index + 1;
        return true;
    }
    case 'a': return read_name(text, weekdays, parts.weekday);
    case 'z': return read_zone(text, parts.zone_minutes);
    default: return false;
    }
}

bool DateFormats::read(const Format& format, std::string_view text, std::int64_t& value) const noexcept {
    return format.steps.empty() || text.size() > plain_capacity ? read_general(format, text, value)
                                                                : read_plain(format, text, value);
}

/// Copies the text so that digits can be looked at without asking for its end. The second digit of a number
/// is added or not without a branch: whether it's there is a coin's throw in unpadded dates.
bool DateFormats::read_plain(const Format& format, std::string_view text,
                             std::int64_t& value) const noexcept {
    char bytes[plain_capacity + 4];
    copy_short(bytes, text);
    std::memset(bytes + text.size(), 0, 4);
    const auto digit = [](char byte) -> std::uint32_t { return static_cast<unsigned char>(byte - '0'); };
    std::uint32_t parts[7] = {};
    const char* at = bytes;
    for (const Step& step : format.steps) {
        const std::uint32_t first = digit(at[0]);
        const std::uint32_t second = digit(at[1]);
        const std::uint32_t two = (second - 10) >> 31; // compilers make a branch of `second <= 9`
        if (first > 9 || (step.digits != 0 && two == 0)) return false;
        std::uint32_t number = first + two * (9 * first + second);
        at += 1 + two;
        if (step.digits == 4) {
            if (digit(at[0]) > 9 || digit(at[1]) > 9) return false;
            number = number * 100 + digit(at[0]) * 10 + digit(at[1]);
            at += 2;
        }
        parts[step.part] = number;
        if (step.separator == 0) continue;
        if (*at != step.separator && !(step.separator == ' ' && is_space(*at))) return false;
        ++at;
        if (step.separator != ' ') continue;
        while (is_space(*at)) ++at;
    }
    if (at != bytes + text.size()) return false;
    const auto [year, month, day, hour, minute, second, short_year] = parts;
    const int whole = format.short_year ? whole_year(static_cast<int>(short_year)) : static_cast<int>(year);
    const CivilDate date{whole, static_cast<int>(month), static_cast<int>(day)};
    if (!is_day(date) || hour > 23 || minute > 59 || second > 59) return false;
    const std::int64_t days = days_from_civil(date);
    value = kind_ == Kind::date
                ? days
                : (days * seconds_per_day + (hour * 60 + minute) * 60 + second) * microseconds_per_second;
    return true;
}

bool DateFormats::read_general(const Format& format, std::string_view text,
                               std::int64_t& value) const noexcept {
    Parts parts;
    for (const Item& item : format.items) {
        if (!read_item(item, text, parts)) return false;
    }
    if (!text.empty()) return false;
    if (parts.short_year >= 0) parts.year = whole_year(parts.short_year);
    std::int64_t days = 0;
    if (parts.day_of_year >= 0) {
        if (parts.day_of_year < 1 || parts.day_of_year > (is_leap(parts.year) ? 366 : 365)) return false;
        days = days_from_civil({parts.year, 1, 1}) + parts.day_of_year - 1;
    } else {
        const CivilDate date{parts.year, parts.month, parts.day};
        if (!is_day(date)) return false;
        days = days_from_civil(date);
    }
    if (parts.weekday >= 0 && weekday_of(days) != parts.weekday) return false;
    if (parts.hour_of_12 >= 0) {
        if (parts.hour_of_12 < 1 || parts.hour_of_12 > 12) return false;
        parts.hour = parts.hour_of_12 % 12 + 12 * parts.afternoon;
    }
    if (parts.hour > 23 || parts.minute > 59 || parts.second > 59) return false;
    if (kind_ == Kind::date) {
        value = days;
        return true;
    }
    const std::int64_t seconds = days * seconds_per_day + parts.hour * 3600 + parts.minute * 60 +
                                 parts.second - parts.zone_minutes * 60;
    value = seconds * microseconds_per_second + parts.microsecond;
    return seconds >= first_day * seconds_per_day && seconds < (last_day + 1) * seconds_per_day;
}

ParsedDate DateFormats::parse(std::string_view text) const noexcept {
    ParsedDate parsed;
    for (const Format& format : formats_) {
        if (read(format, text, parsed.value)) return parsed;
    }
    return {.value = 0, .reason = Reason::not_a_date};
}

} // namespace ordermill::core
