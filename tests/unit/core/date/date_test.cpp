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

std::string error(const std::vector<std::string>& formats, Kind kind = Kind::timestamp) {
    try {
        DateFormats::compile(formats, kind, 69, {});
    } catch (const JobError& caught) {
        return caught.what();
    }
    return "";
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

TEST_CASE("formats that contradict themselves or each other", "[date]") {
    struct Case {
        std::vector<std::string> formats;
        std::string part; ///< of the sentence; empty: no error
    };
    const Case cases[] = {
        {{"%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"}, ""},
        {{"%m/%d/%Y", "%d/%m/%Y"}, "both read"},
        {{"%m/%d/%y", "%d/%m/%y"}, "both read"},
        {{"%y%m%d", "%d%m%y"}, "both read"},
        {{"%Y%m%d", "%m%d%Y"}, "both read"},
        {{"%y/%m/%d", "%m/%d/%y"}, "both read"},
        {{"%d.%m.%Y", "%m/%d/%Y"}, ""},
        {{"%d %b %Y", "%d %B %Y"}, ""},
        {{"%Y-%m-%d %H:%M", "%Y-%d-%m %H:%M"}, "both read"},
        {{"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"}, ""},
        {{"%Y-%m-%d %H:%M %z", "%Y-%m-%d %H:%M"}, "only one of them has %z"},
        {{"%Y-%m"}, "a month and a day"},
        {{"%m-%d"}, "no year"},
        {{"%Y-%m-%d %q"}, "unknown directive %q"},
        {{"%Y-%m-%d %"}, "a % at its end"},
        {{"%Y-%y-%m-%d"}, "there already"},
        {{"%Y-%m-%d %I:%M"}, "%I and %p"},
        {{"%Y-%m-%d %M"}, "without the larger one"},
    };
    for (const Case& c : cases) {
        INFO(c.formats.front() << " ... " << c.formats.back());
        const std::string said = error(c.formats);
        if (c.part.empty()) {
            CHECK(said == "");
        } else {
            CHECK(said.find(c.part) != std::string::npos);
        }
    }
}

namespace {

struct Pair {
    std::string one;
    std::string other;
};

/// The text that the sentence shows; both formats must read it, differently.
bool witness_holds(const std::string& said, const std::string& one, const std::string& other, Kind kind) {
    const std::size_t begin = said.find("both read \"") + 11;
    const std::string text = said.substr(begin, said.find('"', begin) - begin);
    const auto single = [&](const std::string& format) {
        return DateFormats::compile(std::span(&format, 1), kind, 69, {}).parse(text);
    };
    const ParsedDate first = single(one);
    const ParsedDate second = single(other);
    return first.reason == Reason::none && second.reason == Reason::none && first.value != second.value;
}

} // namespace

TEST_CASE("formats that can read the same text differently", "[date]") {
    const Pair ambiguous[] = {
        {"%Y-%m-%d", "%Y-%d-%m"},
        {"%y-%m-%d", "%d-%m-%y"},
        {"%y.%m.%d", "%m.%d.%y"},
        {"%m%d%Y", "%d%m%Y"},
        {"%Y%m%d", "%Y%d%m"},
        {"%Y%m%d", "%d%m%Y"},
        {"%Y%m%d", "%y%m%d%H"},
        {"%y%m%d%H%M%S", "%Y%m%d%H%M"},
        {"%Y%j", "%j%Y"},
        {"%Y-%j %H", "%Y-%m %d"},
        {"%y/%j %H:%M", "%H/%y %m:%d"},
        {"%b %d %y", "%b %y %d"},
        {"%d %b %y", "%y %B %d"},
        {"%a %m/%d/%Y", "%a %d/%m/%Y"},
        {"%A, %d.%m.%Y", "%a, %m.%d.%Y"},
        {"%m/%d/%Y %H:%M", "%m/%d/%Y %M:%H"},
        {"%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"},
        {"%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p"},
        {"%m/%d/%Y %I:%M %p", "%d/%m/%Y %H:%M AM"},
        {"%d-%m-%Y %H:%M:%S.%f", "%m-%d-%Y %H:%M:%S.%f"},
        {"%d-%m-%Y %H:%M %z", "%m-%d-%Y %H:%M %z"},
        {"%Y-%m-%d %H:%M:%S.%f", "%f-%m-%d %H:%M:%S.%Y"},
        {"%d/%m/%y %H:%M:%S", "%H/%M/%S %d:%m:%y"},
    };
    for (const Pair& pair : ambiguous) {
        INFO(pair.one << " and " << pair.other);
        for (const auto& formats : {std::vector{pair.one, pair.other}, std::vector{pair.other, pair.one}}) {
            const std::string said = error(formats);
            CHECK(said.find("both read") != std::string::npos);
            CHECK(witness_holds(said, pair.one, pair.other, Kind::timestamp));
        }
        CHECK(error({"%Y~%m~%d", pair.one, "%d~%b~%Y", pair.other}) != "");
    }
    const Pair apart[] = {
        {"%m/%d/%Y", "%m/%d/%y"},
        {"%m/%d/%Y", "%d/%m/%y"},
        {"%Y-%m-%d", "%Y/%d/%m"},
        {"%Y-%m-%d", "%d-%m-%Y"},
        {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"},
        {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"},
        {"%d %b %Y", "%b %d %Y"},
        {"%d-%b-%y", "%d-%m-%y"},
        {"%A %d %B %Y", "%a %d %b %Y"},
        {"%Y%m%d", "%y%m%d"},
        {"%d%m%Y", "%m%d%y"},
        {"%m/%d/%Y %H:%M", "%d/%m/%Y %I:%M %p"},
        {"%Y-%j", "%Y-%m-%d"},
        {"%Y%j", "%Y%m%d"},
        {"%y%j", "%d%m%y"},
        {"%d %m %Y", "%d  %m\t%Y"},
        {"%Y-%m-%d", "%Y-%m-%d"},
        {"%d.%m.%Y", "%d.%m.%Y %H:%M"},
    };
    for (const Pair& pair : apart) {
        INFO(pair.one << " and " << pair.other);
        CHECK(error({pair.one, pair.other}) == "");
        CHECK(error({pair.other, pair.one}) == "");
    }
    // A date drops the time, whichever way it is read.
    CHECK(error({"%m/%d/%Y %H:%M", "%m/%d/%Y %M:%H"}, Kind::date) == "");
    CHECK(error({"%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"}, Kind::date) != "");
    CHECK(
        error({"%m/%d/%Y", "%d/%m/%Y"}, Kind::date) ==
        "date formats \"%m/%d/%Y\" and \"%d/%m/%Y\" both read \"2/3/2011\": as 2011-02-03 and as 2011-03-02; "
        "give each file its own format");
}

TEST_CASE("every pair of day formats: what brute force finds ambiguous, the search finds",
          "[date][property]") {
    std::vector<std::string> formats;
    for (const std::string separator : {"", "-", "/"}) {
        for (const std::string year : {"%Y", "%y"}) {
            for (const auto& order : {std::array{0, 1, 2}, std::array{0, 2, 1}, std::array{1, 0, 2},
                                      std::array{1, 2, 0}, std::array{2, 0, 1}, std::array{2, 1, 0}}) {
                const std::string parts[] = {year, "%m", "%d"};
                formats.push_back(parts[order[0]] + separator + parts[order[1]] + separator +
                                  parts[order[2]]);
            }
        }
        formats.push_back("%Y" + separator + "%j");
        formats.push_back("%j" + separator + "%Y");
    }
    std::vector<DateFormats> readers;
    for (const std::string& format : formats)
        readers.push_back(DateFormats::compile(std::span(&format, 1), Kind::date, 69, {}));
    const auto printed = [](const std::string& format, CivilDate date, bool padded) {
        std::string text;
        const bool apart = format.find_first_of("-/") != std::string::npos;
        const auto number = [&](int value, std::size_t width) {
            const std::string digits = std::to_string(value);
            if (digits.size() < width && (padded || !apart)) text.append(width - digits.size(), '0');
            text += digits;
        };
        for (std::size_t i = 0; i < format.size(); ++i) {
            if (format[i] != '%') {
                text += format[i];
                continue;
            }
            switch (format[++i]) {
            case 'Y': text += std::to_string(date.year); break;
            case 'y': text += std::to_string(date.year).substr(2); break;
            case 'm': number(date.month, 2); break;
            case 'd': number(date.day, 2); break;
            default:
                number(static_cast<int>(days_from_civil(date) - days_from_civil({date.year, 1, 1}) + 1), 3);
            }
        }
        return text;
    };
    for (std::size_t one = 0; one < formats.size(); ++one) {
        std::vector<std::string> texts;
        for (const int year : {1102, 1203, 1231, 1999, 2001, 2010, 2012}) {
            for (int month = 1; month <= 12; ++month) {
                for (int day = 1; day <= 28; ++day) {
                    for (const bool padded : {true, false})
                        texts.push_back(printed(formats[one], {year, month, day}, padded));
                }
            }
        }
        for (std::size_t other = 0; other < formats.size(); ++other) {
            INFO(formats[one] << " and " << formats[other]);
            std::string found;
            for (const std::string& text : texts) {
                const ParsedDate read_by_one = readers[one].parse(text);
                const ParsedDate read_by_other = readers[other].parse(text);
                if (read_by_one.reason != Reason::none) FAIL("unreadable: " << text);
                if (read_by_other.reason == Reason::none && read_by_one.value != read_by_other.value) {
                    found = text;
                    break;
                }
            }
            INFO("brute force: \"" << found << "\"");
            const std::string said = error({formats[one], formats[other]}, Kind::date);
            if (!found.empty()) REQUIRE(said != "");
            if (!said.empty()) REQUIRE(witness_holds(said, formats[one], formats[other], Kind::date));
        }
    }
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
