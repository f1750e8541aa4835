#include "core/fault.hpp"

namespace ordermill::core {
namespace {

struct Words {
    std::string_view name;
    std::string_view description;
};

constexpr std::array words{
    Words{"NONE", "no fault"},
    Words{"MISSING_COLUMNS", "too few fields"},
    Words{"TOO_MANY_COLUMNS", "too many fields"},
    Words{"STRAY_QUOTE", "something follows a closing quote"},
    Words{"UNCLOSED_QUOTE", "a quote is never closed"},
    Words{"RECORD_TOO_LONG", "the record is longer than max_record"},
    Words{"NUL_BYTE", "the record has a NUL byte"},
    Words{"INVALID_ENCODING", "bytes that mean nothing in the file's encoding"},
    Words{"REPEATED_HEADER", "the header again"},
    Words{"BLANK_RECORD", "every field is empty"},
    Words{"REQUIRED", "a value is required"},
    Words{"NOT_AN_INTEGER", "not an integer"},
    Words{"NOT_A_NUMBER", "not a number"},
    Words{"TOO_MANY_DIGITS", "more fraction digits than the scale"},
    Words{"OUT_OF_RANGE", "too large a number"},
    Words{"BELOW_MINIMUM", "below the minimum"},
    Words{"ABOVE_MAXIMUM", "above the maximum"},
    Words{"NOT_A_DATE", "not a date in the listed formats"},
    Words{"NOT_A_BOOLEAN", "not a boolean"},
    Words{"NOT_AN_EMAIL", "not an e-mail address"},
    Words{"NOT_A_PHONE", "not a phone number"},
    Words{"NOT_IN_LIST", "not one of the listed values"},
    Words{"EXCLUDED_VALUE", "a value that the job excludes"},
    Words{"PATTERN_MISMATCH", "does not match the pattern"},
    Words{"TOO_SHORT", "too short"},
    Words{"TOO_LONG", "too long"},
    Words{"DIVIDED_BY_ZERO", "a division by zero"},
    Words{"INEXACT", "the result is not exact"},
    Words{"SPLIT_MISMATCH", "does not match the split's pattern"},
    Words{"NOT_FOUND", "not in the look-up table"},
    Words{"RULE_BROKEN", "the rule does not hold"},
    Words{"ORDER_RULE_BROKEN", "a rule on the whole order does not hold"},
    Words{"WORKER_CRASH", "cleaning the record crashed"},
};
static_assert(words.size() == reason_count, "every reason has a name and a description");

} // namespace

std::string_view name(Reason reason) noexcept { return words[static_cast<std::size_t>(reason)].name; }

std::string_view describe(Reason reason) noexcept {
    return words[static_cast<std::size_t>(reason)].description;
}

} // namespace ordermill::core
