#include "support/catch.hpp"
#include "support/expressions.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace ordermill::testing::expressions;

TEST_CASE("expression: operators bind as the table says", "[expression]") {
    check_all({
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"10 - 4 - 3", "3"},
        {"100 / 10 / 5", "2.000000 trimmed"},
        {"100 / (10 / 5)", "50.000000 trimmed"},
        {"-2 * 3", "-6"},
        {"-(2 + 3)", "-5"},
        {"- -2", "2"},
        {"2 - -3", "5"},
        {"-quantity + 1", "-5"},
        {"1 + 2 = 3", "true"},
        {"1 + 2 in (3, 4)", "true"},
        {"1 < 2 and 2 < 1 or true", "true"},
        {"true or true and false", "true"},
        {"(true or true) and false", "false"},
        {"not true or true", "true"},
        {"not (true or true)", "false"},
        {"not 1 = 2", "true"},
        {"not not paid", "true"},
        {"not false and false", "false"},
        {"paid = 1 in (1, 2)", "true"},
        // implies: loosest, and from the right
        {"false implies false implies false", "true"},
        {"(false implies false) implies false", "false"},
        {"true or false implies false", "false"},
        {"false and true implies false", "true"},
        {"not true implies false", "true"},
        {"invoice matches \"C.*\" and paid", "true"},
        {"  quantity\t*\n2 ", "12"},
    });
}

TEST_CASE("expression: three-valued logic, with faults", "[expression]") {
    // t(rue), f(alse), m(issing), a fault: z. What decides alone beats a fault, a fault beats missing.
    const std::string values = "tfmz";
    const std::vector<std::string> sources = {"paid", "cancelled", "unknown", "1 / zero > 1"};
    const std::vector<std::string> shown_as = {"true", "false", "missing", "fault: divided by zero"};
    const std::vector<std::string> both = {"tfmz", "ffff", "mfmz", "zfzz"};
    const std::vector<std::string> either = {"tttt", "tfmz", "tmmz", "tzzz"};
    const std::vector<std::string> implied = {"tfmz", "tttt", "tmmz", "tzzz"};
    const std::string negated = "ftmz";
    const Record record;
    const auto expected = [&](char letter) { return shown_as[values.find(letter)]; };
    for (std::size_t a = 0; a < 4; ++a) {
        CHECK(record.result("not (" + sources[a] + ")") == expected(negated[a]));
        for (std::size_t b = 0; b < 4; ++b) {
            INFO(sources[a] + " with " + sources[b]);
            CHECK(record.result(sources[a] + " and " + sources[b]) == expected(both[a][b]));
            CHECK(record.result(sources[a] + " or " + sources[b]) == expected(either[a][b]));
            CHECK(record.result(sources[a] + " implies " + sources[b]) == expected(implied[a][b]));
        }
    }
}

TEST_CASE("expression: missing operands and faults", "[expression]") {
    check_all({
        {"quantity + discount", "missing"},
        {"discount * discount", "missing"},
        {"quantity * discount", "missing"},
        {"-discount", "missing"},
        {"quantity / discount", "missing"},
        {"discount / zero", "missing"},
        {"discount = discount", "missing"},
        {"note = \"\"", "missing"},
        {"starts_with(note, \"C\")", "missing"},
        {"kept + 1", "missing"},
        {"faulty + 1", "missing"},
        {"missing(kept)", "true"},
        {"upper(note)", "missing"},
        {"substring(city, 1, round(discount))", "missing"},
        {"discount + 1 / zero", "fault: divided by zero"},
        {"1 / zero + discount", "fault: divided by zero"},
        // concat, coalesce, missing, if
        {"concat(note)", "''"},
        {"concat(\"a\", note, \"b\")", "'ab'"},
        {"concat(\"a\", text(1 / zero))", "fault: divided by zero"},
        {"coalesce(discount, price)", "2.55"},
        {"coalesce(discount, kept)", "missing"},
        {"coalesce(price / zero, 0)", "0.000000 trimmed"},
        {"coalesce(discount, 1 / zero)", "fault: divided by zero"},
        {"coalesce(note, invoice, \"none\")", "'C536365'"},
        {"missing(discount)", "true"},
        {"missing(price)", "false"},
        {"missing(blank)", "false"},
        {"missing(menu.price(\"Tea\"))", "true"},
        {"if(unknown, 1, 2)", "2"},
        {"if(discount > 1, 1, 2)", "2"},
        {"if(1 / zero > 1, 1, 2)", "fault: divided by zero"},
        {"if(zero = 0, 0, 1 / zero)", "0.000000 trimmed"},
        {"if(paid, discount, 1)", "missing"},
        // in: found beats all, then a fault, then missing
        {"quantity in (1, 6, discount)", "true"},
        {"quantity in (1, discount)", "missing"},
        {"quantity in (discount, 6)", "true"},
        {"quantity in (1, 1 / zero, discount)", "fault: divided by zero"},
        {"discount in (1, 2)", "missing"},
        {"note in (\"a\", \"b\")", "missing"},
    });
}

