#include "core/number/number.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

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
        {"", {}, 0, no},
        {"-", {}, 0, no},
        {"+", {}, 0, no},
        {".", {}, 0, no},
        {"- 5", {}, 0, no},
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
        {"1,2,3", {.thousands = ','}, 0, no},
        {"1,,234", {.thousands = ','}, 0, no},
        {"1,234,", {.thousands = ','}, 0, no},
        {"1,2345", {.thousands = ','}, 0, no},
        {"-1,234,567", {.thousands = ','}, -1234567},
        {"9,223,372,036,854,775,808", {.thousands = ','}, 0, Reason::out_of_range},
        {"1 234", {}, 0, no},
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
        {"(5", {.parentheses = true}, 0, no},
        {"()", {.parentheses = true}, 0, no},
        {"((5))", {.parentheses = true}, 0, no},
        {"-(5)", {.parentheses = true}, 0, no},
        {"(9223372036854775808)", {.parentheses = true}, INT64_MIN},
        {"5-", {}, 0, no},
        {"(5)", {}, 0, no},
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
        {"", two, 0, no},
        {"-", two, 0, no},
        {"+2.5", two, 250},
        {"-0.00", two, 0},
        {"-0.004", {.scale = 2, .rounding = Rounding::half_up}, 0, Reason::none, true},
        {"1,2,3", two, 0, no},
        {"1,234.5", two, 0, no},
        {"1,234.5", {.scale = 2, .thousands = ','}, 123450},
        {"1.234,5", {.scale = 2, .thousands = ','}, 0, no},
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
        {"12.50- EUR", {.scale = 2, .currency = true, .trailing_minus = true}, -1250},
        {"12.50 EUR-", {.scale = 2, .currency = true, .trailing_minus = true}, -1250},
        {"- $5", {.scale = 2, .currency = true}, -500},
        {"eur 5", {.scale = 2, .currency = true}, 0, no},
        {"EURO 5", {.scale = 2, .currency = true}, 0, no},
        {"\xE2\x82\x9F"
         "5", // U+209F, just before the currency signs
         {.scale = 2, .currency = true},
         0,
         no},
        {"\xE2\x83\x8F"
         "5", // U+20CF, the last of them
         {.scale = 2, .currency = true},
         500},
        {"\xE2\x83\x90"
         "5",
         {.scale = 2, .currency = true},
         0,
         no},
        {"\xE2\x80"
         "A5", // not UTF-8, though its bits add up to U+20C1
         {.scale = 2, .currency = true},
         0,
         no},
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

namespace {

__extension__ using Wide = unsigned __int128;

struct Expected {
    bool too_many_digits = false;
    bool out_of_range = false;
    bool rounded = false;
    std::int64_t value = 0;
};

/// Schoolbook arithmetic on all the digits at once; at most 34 of them.
Expected naive_decimal(bool negative, const std::string& whole, const std::string& fraction,
                       std::size_t scale, Rounding rounding) {
    Wide all = 0;
    for (const char digit : whole + fraction) all = all * 10 + static_cast<unsigned>(digit - '0');
    Wide divisor = 1;
    for (std::size_t i = fraction.size(); i < scale; ++i) all *= 10;
    for (std::size_t i = scale; i < fraction.size(); ++i) divisor *= 10;
    const Wide rest = all % divisor;
    Wide value = all / divisor;
    if (rest != 0 && rounding == Rounding::none) return {.too_many_digits = true};
    const bool half = rest * 2 == divisor;
    const bool above = rest * 2 > divisor;
    if (rounding == Rounding::half_up && (half || above)) ++value;
    if (rounding == Rounding::half_even && (above || (half && value % 2 == 1))) ++value;
    if (value > (Wide{1} << 63) - (negative ? 0 : 1)) return {.out_of_range = true};
    const auto bits = static_cast<std::uint64_t>(value);
    return {.rounded = rest != 0, .value = static_cast<std::int64_t>(negative ? ~bits + 1 : bits)};
}

/// With long runs of 0, 5 and 9, where carries and halves are.
std::string random_digits(std::mt19937_64& random, std::size_t size) {
    std::string digits;
    const bool plain = random() % 2 == 0;
    for (std::size_t i = 0; i < size; ++i)
        digits += plain ? static_cast<char>('0' + random() % 10) : "0559"[random() % 4];
    return digits;
}

void check_decimal(bool negative, const std::string& whole, const std::string& fraction, std::size_t scale,
                   Rounding rounding) {
    const std::string text = (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
    INFO(text << ", scale " << scale << ", rounding " << static_cast<int>(rounding));
    const NumberFormat format{.scale = static_cast<std::uint8_t>(scale), .rounding = rounding};
    const ParsedNumber parsed = parse_decimal(text, format);
    const Expected expected = naive_decimal(negative, whole, fraction, scale, rounding);
    if (expected.too_many_digits) {
        REQUIRE(parsed.reason == Reason::too_many_digits);
    } else if (expected.out_of_range) {
        REQUIRE(parsed.reason == Reason::out_of_range);
    } else {
        REQUIRE(parsed.reason == Reason::none);
        REQUIRE(parsed.value == expected.value);
        REQUIRE(parsed.rounded == expected.rounded);
    }
}

/// Digits of the magnitude with a point put in, by strings alone.
std::string naive_written(std::int64_t value, int scale, bool trimmed) {
    std::string text = std::to_string(value);
    const std::string sign = text[0] == '-' ? "-" : "";
    text.erase(0, sign.size());
    const auto fraction = static_cast<std::size_t>(scale);
    while (text.size() <= fraction) text.insert(0, 1, '0');
    if (scale > 0) text.insert(text.size() - fraction, 1, '.');
    if (scale > 0 && trimmed) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
    }
    return sign + text;
}

} // namespace

