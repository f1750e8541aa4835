#include "core/date.hpp"

#include "core/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ordermill::core {
namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};

bool is_digit(char byte) noexcept { return static_cast<unsigned char>(byte - '0') < 10; }
bool is_space(char byte) noexcept { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
char lower(char byte) noexcept { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte; }

bool is_leap(int year) noexcept { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int year, int month) noexcept {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

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
    if (!text.empty() && text.front() == ':') text.remove_prefix(1);
    int rest = 0;
    if (!text.empty() && is_digit(text.front()) && !read_digits(text, 2, 2, rest)) return false;
    if (hours > 14 || rest > 59) return false;
    minutes = (hours * 60 + rest) * (sign == '-' ? -1 : 1);
    return true;
}

bool takes_digits(char directive) noexcept {
    return directive != 0 && std::string_view("YymdHIMSfj").find(directive) != std::string_view::npos;
}

} // namespace

/// What the directives of one text say; -1: nothing.
struct DateFormats::Parts {
    int year = -1;
    int short_year = -1;
    int month = -1;
    int day = -1;
    int day_of_year = -1;
    int hour = -1;
    int hour_of_12 = -1;
    int minute = 0;
    int second = 0;
    int microsecond = 0;
    int afternoon = -1;
    int weekday = -1;
    int zone_minutes = 0;
};

std::int64_t days_from_civil(CivilDate date) noexcept {
    const int y = date.month <= 2 ? date.year - 1 : date.year;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int year_of_era = y - era * 400;
    const int shifted = date.month > 2 ? date.month - 3 : date.month + 9;
    const int day_of_year = (153 * shifted + 2) / 5 + date.day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return std::int64_t{era} * 146097 + day_of_era - 719468;
}

CivilDate civil_from_days(std::int64_t days) noexcept {
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const auto day_of_era = static_cast<int>(days - era * 146097);
    const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int shifted = (5 * day_of_year + 2) / 153;
    const int month = shifted < 10 ? shifted + 3 : shifted - 9;
    const int year = year_of_era + static_cast<int>(era) * 400 + (month <= 2 ? 1 : 0);
    return {year, month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

DateFormats::Format DateFormats::compile_format(const std::string& format, Place place) {
    const auto fail = [&](const std::string& why) {
        throw JobError(place, fmt::format("date format \"{}\": {}", format, why));
    };
    Format items;
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
        if (++i == format.size()) fail("a % at its end");
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
            fail(fmt::format("%{} gives a part that is there already", format[i]));
        seen += part;
        if (directive == 'I') seen += 'I';
        items.push_back({directive, 0, false});
    }
    const auto has = [&seen](char part) { return seen.find(part) != std::string::npos; };
    if (!has('Y')) fail("it has no year");
    if (has('j') ? has('m') || has('d') : !has('m') || !has('d'))
        fail("it must have a month and a day, or a day of the year (%j) alone");
    if (has('I') != has('p')) fail("%I and %p go together");
    if ((has('M') && !has('H')) || (has('S') && !has('M')) || (has('f') && !has('S')))
        fail("a smaller unit of time stands without the larger one");
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!takes_digits(items[i].directive)) continue;
        const bool before = i > 0 && takes_digits(items[i - 1].directive);
        const bool after = i + 1 < items.size() && takes_digits(items[i + 1].directive);
        items[i].exact = before || after;
    }
    return items;
}

DateFormats DateFormats::compile(std::span<const std::string> formats, Kind kind, int pivot, Place place) {
    DateFormats compiled;
    compiled.kind_ = kind;
    compiled.pivot_ = pivot;
    if (formats.empty()) throw JobError(place, "no date format");
    for (std::size_t i = 0; i < formats.size(); ++i) {
        compiled.formats_.push_back(compile_format(formats[i], place));
        const Format& items = compiled.formats_.back();
        const bool zoned =
            std::any_of(items.begin(), items.end(), [](const Item& item) { return item.directive == 'z'; });
        if (i > 0 && zoned != compiled.zoned_) {
            throw JobError(place, fmt::format("date formats \"{}\" and \"{}\": only one of them has %z",
                                              formats[0], formats[i]));
        }
        compiled.zoned_ = zoned;
    }
    check_ambiguity(compiled, formats, place);
    return compiled;
}