TEST_CASE("expression: numbers are exact and rounded once", "[expression]") {
    check_all({
        {"quantity * price", "15.30"},
        {"quantity + price", "8.55"},
        {"price - quantity", "-3.45"},
        {"price * rate", "-3.147975"},
        {"price * price * price", "16.581375"},
        {"weight * 2", "3.000000000 trimmed"},
        {"weight * weight", "2.250000000 trimmed"},
        {"price / 3", "0.850000 trimmed"},
        {"1 / 3", "0.333333 trimmed"},
        {"2 / 3", "0.666667 trimmed"},
        {"-2 / 3", "-0.666667 trimmed"},
        {"1 / 3 * 3", "1.000000 trimmed"},
        {"1 / 3 + 1 / 6 = 0.5", "true"},
        {"(price / 7) * 7 = price", "true"},
        {"round(2.5)", "3"},
        {"round(-2.5)", "-3"},
        {"round(2.45, 1)", "2.5"},
        {"round(2.449, 1)", "2.4"},
        {"round(price, 4)", "2.5500"},
        {"round(1 / 3, 2)", "0.33"},
        {"round(weight, 3)", "1.500"},
        {"abs(rate)", "1.2345"},
        {"abs(-5)", "5"},
        {"if(paid, 1, 2.50)", "1.00"},
        {"if(paid, quantity, 1 / 3)", "6.000000 trimmed"},
        {"coalesce(quantity, price)", "6.00"},
        {"1 / zero", "fault: divided by zero"},
        {"price / (zero * price)", "fault: divided by zero"},
        {"1 / (1 / 3 - 1 / 3)", "fault: divided by zero"},
        {"largest + 1", "fault: out of range"},
        {"largest + 1 - 1", "9223372036854775807"},
        {"-smallest", "fault: out of range"},
        {"-smallest - 1", "9223372036854775807"},
        {"abs(smallest) - 1 = largest", "true"},
        {"largest * largest / largest = largest", "true"},
        {"smallest * smallest / smallest = smallest", "true"},
        {"largest * largest * largest", "fault: out of range"},
        {"largest * largest > smallest * largest", "true"},
        {"largest * largest > nano * nano", "true"},
        {"largest * largest + 0.000000001 > largest * largest", "fault: out of range"},
        {"nano * nano / nano = nano", "true"},
        {"1.000000000 * 1.000000000 * 1.000000000 * 1.000000000 * 1.000000000", "1.000000000"},
        {"1.000000001 * 1.000000001 * 1.000000001 > 1.000000003", "true"},
        {"largest / 3 < largest / 2", "true"},
        {"largest / 0.000000001", "fault: out of range"},
        {"9223372036854775807", "9223372036854775807"},
    });
}

