#include "core/number.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <string>

using namespace ordermill::core;

namespace {

std::string written(std::int64_t value, int scale, bool trimmed = false) {
    char out[number_capacity];
    char* const end = trimmed ? write_decimal_trimmed(out, value, scale) : write_decimal(out, value, scale);
    return {out, end};
}

struct Case {
    const char* text;
    NumberFormat format;
    std::int64_t value;
    Reason reason = Reason::none;
    bool rounded = false;
};

} // namespace

TEST_CASE("integers", "[number]") {
    const Reason no = Reason::not_an_integer;
    const Case cases[] = {
        {"0", {}, 0},
        {"-0", {}, 0},
        {"007", {}, 7},
        {"+12", {}, 12},
        {"\xE2\x88\x92"
         "12",
         {},
         -12},
        {"9223372036854775807", {}, INT64_MAX},
        {"-9223372036854775808", {}, INT64_MIN},
        {"9223372036854775808", {}, 0, Reason::out_of_range},
        {"-9223372036854775809", {}, 0, Reason::out_of_range},
        {"00000000000000000000000012", {}, 12},
        {"99999999999999999999999999999999999999999", {}, 0, Reason::out_of_range},
        {"-", {}, 0, no},
        {"+-1", {}, 0, no},
        {"--1", {}, 0, no},
        {"1 2", {}, 0, no},
        {"1.0", {}, 0, no},
        {"1e5", {}, 0, no},
        {"n/a", {}, 0, no},
        {"17850.0", {.zero_fraction = true}, 17850},
        {"17850.00", {.zero_fraction = true}, 17850},
        {"17850.", {.zero_fraction = true}, 0, no},
        {".0", {.zero_fraction = true}, 0, no},
        {"17850.5", {.zero_fraction = true}, 0, no},
        {"1,234,567", {.thousands = ','}, 1234567},
        {"12,34", {.thousands = ','}, 0, no},
        {"1234,567", {.thousands = ','}, 0, no},
        {"1,2,3", {}, 0, no},
        {",123", {.thousands = ','}, 0, no},
        {"1 234", {.thousands = ' '}, 1234},
        {"1\xC2\xA0"
         "234",
         {.thousands = ' '},
         1234},
        {"1\xE2\x80\xAF"
         "234",
         {.thousands = ' '},
         1234},
        {"(5)", {.parentheses = true}, -5},
        {"(-5)", {.parentheses = true}, 0, no},
        {"5-", {.trailing_minus = true}, -5},
        {"-5-", {.trailing_minus = true}, 0, no},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        const ParsedNumber parsed = parse_integer(c.text, c.format);
        CHECK(parsed.reason == c.reason);
        if (c.reason == Reason::none) CHECK(parsed.value == c.value);
    }
}

TEST_CASE("decimals", "[number]") {
    const Reason no = Reason::not_a_number;
    const NumberFormat two{.scale = 2};
    const Case cases[] = {
        {"2.5", two, 250},
        {"-2.05", two, -205},
        {".5", two, 50},
        {"5.", two, 500},
        {".", two, 0, no},
        {"-.", two, 0, no},
        {"1.2.3", two, 0, no},
        {"1e5", two, 0, no},
        {"free", two, 0, no},
        {"2.500", two, 250},
        {"2.505", two, 0, Reason::too_many_digits},
        {"2.505", {.scale = 2, .rounding = Rounding::half_up}, 251, Reason::none, true},
        {"-2.505", {.scale = 2, .rounding = Rounding::half_up}, -251, Reason::none, true},
        {"2.505", {.scale = 2, .rounding = Rounding::half_even}, 250, Reason::none, true},
        {"2.515", {.scale = 2, .rounding = Rounding::half_even}, 252, Reason::none, true},
        {"2.5051", {.scale = 2, .rounding = Rounding::half_even}, 251, Reason::none, true},
        {"2.509", {.scale = 2, .rounding = Rounding::down}, 250, Reason::none, true},
        {"2.500", {.scale = 2, .rounding = Rounding::down}, 250, Reason::none, false},
        {"1.234,5", {.scale = 2, .decimal_point = ',', .thousands = '.'}, 123450},
        {"1'234.5", {.scale = 2, .thousands = '\''}, 123450},
        {"$2.39", {.scale = 2, .currency = true}, 239},
        {"-$2.39", {.scale = 2, .currency = true}, -239},
        {"$-2.39", {.scale = 2, .currency = true}, -239},
        {"\xE2\x82\xAC 12", {.scale = 2, .currency = true}, 1200},
        {"12 \xE2\x82\xAC", {.scale = 2, .currency = true}, 1200},
        {"EUR 12.50", {.scale = 2, .currency = true}, 1250},
        {"\xC2\xA3"
         "12.50",
         {.scale = 2, .currency = true},
         1250},
        {"$2.39", two, 0, no},
        {"$", {.scale = 2, .currency = true}, 0, no},
        {"$ 12 $", {.scale = 2, .currency = true}, 0, no},
        {"($12.50)", {.scale = 2, .currency = true, .parentheses = true}, -1250},
        {"$(12.50)", {.scale = 2, .currency = true, .parentheses = true}, -1250},
        {"12.50-", {.scale = 2, .trailing_minus = true}, -1250},
        {"92233720368547758.07", two, INT64_MAX},
        {"92233720368547758.08", two, 0, Reason::out_of_range},
        {"-92233720368547758.08", two, INT64_MIN},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        const ParsedNumber parsed = parse_decimal(c.text, c.format);
        CHECK(parsed.reason == c.reason);
        if (c.reason == Reason::none) CHECK(parsed.value == c.value);
        CHECK(parsed.rounded == c.rounded);
    }
}

