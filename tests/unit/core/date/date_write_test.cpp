// Dates written in a format of one's own: a table, strftime as the oracle, and reading back.
#include "core/date/date_write.hpp"

#include "core/date/date.hpp"
#include "support/catch.hpp"

#include <ctime>
#include <random>
#include <string>
#include <vector>

using namespace ordermill::core;

namespace {

constexpr ValueType a_date{.kind = Kind::date};
constexpr ValueType a_timestamp{.kind = Kind::timestamp};
constexpr ValueType a_zoned_one{.kind = Kind::timestamp, .zoned = true};
constexpr std::int64_t microseconds_per_second = 1'000'000;

/// Checks the capacity, too.
std::string written(const std::string& format, const ValueType& type, std::int64_t value) {
    const DateWriter writer = DateWriter::compile(format, type, {});
    std::string out(writer.capacity() + 1, '!');
    char* const end = writer.write(out.data(), value);
    const auto size = static_cast<std::size_t>(end - out.data());
    REQUIRE(size <= writer.capacity());
    REQUIRE(out.back() == '!');
    return out.substr(0, size);
}

std::string error(const std::string& format, const ValueType& type) {
    try {
        DateWriter::compile(format, type, {});
    } catch (const JobError& caught) {
        return caught.what();
    }
    return "no error";
}

} // namespace

TEST_CASE("dates written by a format", "[date]") {
    struct Case {
        std::string format;
        std::string date;      ///< of 2024-09-04, a Wednesday
        std::string timestamp; ///< of 2024-09-04T00:05:06.000700
    };
    const Case cases[] = {
        {"%Y-%m", "2024-09", "2024-09"},
        {"%d.%m.%y", "04.09.24", "04.09.24"},
        {"%Y%m%d", "20240904", "20240904"},
        {"%a %A %b %B", "Wed Wednesday Sep September", "Wed Wednesday Sep September"},
        {"%j", "248", "248"},
        {"Q: 100%%", "Q: 100%", "Q: 100%"},
        {"é  ", "é  ", "é  "},
        {"", "", ""},
        {"%H:%M:%S.%f", "", "00:05:06.000700"},
        {"%I %p", "", "12 AM"},
    };
    const std::int64_t day = days_from_civil({2024, 9, 4});
    const std::int64_t moment = (day * 86'400 + 306) * microseconds_per_second + 700;
    for (const Case& c : cases) {
        INFO(c.format);
        if (!c.date.empty() || c.format.empty()) CHECK(written(c.format, a_date, day) == c.date);
        CHECK(written(c.format, a_timestamp, moment) == c.timestamp);
    }
    CHECK(written("%I %p", a_timestamp, moment + 12 * 3600 * microseconds_per_second) == "12 PM");
    CHECK(written("%H:%M%z", a_zoned_one, moment) == "00:05Z");
    CHECK(written("%Y-%m-%d %H:%M:%S.%f", a_timestamp, -1) == "1969-12-31 23:59:59.999999");
    CHECK(written("%Y %j", a_date, days_from_civil({0, 1, 1})) == "0000 001");
    CHECK(written("%y %j", a_date, days_from_civil({9999, 12, 31})) == "99 365");
}

TEST_CASE("formats that can't be written are refused", "[date]") {
    CHECK(error("%Y-%q", a_date).starts_with("date format \"%Y-%q\": unknown directive %q; known are %Y %y"));
    CHECK(error("%", a_date) == "date format \"%\": it ends with a single %");
    for (const char directive : std::string("HIMSfp")) {
        const std::string format{'%', directive};
        INFO(format);
        CHECK(error(format, a_date).find("is a part of the time of day, which a date doesn't have") !=
              std::string::npos);
        CHECK(error(format, a_timestamp) == "no error");
    }
    CHECK(error("%z", a_timestamp).find("which the written value doesn't have") != std::string::npos);
    CHECK(error("%z", a_zoned_one) == "no error");
}

TEST_CASE("random moments as strftime writes them, and read back", "[date]") {
    constexpr std::uint64_t seed = 20240904;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const std::string formats[] = {"%Y-%m-%d %H:%M:%S", "%d %b %y %I:%M %p", "%A, %d %B %Y", "%a %j %Y %%"};
    const std::int64_t first = days_from_civil({1000, 1, 1}); // glibc writes earlier years without zeros
    const std::int64_t last = days_from_civil({9999, 12, 31});
    const DateFormats reader =
        DateFormats::compile(std::vector<std::string>{"%Y-%m-%d %H:%M:%S.%f"}, Kind::timestamp, 69, {});
    const DateWriter whole = DateWriter::compile("%Y-%m-%d %H:%M:%S.%f", a_timestamp, {});
    for (int round = 0; round < 20'000; ++round) {
        const std::int64_t day =
            first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(last - first));
        const std::int64_t second = day * 86'400 + static_cast<std::int64_t>(random() % 86'400);
        const std::int64_t moment =
            second * microseconds_per_second + static_cast<std::int64_t>(random() % 1'000'000);
        const std::time_t time = second;
        std::tm parts{};
        REQUIRE(::gmtime_r(&time, &parts) != nullptr);
        for (const std::string& format : formats) {
            char expected[100];
            const std::size_t size = std::strftime(expected, sizeof expected, format.c_str(), &parts);
            INFO(moment << " " << format);
            REQUIRE(written(format, a_timestamp, moment) == std::string(expected, size));
        }
        char out[40];
        char* const end = whole.write(out, moment);
        REQUIRE(reader.parse({out, static_cast<std::size_t>(end - out)}).value == moment);
    }
}
