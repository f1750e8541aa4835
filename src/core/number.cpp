#include "core/number.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ordermill::core {
namespace {

constexpr std::uint64_t most_positive = INT64_MAX;
constexpr std::uint64_t most_negative = std::uint64_t{1} << 63;

bool is_digit(char byte) noexcept { return static_cast<unsigned char>(byte - '0') < 10; }

/// What stands around the digits, taken off: sign, currency, parentheses.
struct Bare {
    std::string_view digits;
    bool negative = false;
    bool ok = true;
};

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) noexcept {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

constexpr std::string_view minus_sign = "\xE2\x88\x92";   // U+2212
constexpr std::string_view no_break_space = "\xC2\xA0";   // U+00A0
constexpr std::string_view narrow_space = "\xE2\x80\xAF"; // U+202F

void trim_spaces(std::string_view& text) noexcept {
    while (take_prefix(text, " ") || take_prefix(text, no_break_space) || take_prefix(text, narrow_space)) {
    }
    while (take_suffix(text, " ") || take_suffix(text, no_break_space) || take_suffix(text, narrow_space)) {
    }
}

bool take_sign(std::string_view& text, bool& negative) noexcept {
    if (take_prefix(text, "+")) return true;
    if (!take_prefix(text, "-") && !take_prefix(text, minus_sign)) return false;
    negative = !negative;
    return true;
}

/// The length of the currency sign or code at the beginning (or, `at_end`, at the end); 0: none.
std::size_t currency_length(std::string_view text, bool at_end) noexcept {
    const auto sign = [](std::string_view bytes) {
        if (bytes == "$") return true;
        if (bytes.size() == 2) return bytes[0] == '\xC2' && bytes[1] >= '\xA2' && bytes[1] <= '\xA5';
        return bytes.size() == 3 && bytes[0] == '\xE2' &&
               (bytes[1] == '\x82' || bytes[1] == '\x83') && // U+20A0-20CF
               (bytes[1] == '\x82' ? bytes[2] >= '\xA0' : bytes[2] <= '\x8F');
    };
    const auto code = [](std::string_view bytes) {
        return bytes.size() == 3 &&
               std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte >= 'A' && byte <= 'Z'; });
    };
    for (std::size_t size = 1; size <= 3 && size <= text.size(); ++size) {
        const std::string_view part = at_end ? text.substr(text.size() - size) : text.substr(0, size);
        if (sign(part) || code(part)) return size;
    }
    return 0;
}

Bare strip(std::string_view text, const NumberFormat& format) noexcept {
    Bare bare;
    if (format.parentheses && text.size() >= 2 && text.front() == '(' && text.back() == ')') {
        text = text.substr(1, text.size() - 2);
        bare.negative = true;
        trim_spaces(text);
    }
    bool signed_already = bare.negative;
    const auto sign = [&] {
        if (!signed_already && take_sign(text, bare.negative)) signed_already = true;
    };
    sign();
    if (format.currency) {
        trim_spaces(text);
        std::size_t length = currency_length(text, false);
        text.remove_prefix(length);
        if (length == 0) {
            length = currency_length(text, true);
            text.remove_suffix(length);
        }
        trim_spaces(text);
        sign();
        // (12.50) may stand behind the sign, too: $(12.50)
        if (!signed_already && format.parentheses && text.size() >= 2 && text.front() == '(' &&
            text.back() == ')') {
            text = text.substr(1, text.size() - 2);
            bare.negative = signed_already = true;
        }
    }
    if (format.trailing_minus && !signed_already &&
        (take_suffix(text, "-") || take_suffix(text, minus_sign))) {
        bare.negative = true;
        trim_spaces(text);
    }
    bare.digits = text;
    return bare;
}