TEST_CASE("numbers as text", "[number]") {
    CHECK(written(0, 0) == "0");
    CHECK(written(INT64_MIN, 0) == "-9223372036854775808");
    CHECK(written(INT64_MIN, 9) == "-9223372036.854775808");
    CHECK(written(-5, 2) == "-0.05");
    CHECK(written(0, 2) == "0.00");
    CHECK(written(100, 2) == "1.00");
    CHECK(written(100, 2, true) == "1");
    CHECK(written(1050, 3, true) == "1.05");
    CHECK(written(0, 9, true) == "0");
    CHECK(written(100, 0, true) == "100");
}

TEST_CASE("random decimals against 128-bit arithmetic", "[number][property]") {
    std::mt19937_64 random(42);
    for (int round = 0; round < 200'000; ++round) {
        const int scale = static_cast<int>(random() % 10);
        const auto rounding = static_cast<Rounding>(random() % 4);
        const std::size_t whole = random() % 20;
        const std::size_t fraction = random() % 14;
        std::string digits;
        for (std::size_t i = 0; i < whole + fraction; ++i)
            digits += static_cast<char>('0' + random() % (random() % 2 == 0 ? 10 : 2) * 5 % 10);
        if (digits.empty()) continue;
        const bool negative = random() % 2 == 0;
        std::string text = (negative ? "-" : "") + digits.substr(0, whole);
        if (fraction > 0) text += "." + digits.substr(whole);
        INFO("round " << round << ": " << text << " scale " << scale << " rounding "
                      << static_cast<int>(rounding));

        __extension__ using Wide = unsigned __int128;
        __extension__ using SignedWide = __int128;
        Wide all = 0;
        for (const char digit : digits) all = all * 10 + static_cast<unsigned>(digit - '0');
        Wide value = all;
        bool exact = true;
        if (static_cast<int>(fraction) > scale) {
            Wide divisor = 1;
            for (int i = scale; i < static_cast<int>(fraction); ++i) divisor *= 10;
            const Wide rest = all % divisor;
            value = all / divisor;
            exact = rest == 0;
            const bool up = rounding == Rounding::half_up ? rest * 2 >= divisor
                            : rounding == Rounding::half_even
                                ? rest * 2 > divisor || (rest * 2 == divisor && value % 2 == 1)
                                : false;
            if (up) ++value;
        } else {
            for (int i = static_cast<int>(fraction); i < scale; ++i) value *= 10;
        }
        const ParsedNumber parsed =
            parse_decimal(text, {.scale = static_cast<std::uint8_t>(scale), .rounding = rounding});
        if (!exact && rounding == Rounding::none) {
            REQUIRE(parsed.reason == Reason::too_many_digits);
            continue;
        }
        const Wide limit = (Wide{1} << 63) - (negative ? 0 : 1);
        if (value > limit) {
            REQUIRE(parsed.reason == Reason::out_of_range);
            continue;
        }
        REQUIRE(parsed.reason == Reason::none);
        REQUIRE(parsed.rounded == !exact);
        REQUIRE(static_cast<Wide>(negative ? -static_cast<SignedWide>(parsed.value) : parsed.value) == value);
        // What is written reads back.
        const std::string out = written(parsed.value, scale);
        REQUIRE(parse_decimal(out, {.scale = static_cast<std::uint8_t>(scale)}).value == parsed.value);
        REQUIRE(parse_decimal(written(parsed.value, scale, true), {.scale = static_cast<std::uint8_t>(scale)})
                    .value == parsed.value);
    }
}