TEST_CASE("expression: a target rounds once, or not at all when exact", "[expression]") {
    const Target two{.kind = Kind::number, .scale = 2};
    check_all(
        {
            {"quantity * price", "15.30"},
            {"quantity", "6.00"},
            {"1 / 3", "0.33"},
            {"1 / 200", "0.01"},
            {"-1 / 200", "-0.01"},
            {"0.0149999", "0.01"},
            {"0.004999999 + 0.000000001", "0.01"},
            {"weight", "1.50"},
            {"largest", "fault: out of range"},
            {"round(2 / 3, 1)", "0.70"},
        },
        two);
    const Target exact{.kind = Kind::number, .scale = 2, .when_exact = true};
    check_all(
        {
            {"1 / 4", "0.25"},
            {"1 / 3", "fault: inexact"},
            {"1 / 8", "fault: inexact"},
            {"weight", "1.50"},
            {"price * 0.1", "fault: inexact"},
            {"price * 2.0", "5.10"},
            {"round(1 / 8, 2)", "0.13"},
            {"discount / 3", "missing"},
        },
        exact);
    check_all({{"5 / 2", "3"}, {"-5 / 2", "-3"}, {"price", "3"}}, {.kind = Kind::number, .scale = 0});
    check_all({{"ordered", "microsecond 1298851200000000"}, {"\"1970-01-02\"", "microsecond 86400000000"}},
              {.kind = Kind::timestamp});
    check_all({{"\"1970-01-02\"", "day 1"}, {"date(ordered_at)", "day 15033"}}, {.kind = Kind::date});
}

TEST_CASE("expression: texts", "[expression]") {
    check_all({
        {"if(starts_with(invoice, \"C\"), \"cancelled\", \"sold\")", "'cancelled'"},
        {"if(starts_with(item, \"X\"), \"cancelled\", \"sold\")", "'sold'"},
        {"starts_with(concat(\"a\", item), \"aC\")", "true"},
        {"starts_with(invoice, item)", "false"},
        {"ends_with(invoice, \"365\")", "true"},
        {"ends_with(\"5\", invoice)", "false"},
        {"contains(invoice, \"5363\")", "true"},
        {"contains(invoice, \"\")", "true"},
        {"contains(invoice, \"x\")", "false"},
        {"concat(invoice, \"-\", item)", "'C536365-Coffee'"},
        {"upper(item)", "'COFFEE'"},
        {"lower(item)", "'coffee'"},
        {"length(city)", "9"},
        {"length(\"\")", "0"},
        {"substring(city, 1, 3)", "'S\u00e3o'"},
        {"substring(city, 5)", "'Paulo'"},
        {"substring(city, 2, 1)", "'\u00e3'"},
        {"substring(city, 9, 5)", "'o'"},
        {"substring(city, 10)", "''"},
        {"substring(city, 0, 2)", "'S'"},
        {"substring(city, -5, 3)", "''"},
        {"substring(city, -5)", "'S\u00e3o Paulo'"},
        {"substring(city, -largest * largest)", "'S\u00e3o Paulo'"},
        {"substring(city, largest * largest)", "''"},
        {"substring(city, 2, -1)", "''"},
        {"substring(city, 2, -largest * largest)", "''"},
        {"substring(city, 1, 9223372036854775807 * 9223372036854775807)", "'S\u00e3o Paulo'"},
        {"substring(city, quantity)", "'aulo'"},
        {"\"say \"\"hi\"\"\"", "'say \"hi\"'"},
        {"'it''s'", "'it's'"},
        {"'\"'", "'\"'"},
        {"\"C:\\dir\"", "'C:\\dir'"},
        {"item = \"Coffee\"", "true"},
        {"item = \"coffee\"", "false"},
        {"item != \"Coffee!\"", "true"},
        {"\"abc\" < \"abd\"", "true"},
        {"\"ab\" < \"abc\"", "true"},
        {"\"Z\" < \"a\"", "true"},
        {"\"\u00e9\" > \"z\"", "true"},
        {"item in (\"Tea\", \"Coffee\")", "true"},
        {"item in (\"Tea\", \"Cof\")", "false"},
        {"item in (\"Tea\", concat(\"Cof\", \"fee\"))", "true"},
        {"not item in (\"Tea\")", "true"},
        {"invoice matches \"C?[0-9]{6}\"", "true"},
        {"invoice matches \"[0-9]{6}\"", "false"},
        {"invoice matches \"536365|C.*5\"", "true"},
        {"replace(invoice, \"[0-9]\", \"#\")", "'C######'"},
        {"replace(invoice, \"^C(\\d)(\\d)\", \"\\2\\1\\\\\")", "'35\\6365'"},
        {"replace(invoice, \"x\", \"y\")", "'C536365'"},
        {"replace(\"ab\", \"\", \"-\")", "'-a-b-'"},
        {"replace(\"\u00e3b\", \"x*\", \"-\")", "'-\u00e3-b-'"},
        {"replace(\"baac\", \"a*\", \"-\")", "'-b-c-'"},
        {"replace(\"aaa\", \"a\", \"\")", "''"},
        {"number(digits) * 2", "25.000000000 trimmed"},
        {"number(\"9223372036854775807\") = largest", "true"},
        {"number(blank)", "missing"},
        {"number(\"12x\")", "fault: not a number"},
        {"text(quantity)", "'6'"},
        {"text(price)", "'2.55'"},
        {"text(rate)", "'-1.2345'"},
        {"text(weight)", "'1.5'"},
        {"text(1 / 3)", "'0.333333'"},
        {"text(1 / 4)", "'0.25'"},
        {"text(largest + 1)", "fault: out of range"},
        {"text(paid)", "'true'"},
        {"text(cancelled or 1 > 2)", "'false'"},
        {"text(item)", "'Coffee'"},
        {"text(ordered)", "'2011-02-28'"},
        {"text(ordered_at)", "'2011-02-28T09:30:00'"},
        {"text(sent_at)", "'2011-03-01T00:00:00Z'"},
    });
}