/// Looks for a text that two formats read as different values: what one of them prints, in all widths of its
/// digits, read by the other.
void DateFormats::check_ambiguity(const DateFormats& formats, std::span<const std::string> texts,
                                  Place place) {
    if (formats.formats_.size() < 2) return;
    const auto shown = [&formats](std::int64_t value) {
        char out[date_capacity];
        char* const end = formats.kind_ == Kind::date ? write_date(out, value)
                                                      : write_timestamp(out, value, formats.zoned_);
        return std::string(out, end);
    };
    for (const int year : {2001, 2003, 2010, 2012, 1999, 2025, 1112}) {
        for (const int month : {1, 2, 10, 11, 12}) {
            for (const int day : {1, 3, 11, 12, 25}) {
                for (const int hour : {1, 2, 11, 13}) {
                    Parts parts;
                    parts.year = year;
                    parts.month = month;
                    parts.day = day;
                    parts.hour = hour;
                    parts.minute = hour == 2 ? 30 : 5;
                    parts.second = hour == 2 ? 4 : 10;
                    for (std::size_t one = 0; one < texts.size(); ++one) {
                        for (const bool padded : {true, false}) {
                            const std::string text = print(formats.formats_[one], parts, padded);
                            std::int64_t first = 0;
                            if (!formats.read(formats.formats_[one], text, first)) continue;
                            for (std::size_t other = 0; other < texts.size(); ++other) {
                                std::int64_t second = 0;
                                if (!formats.read(formats.formats_[other], text, second) || first == second)
                                    continue;
                                throw JobError(place, fmt::format("date formats \"{}\" and \"{}\" both read "
                                                                  "\"{}\": as {} and as {}; give "
                                                                  "each file its own format",
                                                                  texts[one], texts[other], text,
                                                                  shown(first), shown(second)));
                            }
                        }
                    }
                }
            }
        }
    }
}

std::string DateFormats::print(const Format& format, const Parts& parts, bool padded) {
    std::string text;
    const auto number = [&](int value, bool exact) {
        text += padded || exact ? fmt::format("{:02}", value) : fmt::format("{}", value);
    };
    const std::int64_t days = days_from_civil({parts.year, parts.month, parts.day});
    for (const Item& item : format) {
        switch (item.directive) {
        case 0:
        case ' ': text += item.literal; break;
        case 'Y': text += fmt::format("{:04}", parts.year); break;
        case 'y': text += fmt::format("{:02}", parts.year % 100); break;
        case 'm': number(parts.month, item.exact); break;
        case 'd': number(parts.day, item.exact); break;
        case 'H': number(parts.hour, item.exact); break;
        case 'I': number((parts.hour + 11) % 12 + 1, item.exact); break;
        case 'M': number(parts.minute, item.exact); break;
        case 'S': number(parts.second, item.exact); break;
        case 'f': text += "000000"; break;
        case 'p': text += parts.hour >= 12 ? "PM" : "AM"; break;
        case 'b': text += months[static_cast<std::size_t>(parts.month - 1)].substr(0, padded ? 3 : 9); break;
        case 'a': text += weekdays[static_cast<std::size_t>((days + 4) % 7)].substr(0, padded ? 3 : 9); break;
        case 'j': text += fmt::format("{:03}", days - days_from_civil({parts.year, 1, 1}) + 1); break;
        case 'z': text += "+00:00"; break;
        default: break;
        }
    }
    return text;
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
        if (!read_digits(text, 1, 6, parts.microsecond)) return false;
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
    Parts parts;
    for (const Item& item : format) {
        if (!read_item(item, text, parts)) return false;
    }
    if (!text.empty()) return false;
    if (parts.short_year >= 0) parts.year = parts.short_year + (parts.short_year < pivot_ ? 2000 : 1900);
    std::int64_t days = 0;
    if (parts.day_of_year >= 0) {
        if (parts.day_of_year < 1 || parts.day_of_year > (is_leap(parts.year) ? 366 : 365)) return false;
        days = days_from_civil({parts.year, 1, 1}) + parts.day_of_year - 1;
    } else {
        if (parts.month < 1 || parts.month > 12 || parts.day < 1 ||
            parts.day > days_in_month(parts.year, parts.month))
            return false;
        days = days_from_civil({parts.year, parts.month, parts.day});
    }
    if (parts.weekday >= 0 && ((days % 7 + 7) % 7 + 4) % 7 != parts.weekday) return false;
    if (parts.hour_of_12 >= 0) {
        if (parts.hour_of_12 < 1 || parts.hour_of_12 > 12) return false;
        parts.hour = parts.hour_of_12 % 12 + 12 * parts.afternoon;
    }
    if (parts.hour > 23 || parts.minute > 59 || parts.second > 59) return false;
    if (kind_ == Kind::date) {
        value = days;
        return true;
    }
    const std::int64_t seconds =
        days * seconds_per_day + std::max(parts.hour, 0) * 3600 + parts.minute * 60 + parts.second;
    value = (seconds - std::int64_t{parts.zone_minutes} * 60) * microseconds_per_second + parts.microsecond;
    return true;
}

ParsedDate DateFormats::parse(std::string_view text) const noexcept {
    ParsedDate parsed;
    for (const Format& format : formats_) {
        if (read(format, text, parsed.value)) return parsed;
    }
    return {.value = 0, .reason = Reason::not_a_date};
}

namespace {

char* write_two(char* out, int number) noexcept {
    out[0] = static_cast<char>('0' + number / 10);
    out[1] = static_cast<char>('0' + number % 10);
    return out + 2;
}

} // namespace

char* write_date(char* out, std::int64_t days) noexcept {
    const CivilDate date = civil_from_days(days);
    if (date.year < 0 || date.year > 9999) {
        // Only a shifted zone at the calendar's edge gets here.
        out = write_integer(out, date.year);
    } else {
        out = write_two(write_two(out, date.year / 100), date.year % 100);
    }
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
