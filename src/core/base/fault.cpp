#include "core/base/fault.hpp"

namespace ordermill::core {
namespace {

struct Words {
    Reason reason;
    std::string_view name;
    std::string_view description;
};

constexpr std::array words{
    Words{Reason::none, "NONE", "no fault"},
    Words{Reason::missing_columns, "MISSING_COLUMNS", "too few fields"},
    Words{Reason::too_many_columns, "TOO_MANY_COLUMNS", "too many fields"},
    Words{Reason::stray_quote, "STRAY_QUOTE", "something follows a closing quote"},
    Words{Reason::quote_inside, "QUOTE_INSIDE", "a quote inside a field without quotes"},
    Words{Reason::unclosed_quote, "UNCLOSED_QUOTE", "a quote is never closed"},
    Words{Reason::record_too_long, "RECORD_TOO_LONG", "the record is longer than max_record"},
    Words{Reason::nul_byte, "NUL_BYTE", "the record has a NUL byte"},
    Words{Reason::invalid_encoding, "INVALID_ENCODING", "bytes that mean nothing in the file's encoding"},
    Words{Reason::repeated_header, "REPEATED_HEADER", "the header again"},
    Words{Reason::blank_record, "BLANK_RECORD", "every field is empty"},
    Words{Reason::after_broken, "AFTER_BROKEN", "perhaps a part of the broken record before it"},
    Words{Reason::required, "REQUIRED", "a value is required"},
    Words{Reason::not_an_integer, "NOT_AN_INTEGER", "not an integer"},
    Words{Reason::not_a_number, "NOT_A_NUMBER", "not a number"},
    Words{Reason::too_many_digits, "TOO_MANY_DIGITS", "more fraction digits than the scale"},
    Words{Reason::out_of_range, "OUT_OF_RANGE", "too large a number"},
    Words{Reason::below_minimum, "BELOW_MINIMUM", "below the minimum"},
    Words{Reason::above_maximum, "ABOVE_MAXIMUM", "above the maximum"},
    Words{Reason::not_a_date, "NOT_A_DATE", "not a date in the listed formats"},
    Words{Reason::not_a_boolean, "NOT_A_BOOLEAN", "not a boolean"},
    Words{Reason::not_an_email, "NOT_AN_EMAIL", "not an e-mail address"},
    Words{Reason::not_a_phone, "NOT_A_PHONE", "not a phone number"},
    Words{Reason::not_in_list, "NOT_IN_LIST", "not one of the listed values"},
    Words{Reason::excluded_value, "EXCLUDED_VALUE", "a value that the job excludes"},
    Words{Reason::pattern_mismatch, "PATTERN_MISMATCH", "does not match the pattern"},
    Words{Reason::too_short, "TOO_SHORT", "too short"},
    Words{Reason::too_long, "TOO_LONG", "too long"},
    Words{Reason::field_too_long, "FIELD_TOO_LONG", "the text is longer than max_field"},
    Words{Reason::formula, "FORMULA", "a spreadsheet would take it for a formula"},
    Words{Reason::divided_by_zero, "DIVIDED_BY_ZERO", "a division by zero"},
    Words{Reason::inexact, "INEXACT", "the result is not exact"},
    Words{Reason::split_mismatch, "SPLIT_MISMATCH", "does not match the split's pattern"},
    Words{Reason::not_found, "NOT_FOUND", "not in the look-up table"},
    Words{Reason::rule_broken, "RULE_BROKEN", "the rule does not hold"},
    Words{Reason::order_rule_broken, "ORDER_RULE_BROKEN", "a rule on the whole order does not hold"},
    Words{Reason::worker_crash, "WORKER_CRASH", "cleaning the record crashed"},
};

/// Every reason has its row, in the order of the enum, with both texts.
constexpr bool complete() {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const Words& row = words[i];
        if (row.reason != static_cast<Reason>(i) || row.name.empty() || row.description.empty()) return false;
    }
    return words.size() == reason_count;
}
static_assert(complete(), "every reason has a name and a description");

} // namespace

std::string_view name(Reason reason) noexcept { return words[static_cast<std::size_t>(reason)].name; }

std::string_view describe(Reason reason) noexcept {
    return words[static_cast<std::size_t>(reason)].description;
}

} // namespace ordermill::core
