#include "core/date/date.hpp"

#include "support/catch.hpp"

#include <re2/re2.h>

#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

using namespace ordermill::core;

namespace {

std::string read(const std::vector<std::string>& formats, std::string_view text, Kind kind = Kind::timestamp,
                 int pivot = 69) {
    const DateFormats compiled = DateFormats::compile(formats, kind, pivot, {});
    const ParsedDate parsed = compiled.parse(text);
    if (parsed.reason != Reason::none) return std::string(name(parsed.reason));
    char out[date_capacity];
    char* const end = kind == Kind::date ? write_date(out, parsed.value)
                                         : write_timestamp(out, parsed.value, compiled.zoned());
    return {out, end};
}

} // namespace

TEST_CASE("dates and times by format", "[date]") {
    const std::string no = "NOT_A_DATE";
    struct Case {
        std::string format, text, result;
    };
    const Case cases[] = {
        {"%m/%d/%Y %H:%M", "12/1/2010 8:26", "2010-12-01T08:26:00"},
        {"%m/%d/%Y %H:%M", "12/01/2010  08:26", "2010-12-01T08:26:00"},
        {"%m/%d/%Y %H:%M", "13/1/2010 8:26", no},
        {"%m/%d/%Y %H:%M", "2/29/2011 8:26", no},
        {"%m/%d/%Y %H:%M", "2/29/2012 8:26", "2012-02-29T08:26:00"},
        {"%m/%d/%Y %H:%M", "2/29/1900 8:26", no},
        {"%m/%d/%Y %H:%M", "2/29/2000 8:26", "2000-02-29T08:26:00"},
        {"%m/%d/%Y %H:%M", "1/1/2010 24:00", no},
        {"%m/%d/%Y %H:%M", "1/1/2010 23:60", no},
        {"%m/%d/%Y %H:%M", "1/1/2010 23:59x", no},
        {"%m/%d/%Y %H:%M", "1/1/210 23:59", no},
        {"%m/%d/%Y %H:%M", "0/1/2010 1:00", no},
        {"%m/%d/%Y %H:%M", "", no},
        {"%m/%d/%Y %H:%M", "1/1/2010 8:", no},
        {"%m/%d/%Y %H:%M", "1/1/2010  ", no},
        {"%m/%d/%Y %H:%M", "1/1/20100 8:26", no},
        {"%m/%d/%Y %H:%M", "001/1/2010 8:26", no},
        {"%m/%d/%Y %H:%M", "1/1/2010\t8:26", "2010-01-01T08:26:00"},
        {"%m/%d/%Y %H:%M", "1-1/2010 8:26", no},
        {"%m/%d/%Y %H:%M", "-1/1/2010 8:26", no},
        {"%m/%d/%Y %H:%M", "1/32/2010 8:26", no},
        {"%m/%d/%Y %H:%M", "12/01/2010                                     8:26", "2010-12-01T08:26:00"},
        {"%m/%d/%y", "1/2/11", "2011-01-02T00:00:00"},
        {"%m/%d/%y", "1/2/1", no},
        {"%d %m%Y", "3 022011", "2011-02-03T00:00:00"},
        {"%d %m%Y", "3 22011", no},
        {"%Y%m%d%H%M%S", "20110228235959", "2011-02-28T23:59:59"},
        {"%Y%m%d%H%M%S%f", "201102282359595", "2011-02-28T23:59:59.5"},
        {"%Y-%m-%d %H0%M", "2011-02-28 0905", no},
        {"%Y-%m-%d %H0%M", "2011-02-28 09005", "2011-02-28T09:05:00"},
        {"%Y-%m-%d %H:%M:%S", "2010-12-01 08:26:60", no},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:00:00.000", "1996-07-04T00:00:00"},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:00:00.5", "1996-07-04T00:00:00.5"},
        {"%Y-%m-%d %H:%M:%S.%f", "1960-07-04 00:00:00.000001", "1960-07-04T00:00:00.000001"},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 24:00:00.0", no},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:60:00.0", no},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:00:60.0", no},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:00:00.1234567", no},
        {"%d %b %Y", "30 Feb 2012", no},
        {"%d %b %Y", "29 Feb 2012", "2012-02-29T00:00:00"},
        {"%d %b %Y", "29 Feb 2100", no},
        {"%Y%m%d", "20110228", "2011-02-28T00:00:00"},
        {"%Y%m%d", "2011228", no},
        {"%d.%m.%y", "1.2.68", "2068-02-01T00:00:00"},
        {"%d.%m.%y", "1.2.69", "1969-02-01T00:00:00"},
        {"%d %b %Y", "3 mar 2011", "2011-03-03T00:00:00"},
        {"%d %b %Y", "3 March 2011", "2011-03-03T00:00:00"},
        {"%d %b %Y", "3 Marc 2011", no},
        {"%a %d %B %Y", "Thu 3 March 2011", "2011-03-03T00:00:00"},
        {"%a %d %B %Y", "Fri 3 March 2011", no},
        {"%m/%d/%Y %I:%M %p", "12/1/2010 12:05 am", "2010-12-01T00:05:00"},
        {"%m/%d/%Y %I:%M %p", "12/1/2010 12:05 PM", "2010-12-01T12:05:00"},
        {"%m/%d/%Y %I:%M %p", "12/1/2010 13:05 PM", no},
        {"%Y-%j", "2012-366", "2012-12-31T00:00:00"},
        {"%Y-%j", "2011-366", no},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00-05:00", "2020-01-01T15:00:00Z"},
        {"%Y-%m-%d %H:%M:%S %z", "2020-01-01 00:30:00 +0100", "2019-12-31T23:30:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00Z", "2020-01-01T10:00:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+05", "2020-01-01T05:00:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+05:", no},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+05:3", no},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+15:00", no},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+05:59", "2020-01-01T04:01:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+05:60", no},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00-0560", no},
        {"%Y-%m-%dT%H:%M:%S%z", "2020-01-01T10:00:00+14:59", "2019-12-31T19:01:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "0000-01-01T00:59:00+01:00", no},
        {"%Y-%m-%dT%H:%M:%S%z", "0000-01-01T01:00:00+01:00", "0000-01-01T00:00:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "9999-12-31T23:00:00-01:00", no},
        {"%Y-%m-%dT%H:%M:%S%z", "9999-12-31T22:59:59-01:00", "9999-12-31T23:59:59Z"},
        {"%a %Y-%m-%d", "sat 0000-01-01", "0000-01-01T00:00:00"},
        {"%Y%%%m%%%d", "2011%02%03", "2011-02-03T00:00:00"},
        {"%Y-%m-%d", "0000-01-01", "0000-01-01T00:00:00"},
        {"%Y-%m-%d", "9999-12-31", "9999-12-31T00:00:00"},
    };
    for (const Case& c : cases) {
        INFO(c.format << " <- " << c.text);
        CHECK(read({c.format}, c.text) == c.result);
    }
    CHECK(read({"%Y-%m-%d %H:%M:%S"}, "1996-07-04 12:30:00", Kind::date) == "1996-07-04");
    CHECK(read({"%Y-%m-%d %H:%M:%S"}, "1996-07-04 25:30:00", Kind::date) == no);
    CHECK(read({"%d.%m.%y"}, "1.2.69", Kind::date, 70) == "2069-02-01");
    CHECK(read({"%Y-%m-%d", "%m/%d/%Y"}, "2/3/2011", Kind::date) == "2011-02-03");
}

