// Formats that contradict themselves, or that can read the same text as different dates.
#include "core/date/date.hpp"

#include "support/catch.hpp"

#include <array>
#include <span>
#include <string>
#include <vector>

using namespace ordermill::core;

namespace {

std::string error(const std::vector<std::string>& formats, Kind kind = Kind::timestamp) {
    try {
        DateFormats::compile(formats, kind, 69, {});
    } catch (const JobError& caught) {
        return caught.what();
    }
    return "";
}

} // namespace

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
        {{"%Y-%m-%d %"}, "it ends with a single %"},
        {{"%Y-%y-%m-%d"}, "%y repeats a part"},
        {{"%Y-%m-%d %I:%M"}, "%I and %p"},
        {{"%Y-%m-%d %M"}, "without the next larger unit"},
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