TEST_CASE("decimals at every scale and rounding against 128-bit arithmetic", "[number][property]") {
    const std::uint64_t seed = 42;
    std::mt19937_64 random(seed);
    for (std::size_t scale = 0; scale <= max_scale; ++scale) {
        for (const Rounding rounding :
             {Rounding::none, Rounding::half_up, Rounding::half_even, Rounding::down}) {
            for (int round = 0; round < 3000; ++round) {
                INFO("seed " << seed << ", round " << round);
                const std::string whole = random_digits(random, random() % 20);
                const std::string fraction = random_digits(random, random() % 13);
                if (whole.empty() && fraction.empty()) continue;
                check_decimal(random() % 2 == 0, whole, fraction, scale, rounding);
            }
        }
    }
}

TEST_CASE("decimals at the edges of int64", "[number]") {
    for (std::size_t scale = 0; scale <= max_scale; ++scale) {
        for (const char* const edge :
             {"9223372036854775807", "9223372036854775808", "9223372036854775809", "922337203685477580",
              "18446744073709551615", "18446744073709551616"}) {
            const std::string digits = edge;
            const std::string whole = digits.substr(0, digits.size() - scale);
            const std::string fraction = digits.substr(digits.size() - scale);
            for (const char* const more : {"", "0", "4", "5", "51", "9"}) {
                for (const Rounding rounding :
                     {Rounding::none, Rounding::half_up, Rounding::half_even, Rounding::down}) {
                    check_decimal(false, whole, fraction + more, scale, rounding);
                    check_decimal(true, whole, fraction + more, scale, rounding);
                }
            }
        }
    }
}

TEST_CASE("numbers of any length", "[number]") {
    const std::string zeros(1000, '0');
    const NumberFormat two{.scale = 2};
    CHECK(parse_integer(zeros + "7", {}).value == 7);
    CHECK(parse_integer("7" + zeros, {}).reason == Reason::out_of_range);
    CHECK(parse_decimal(zeros + "7." + zeros, two).value == 700);
    CHECK(parse_decimal("7." + zeros + "1", two).reason == Reason::too_many_digits);
    const ParsedNumber rounded =
        parse_decimal("7.005" + zeros + "1", {.scale = 2, .rounding = Rounding::half_even});
    CHECK(rounded.value == 701);
    CHECK(rounded.rounded);
    CHECK(parse_integer(zeros + "x", {}).reason == Reason::not_an_integer);
}

TEST_CASE("grouped integers against a naive grouping", "[number][property]") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 50'000; ++round) {
        const std::string digits = random_digits(random, 1 + random() % 17);
        std::string text;
        for (std::size_t i = 0; i < digits.size(); ++i) {
            if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
            text += digits[i];
        }
        INFO("round " << round << ": " << text);
        const ParsedNumber parsed = parse_integer(text, {.thousands = ','});
        REQUIRE(parsed.reason == Reason::none);
        REQUIRE(parsed.value == std::stoll(digits));
        // A separator put anywhere else, or one too many, breaks the groups.
        std::string broken = text;
        broken.insert(random() % (text.size() + 1), 1, ',');
        INFO("broken: " << broken);
        const bool still_whole = text.find(',') == std::string::npos && broken.size() >= 5 &&
                                 broken[broken.size() - 4] == ',' && broken.size() <= 7;
        REQUIRE((parse_integer(broken, {.thousands = ','}).reason == Reason::none) == still_whole);
    }
}

TEST_CASE("written numbers against strings, and read back", "[number][property]") {
    std::vector<std::int64_t> values{0, INT64_MIN, INT64_MIN + 1, INT64_MAX};
    for (const std::int64_t power : powers_of_ten) {
        for (const std::int64_t value : {power - 1, power, power + 1}) {
            values.push_back(value);
            values.push_back(-value);
        }
    }
    std::mt19937_64 random(11);
    for (int i = 0; i < 5000; ++i) values.push_back(static_cast<std::int64_t>(random()) >> (random() % 64));
    for (const std::int64_t value : values) {
        char out[number_capacity];
        INFO(value);
        REQUIRE(std::string(out, write_integer(out, value)) == std::to_string(value));
        REQUIRE(parse_integer(std::to_string(value), {}).value == value);
        for (int scale = 0; scale <= max_scale; ++scale) {
            INFO("scale " << scale);
            const NumberFormat format{.scale = static_cast<std::uint8_t>(scale)};
            for (const bool trimmed : {false, true}) {
                const std::string text = written(value, scale, trimmed);
                REQUIRE(text == naive_written(value, scale, trimmed));
                REQUIRE(parse_decimal(text, format).reason == Reason::none);
                REQUIRE(parse_decimal(text, format).value == value);
            }
        }
    }
}