namespace {

/// A format as a regular expression, and the calendar of the standard library.
class NaiveReader {
  public:
    explicit NaiveReader(const std::string& format) {
        std::string expression;
        for (std::size_t i = 0; i < format.size(); ++i) {
            const auto digits_at = [&](std::size_t at) {
                return at + 1 < format.size() && format[at] == '%';
            };
            if (format[i] != '%') {
                expression +=
                    format[i] == ' ' ? "[ \\t\\n\\v\\f\\r]+" : "[" + std::string(1, format[i]) + "]";
                continue;
            }
            const bool run = (i >= 2 && format[i - 2] == '%') || digits_at(i + 2);
            const char directive = format[++i];
            directives_ += directive;
            expression += directive == 'Y'          ? "([0-9]{4})"
                          : directive == 'y' || run ? "([0-9]{2})"
                                                    : "([0-9]{1,2})";
        }
        expression_ = std::make_unique<RE2>(expression);
    }

    /// In microseconds; false: not a date.
    bool read(const std::string& text, std::int64_t& value) const {
        std::array<int, 6> numbers{};
        std::array<RE2::Arg, 6> arguments;
        std::array<const RE2::Arg*, 6> pointers{};
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            arguments[i] = RE2::Arg(&numbers[i]);
            pointers[i] = &arguments[i];
        }
        if (!RE2::FullMatchN(text, *expression_, pointers.data(), static_cast<int>(directives_.size())))
            return false;
        int year = 0, hour = 0, minute = 0, second = 0;
        unsigned month = 0, day = 0;
        for (std::size_t i = 0; i < directives_.size(); ++i) {
            const int number = numbers[i];
            switch (directives_[i]) {
            case 'Y': year = number; break;
            case 'y': year = number + (number < 69 ? 2000 : 1900); break;
            case 'm': month = static_cast<unsigned>(number); break;
            case 'd': day = static_cast<unsigned>(number); break;
            case 'H': hour = number; break;
            case 'M': minute = number; break;
            default: second = number;
            }
        }
        const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                               std::chrono::day(day)};
        if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
        const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
        value = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000;
        return true;
    }

  private:
    std::string directives_;
    std::unique_ptr<RE2> expression_;
};

} // namespace

