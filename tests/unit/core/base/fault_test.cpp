#include "core/base/fault.hpp"

#include "support/catch.hpp"

#include <iterator>
#include <set>
#include <string>

using namespace ordermill::core;

TEST_CASE("every reason has a name of its own and a description", "[fault]") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < reason_count; ++i) {
        const std::string_view word = name(static_cast<Reason>(i));
        INFO(word);
        CHECK(names.insert(word).second);
        CHECK(word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos);
        CHECK_FALSE(describe(static_cast<Reason>(i)).empty());
        CHECK(describe(static_cast<Reason>(i)).back() != '.');
    }
}

TEST_CASE("the names that outputs and their readers rely on", "[fault]") {
    struct Case {
        Reason reason;
        const char* name;
    };
    const Case cases[] = {
        {Reason::none, "NONE"},
        {Reason::missing_columns, "MISSING_COLUMNS"},
        {Reason::too_many_columns, "TOO_MANY_COLUMNS"},
        {Reason::stray_quote, "STRAY_QUOTE"},
        {Reason::unclosed_quote, "UNCLOSED_QUOTE"},
        {Reason::record_too_long, "RECORD_TOO_LONG"},
        {Reason::nul_byte, "NUL_BYTE"},
        {Reason::invalid_encoding, "INVALID_ENCODING"},
        {Reason::repeated_header, "REPEATED_HEADER"},
        {Reason::blank_record, "BLANK_RECORD"},
        {Reason::required, "REQUIRED"},
        {Reason::not_an_integer, "NOT_AN_INTEGER"},
        {Reason::not_a_number, "NOT_A_NUMBER"},
        {Reason::too_many_digits, "TOO_MANY_DIGITS"},
        {Reason::out_of_range, "OUT_OF_RANGE"},
        {Reason::below_minimum, "BELOW_MINIMUM"},
        {Reason::above_maximum, "ABOVE_MAXIMUM"},
        {Reason::not_a_date, "NOT_A_DATE"},
        {Reason::not_a_boolean, "NOT_A_BOOLEAN"},
        {Reason::not_an_email, "NOT_AN_EMAIL"},
        {Reason::not_a_phone, "NOT_A_PHONE"},
        {Reason::not_in_list, "NOT_IN_LIST"},
        {Reason::excluded_value, "EXCLUDED_VALUE"},
        {Reason::pattern_mismatch, "PATTERN_MISMATCH"},
        {Reason::too_short, "TOO_SHORT"},
        {Reason::too_long, "TOO_LONG"},
        {Reason::divided_by_zero, "DIVIDED_BY_ZERO"},
        {Reason::inexact, "INEXACT"},
        {Reason::split_mismatch, "SPLIT_MISMATCH"},
        {Reason::not_found, "NOT_FOUND"},
        {Reason::rule_broken, "RULE_BROKEN"},
        {Reason::order_rule_broken, "ORDER_RULE_BROKEN"},
        {Reason::worker_crash, "WORKER_CRASH"},
        {Reason::quote_inside, "QUOTE_INSIDE"},
        {Reason::after_broken, "AFTER_BROKEN"},
        {Reason::field_too_long, "FIELD_TOO_LONG"},
        {Reason::formula, "FORMULA"},
    };
    CHECK(std::size(cases) == reason_count);
    for (const Case& c : cases) CHECK(name(c.reason) == c.name);
}