TEST_CASE("expression: dates", "[expression]") {
    check_all({
        {"year(ordered)", "2011"},
        {"format_date(ordered, '%Y-%m')", "'2011-02'"},
        {"format_date(ordered_at, '%d/%m/%y %I:%M %p')", "'28/02/11 09:30 AM'"},
        {"format_date(sent_at, '%H%z')", "'00Z'"},
        {"format_date(date(ordered_at), \"%A, %d %B\")", "'Monday, 28 February'"},
        {"format_date(\"2012-12-31\", '%j')", "'366'"},
        {"format_date(long_ago, '')", "''"},
        {"concat(format_date(ordered, '%b'), '-', format_date(ordered, '%Y'))", "'Feb-2011'"},
        {"quarter(ordered)", "1"},
        {"month(ordered)", "2"},
        {"month_name(ordered)", "'February'"},
        {"day(ordered)", "28"},
        {"year(ordered_at)", "2011"},
        {"year(long_ago)", "1969"},
        {"month_name(long_ago)", "'December'"},
        {"quarter(\"2011-04-01\")", "2"},
        {"quarter(\"2011-12-31\")", "4"},
        {"month(\"2011-09-30\")", "9"},
        {"days_between(ordered, \"2011-03-01\")", "1"},
        {"days_between(\"2012-03-01\", \"2012-02-28\")", "-2"},
        {"days_between(ordered_at, \"2011-03-01T00:00\")", "1"},
        {"days_between(ordered, ordered_at)", "0"},
        {"date(ordered_at) = ordered", "true"},
        {"date(long_ago)", "day -1"},
        {"ordered = \"2011-02-28\"", "true"},
        {"\"2011-02-28\" = ordered", "true"},
        {"ordered >= \"2011-03-01\"", "false"},
        {"ordered < ordered_at", "true"},
        {"ordered_at > \"2011-02-28\"", "true"},
        {"ordered_at = \"2011-02-28T09:30\"", "true"},
        {"ordered_at = \"2011-02-28 09:30:00.000\"", "true"},
        {"ordered_at < \"2011-02-28T09:30:00.000001\"", "true"},
        {"ordered < \"2011-02-28T00:00:01\"", "true"},
        {"sent_at = \"2011-03-01T01:00:00+01:00\"", "true"},
        {"sent_at = \"2011-02-28T19:00-0500\"", "true"},
        {"sent_at = \"2011-03-01T00:00Z\"", "true"},
        {"ordered in (\"2011-02-27\", \"2011-02-28\")", "true"},
        {"coalesce(ordered, \"1970-01-02\")", "day 15033"},
        {"coalesce(\"1970-01-02\", \"1970-01-03\", ordered)", "day 1"},
        {"if(cancelled, ordered_at, \"1970-01-02\")", "microsecond 86400000000"},
        {"if(paid, sent_at, ordered_at)", "microsecond 1298937600000000 UTC"},
    });
}