TEST_CASE("numeric formats against RE2 and std::chrono", "[date][property]") {
    const std::uint64_t seed = 3;
    std::mt19937_64 random(seed);
    for (const std::string format :
         {"%m/%d/%Y %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%y", "%Y%m%d", "%H:%M:%S %d/%m/%Y",
          "%y%m%d %H%M", "%S %M %H %d %m %Y", "%Y%m%dT%H%M%S", "%d/%m%Y"}) {
        const DateFormats compiled = DateFormats::compile(std::span(&format, 1), Kind::timestamp, 69, {});
        const NaiveReader naive(format);
        int dates = 0;
        for (int round = 0; round < 3000; ++round) {
            // Numbers just in and out of range, padded or not; then perhaps one byte changed, added or left
            // out.
            std::string text;
            for (std::size_t i = 0; i < format.size(); ++i) {
                if (format[i] != '%') {
                    text += format[i];
                    continue;
                }
                const char directive = format[++i];
                const int most = directive == 'Y'   ? 9999
                                 : directive == 'm' ? 13
                                 : directive == 'd' ? 31
                                 : directive == 'H' ? 24
                                 : directive == 'y' ? 99
                                                    : 60;
                const std::string digits = std::to_string(random() % static_cast<unsigned>(most + 1));
                const std::size_t width = directive == 'Y' ? 4 : directive == 'y' || random() % 3 > 0 ? 2 : 1;
                if (digits.size() < width) text.append(width - digits.size(), '0');
                text += digits;
            }
            const std::size_t at = random() % text.size();
            const char byte = "0123456789/-:. \tTx\0"[random() % 19];
            switch (random() % 6) {
            case 0: text[at] = byte; break;
            case 1: text.insert(at, 1, byte); break;
            case 2: text.erase(at, 1); break;
            default: break;
            }
            INFO("seed " << seed << ", round " << round << ": " << format << " <- \"" << text << "\"");
            std::int64_t expected = 0;
            const bool is_date = naive.read(text, expected);
            const ParsedDate parsed = compiled.parse(text);
            REQUIRE((parsed.reason == Reason::none) == is_date);
            if (is_date) REQUIRE(parsed.value == expected);
            dates += is_date ? 1 : 0;
        }
        INFO(format);
        CHECK(dates > 300); // the samples reach both verdicts
    }
}

TEST_CASE("timestamps written and read back", "[date][property]") {
    const std::string format = "%Y-%m-%dT%H:%M:%S.%f";
    const DateFormats compiled = DateFormats::compile(std::span(&format, 1), Kind::timestamp, 69, {});
    std::mt19937_64 random(5);
    const std::int64_t first = days_from_civil({0, 1, 1}) * 86'400'000'000;
    const std::int64_t last = (days_from_civil({9999, 12, 31}) + 1) * 86'400'000'000 - 1;
    for (int round = 0; round < 20'000; ++round) {
        const std::int64_t value =
            round == 0 ? first
            : round == 1
                ? last
                : first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first));
        char out[date_capacity];
        std::string text(out, write_timestamp(out, value, false));
        if (text.find('.') == std::string::npos) text += ".0";
        INFO(value << ": " << text);
        REQUIRE(compiled.parse(text).reason == Reason::none);
        REQUIRE(compiled.parse(text).value == value);
    }
}

TEST_CASE("every day of the calendar", "[date][property]") {
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    CHECK(days_from_civil({1970, 1, 1}) == 0);
    std::int64_t expected = -719'528; // 0000-01-01
    for (int year = 0; year <= 9999; ++year) {
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 1; month <= 12; ++month) {
            const int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
            for (int day = 1; day <= length; ++day, ++expected) {
                // One assertion a day would take seconds.
                const CivilDate back = civil_from_days(expected);
                if (days_from_civil({year, month, day}) == expected && back.year == year &&
                    back.month == month && back.day == day)
                    continue;
                FAIL(year << "-" << month << "-" << day << " is not day " << expected);
            }
        }
    }
    CHECK(expected == days_from_civil({9999, 12, 31}) + 1);
}