/// The integer part's digits without its separators, written to `out` (room for text.size() bytes); npos when
/// the groups aren't whole.
std::size_t ungroup(std::string_view text, char separator, char* out) noexcept {
    std::size_t size = 0;
    std::size_t in_group = 0;
    bool grouped = false;
    while (!text.empty()) {
        if (is_digit(text.front())) {
            out[size++] = text.front();
            ++in_group;
            text.remove_prefix(1);
            if (grouped && in_group > 3) return std::string_view::npos;
            continue;
        }
        const bool space =
            separator == ' ' && (take_prefix(text, no_break_space) || take_prefix(text, narrow_space));
        if (!space && !take_prefix(text, std::string_view(&separator, 1))) return std::string_view::npos;
        if (in_group == 0 || in_group > 3 || (grouped && in_group != 3)) return std::string_view::npos;
        grouped = true;
        in_group = 0;
    }
    if (grouped && in_group != 3) return std::string_view::npos;
    return size;
}

bool all_digits(std::string_view text) noexcept { return std::all_of(text.begin(), text.end(), is_digit); }

/// The dropped digits round the kept ones away from zero.
bool rounds_up(std::string_view dropped, Rounding rounding, bool odd) noexcept {
    if (rounding == Rounding::down) return false;
    if (dropped.front() != '5') return dropped.front() > '5';
    if (rounding == Rounding::half_up) return true;
    const bool above_half =
        std::any_of(dropped.begin() + 1, dropped.end(), [](char digit) { return digit != '0'; });
    return above_half || odd;
}

struct Accumulated {
    std::uint64_t value = 0;
    bool overflow = false;
    void add(char digit) noexcept {
        overflow = overflow || __builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
                   __builtin_add_overflow(value, static_cast<std::uint64_t>(digit - '0'), &value);
    }
};

ParsedNumber finish(const Accumulated& sum, bool negative, ParsedNumber parsed) noexcept {
    if (sum.overflow || sum.value > (negative ? most_negative : most_positive)) {
        parsed.reason = Reason::out_of_range;
        return parsed;
    }
    parsed.value = static_cast<std::int64_t>(negative ? ~sum.value + 1 : sum.value);
    return parsed;
}

/// Digits with at most one decimal point; `whole` has no separators any more.
ParsedNumber assemble(std::string_view whole, std::string_view fraction, bool negative,
                      const NumberFormat& format) noexcept {
    ParsedNumber parsed;
    Accumulated sum;
    for (const char digit : whole) sum.add(digit);
    const std::size_t kept = std::min<std::size_t>(fraction.size(), format.scale);
    for (const char digit : fraction.substr(0, kept)) sum.add(digit);
    for (std::size_t i = kept; i < format.scale; ++i) sum.add('0');
    const std::string_view excess = fraction.substr(kept);
    if (std::any_of(excess.begin(), excess.end(), [](char digit) { return digit != '0'; })) {
        if (format.rounding == Rounding::none) {
            parsed.reason = Reason::too_many_digits;
            return parsed;
        }
        parsed.rounded = true;
        if (rounds_up(excess, format.rounding, sum.value % 2 == 1)) {
            sum.overflow = sum.overflow || __builtin_add_overflow(sum.value, std::uint64_t{1}, &sum.value);
        }
    }
    return finish(sum, negative, parsed);
}

ParsedNumber not_one(Reason reason) noexcept { return {.value = 0, .reason = reason, .rounded = false}; }

constexpr std::size_t longest_text = 400;

ParsedNumber parse_general(std::string_view text, const NumberFormat& format, Reason reason,
                           bool integer) noexcept {
    const Bare bare = strip(text, format);
    if (bare.digits.empty() || bare.digits.size() > longest_text) return not_one(reason);
    const std::size_t point = bare.digits.find(format.decimal_point);
    std::string_view whole = bare.digits.substr(0, point);
    const bool has_point = point != std::string_view::npos;
    const std::string_view fraction = has_point ? bare.digits.substr(point + 1) : std::string_view();
    if ((whole.empty() && fraction.empty()) || !all_digits(fraction)) return not_one(reason);
    char digits[longest_text];
    if (!all_digits(whole)) {
        if (format.thousands == 0) return not_one(reason);
        const std::size_t size = ungroup(whole, format.thousands, digits);
        if (size == std::string_view::npos) return not_one(reason);
        whole = {digits, size};
    }
    if (integer && has_point) {
        const bool zeros = !fraction.empty() && std::all_of(fraction.begin(), fraction.end(),
                                                            [](char digit) { return digit == '0'; });
        if (!format.zero_fraction || !zeros || whole.empty()) return not_one(reason);
        return assemble(whole, {}, bare.negative, format);
    }
    return assemble(whole, fraction, bare.negative, format);
}

