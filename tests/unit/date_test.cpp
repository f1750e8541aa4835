#include "core/date.hpp"

#include "support/catch.hpp"

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

std::string error(const std::vector<std::string>& formats) {
    try {
        DateFormats::compile(formats, Kind::timestamp, 69, {});
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
        {"%Y-%m-%d %H:%M:%S", "2010-12-01 08:26:60", no},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:00:00.000", "1996-07-04T00:00:00"},
        {"%Y-%m-%d %H:%M:%S.%f", "1996-07-04 00:00:00.5", "1996-07-04T00:00:00.5"},
        {"%Y-%m-%d %H:%M:%S.%f", "1960-07-04 00:00:00.000001", "1960-07-04T00:00:00.000001"},
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

TEST_CASE("every day of the calendar", "[date][property]") {
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    std::int64_t expected = days_from_civil({1600, 1, 1});
    CHECK(days_from_civil({1970, 1, 1}) == 0);
    for (int year = 1600; year <= 2400; ++year) {
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 1; month <= 12; ++month) {
            const int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
            for (int day = 1; day <= length; ++day, ++expected) {
                REQUIRE(days_from_civil({year, month, day}) == expected);
                const CivilDate back = civil_from_days(expected);
                REQUIRE((back.year == year && back.month == month && back.day == day));
            }
        }
    }
}