TEST_CASE("expression: look-ups", "[expression]") {
    check_all({
        {"menu.price(item)", "2.00"},
        {"menu.label(\"Cake\")", "'sweet'"},
        {"menu.price(\"Water\")", "missing"},
        {"menu.price(\"Tea\")", "fault: not found"},
        {"menu.price(note)", "missing"},
        {"coalesce(menu.price(\"Tea\"), 1)", "1.00"},
        {"menu.price(item) * quantity", "12.00"},
        {"rates.factor(2.5, ordered)", "1.125"},
        {"rates.factor(2.50, \"2011-02-28\")", "1.125"},
        {"rates.factor(5 / 2, ordered)", "1.125"},
        {"rates.factor(2.51, ordered)", "fault: not found"},
        {"rates.factor(1 / 3, ordered)", "fault: not found"},
        {"rates.factor(2.5, \"2011-03-01\")", "fault: not found"},
        {"rates.factor(discount, ordered)", "missing"},
        {"rates.factor(2.5, never)", "missing"},
        {"shifts.name(ordered)", "'night'"},
        {"shifts.name(\"2011-02-28T00:00\")", "'night'"},
        {"shifts.name(ordered_at)", "fault: not found"},
        {"rates.factor(1 / zero, ordered)", "fault: divided by zero"},
    });
}

TEST_CASE("expression: its type and operands", "[expression]") {
    const Record record;
    const auto slots_of = [&](const char* source) {
        const Expression expression = Expression::compile(source, {}, record.scope);
        const auto slots = expression.operands();
        return std::vector<std::uint32_t>(slots.begin(), slots.end());
    };
    CHECK(slots_of("price * quantity + price / zero") == std::vector<std::uint32_t>{0, 1, 3});
    CHECK(slots_of("starts_with(invoice, \"C\")") == std::vector<std::uint32_t>{9});
    CHECK(slots_of("1 + 1").empty());

    const auto type_of = [&](const char* source, Target target = {}) {
        return Expression::compile(source, {}, record.scope, target).type();
    };
    CHECK(type_of("weight + 1") == ValueType{.kind = Kind::number, .scale = 9, .trim_zeros = true});
    CHECK(type_of("weight + 1", {.scale = 2}) == ValueType{.kind = Kind::number, .scale = 2});
    CHECK(type_of("weight * rate").scale == 9);
    CHECK(type_of("round(1 / 3, 2)") == ValueType{.kind = Kind::number, .scale = 2});
    CHECK(type_of("sent_at") == ValueType{.kind = Kind::timestamp, .zoned = true});
    CHECK(type_of("paid").kind == Kind::boolean);
}

TEST_CASE("expression: texts outlive their compilation, and the arena is enough", "[expression]") {
    const Record record;
    auto compiled = std::make_unique<Expression>(Expression::compile(
        "concat(\"short\", replace(city, \"a\", \"aa\"), upper(item))", {}, record.scope));
    const Expression moved = std::move(*compiled);
    compiled.reset();
    Arena arena;
    for (int i = 0; i < 100; ++i) {
        arena.reset();
        CHECK(moved.evaluate(record.slots, arena).text() == "shortS\u00e3o PaauloCOFFEE");
    }
}

TEST_CASE("expression: replacing outgrows the arena's block", "[expression]") {
    Record record;
    const std::string field(10'000, 'a');
    Value value;
    value.set_text(field);
    record.slots[10] = value;
    const Expression expression = Expression::compile("replace(item, \"a\", \"bc\")", {}, record.scope);
    Arena arena;
    std::string expected;
    for (std::size_t i = 0; i < field.size(); ++i) expected += "bc";
    CHECK(expression.evaluate(record.slots, arena).text() == expected);
}