/// 00 01 ... 99
constexpr auto two_digits = [] {
    std::array<char, 200> table{};
    for (std::size_t i = 0; i < 100; ++i) {
        table[2 * i] = static_cast<char>('0' + i / 10);
        table[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return table;
}();

/// Writes the digits so that they end before `end`; returns the first one.
char* write_backwards(char* end, std::uint64_t value) noexcept {
    while (value >= 100) {
        end -= 2;
        std::memcpy(end, &two_digits[2 * (value % 100)], 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        std::memcpy(end, &two_digits[2 * value], 2);
        return end;
    }
    *--end = static_cast<char>('0' + value);
    return end;
}

std::uint64_t magnitude(std::int64_t value) noexcept {
    return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

} // namespace

ParsedNumber parse_integer(std::string_view text, const NumberFormat& format) noexcept {
    // The common case: at most 18 digits, perhaps a sign.
    const char* at = text.data();
    const char* const end = at + text.size();
    const bool negative = *at == '-';
    at += negative || *at == '+' ? 1 : 0;
    if (end - at <= 18 && at < end) {
        std::int64_t value = 0;
        while (at < end && is_digit(*at)) value = value * 10 + (*at++ - '0');
        if (at == end) return {.value = negative ? -value : value, .reason = Reason::none, .rounded = false};
    }
    return parse_general(text, format, Reason::not_an_integer, true);
}

ParsedNumber parse_decimal(std::string_view text, const NumberFormat& format) noexcept {
    // The common case: a sign, digits, a point and no more than `scale` digits, 18 in all.
    const char* at = text.data();
    const char* const end = at + text.size();
    const bool negative = *at == '-';
    at += negative || *at == '+' ? 1 : 0;
    const char* const first = at;
    std::int64_t value = 0;
    while (at < end && is_digit(*at))
        value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) * 10 +
                                          static_cast<std::uint64_t>(*at++ - '0'));
    std::ptrdiff_t whole = at - first;
    std::ptrdiff_t fraction = 0;
    if (at < end && *at == format.decimal_point) {
        const char* const point = at++;
        while (at < end && is_digit(*at))
            value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) * 10 +
                                              static_cast<std::uint64_t>(*at++ - '0'));
        fraction = at - point - 1;
    }
    if (at == end && whole + fraction > 0 && fraction <= format.scale && whole + format.scale <= 18) {
        value *= powers_of_ten[format.scale - fraction];
        return {.value = negative ? -value : value, .reason = Reason::none, .rounded = false};
    }
    return parse_general(text, format, Reason::not_a_number, false);
}

char* write_integer(char* out, std::int64_t value) noexcept {
    char digits[number_capacity];
    char* const end = digits + sizeof digits;
    const char* const begin = write_backwards(end, magnitude(value));
    if (value < 0) *out++ = '-';
    const auto size = static_cast<std::size_t>(end - begin);
    std::memcpy(out, begin, size);
    return out + size;
}

char* write_decimal(char* out, std::int64_t units, int scale) noexcept {
    if (scale == 0) return write_integer(out, units);
    char digits[number_capacity];
    char* const end = digits + sizeof digits;
    const char* begin = write_backwards(end, magnitude(units));
    // At least one digit before the point.
    while (end - begin <= scale) *const_cast<char*>(--begin) = '0';
    if (units < 0) *out++ = '-';
    const auto whole = static_cast<std::size_t>(end - begin - scale);
    std::memcpy(out, begin, whole);
    out += whole;
    *out++ = '.';
    std::memcpy(out, begin + whole, static_cast<std::size_t>(scale));
    return out + scale;
}

char* write_decimal_trimmed(char* out, std::int64_t units, int scale) noexcept {
    char* end = write_decimal(out, units, scale);
    if (scale == 0) return end;
    while (end[-1] == '0') --end;
    return end[-1] == '.' ? end - 1 : end;
}

} // namespace ordermill::core
