#include "core/number/number.hpp"

#include "core/number/two_digits.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace ordermill::core {
namespace {

constexpr std::uint64_t most_positive = INT64_MAX;
constexpr std::uint64_t most_negative = std::uint64_t{1} << 63;

bool is_digit(char byte) noexcept { return static_cast<unsigned char>(byte - '0') < 10; }

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
        const auto six_bits = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i] ^ '\x80'); };
        if (bytes == "$") return true;
        if (bytes.size() == 2) return bytes[0] == '\xC2' && six_bits(1) >= 0x22 && six_bits(1) <= 0x25;
        if (bytes.size() != 3 || bytes[0] != '\xE2' || six_bits(2) > 0x3F) return false;
        const int code_point = 0x2000 + six_bits(1) * 64 + six_bits(2);
        return code_point >= 0x20A0 && code_point <= 0x20CF;
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

/// Before the number, else behind it.
bool take_currency(std::string_view& text) noexcept {
    const std::size_t before = currency_length(text, false);
    const std::size_t after = before == 0 ? currency_length(text, true) : 0;
    text.remove_prefix(before);
    text.remove_suffix(after);
    return before + after > 0;
}

/// Takes off what stands around the digits, layer by layer, each kind once and in any order that a source may
/// use: -$5, $-5, ($5), $(5), 5-, 5 EUR-, 5- EUR. True: the number is negative.
bool strip(std::string_view& text, const NumberFormat& format) noexcept {
    bool negative = false;
    bool sign_seen = false;
    bool currency_seen = !format.currency;
    const auto take_trailing_minus = [&] {
        return format.trailing_minus && (take_suffix(text, "-") || take_suffix(text, minus_sign));
    };
    const auto take_parentheses = [&] {
        if (!format.parentheses || text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
        text = text.substr(1, text.size() - 2);
        return true;
    };
    for (;;) {
        if (!sign_seen && take_sign(text, negative)) {
            sign_seen = true;
            if (!format.currency) return negative;
        } else if (!sign_seen && (take_parentheses() || take_trailing_minus())) {
            sign_seen = negative = true;
        } else if (!currency_seen && take_currency(text)) {
            currency_seen = true;
        } else {
            return negative;
        }
        trim_spaces(text);
    }
}

struct Accumulated {
    std::uint64_t value = 0;
    bool overflow = false;
    void add(char digit) noexcept {
        overflow = overflow || __builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
                   __builtin_add_overflow(value, static_cast<std::uint64_t>(digit - '0'), &value);
    }
    void add_one() noexcept {
        overflow = overflow || __builtin_add_overflow(value, std::uint64_t{1}, &value);
    }
};

bool take_separator(std::string_view& text, char separator) noexcept {
    if (separator == 0 || text.empty()) return false;
    if (separator == ' ' && (take_prefix(text, no_break_space) || take_prefix(text, narrow_space)))
        return true;
    return take_prefix(text, std::string_view(&separator, 1));
}

/// The digits before the decimal point; false when the groups aren't whole, or something else stands there.
bool add_whole(std::string_view text, char separator, Accumulated& sum) noexcept {
    std::size_t in_group = 0;
    bool grouped = false;
    while (!text.empty()) {
        if (is_digit(text.front())) {
            sum.add(text.front());
            ++in_group;
            text.remove_prefix(1);
            continue;
        }
        const bool group_done = grouped ? in_group == 3 : in_group >= 1 && in_group <= 3;
        if (!group_done || !take_separator(text, separator)) return false;
        grouped = true;
        in_group = 0;
    }
    return !grouped || in_group == 3;
}

bool all_digits(std::string_view text) noexcept { return std::all_of(text.begin(), text.end(), is_digit); }

bool all_zeros(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

/// The dropped digits round the kept ones away from zero.
bool rounds_up(std::string_view dropped, Rounding rounding, bool odd) noexcept {
    if (rounding == Rounding::down) return false;
    if (dropped.front() != '5') return dropped.front() > '5';
    return rounding == Rounding::half_up || odd || !all_zeros(dropped.substr(1));
}

ParsedNumber fault(Reason reason) noexcept { return {.value = 0, .reason = reason, .rounded = false}; }

ParsedNumber finish(const Accumulated& sum, bool negative, bool rounded) noexcept {
    if (sum.overflow || sum.value > (negative ? most_negative : most_positive))
        return fault(Reason::out_of_range);
    const std::uint64_t bits = negative ? ~sum.value + 1 : sum.value;
    return {.value = static_cast<std::int64_t>(bits), .reason = Reason::none, .rounded = rounded};
}

/// What stands before the decimal point, if there is one, and behind it.
struct Halves {
    std::string_view whole;
    std::string_view fraction;
    bool has_point;
};

Halves split(std::string_view text, char decimal_point) noexcept {
    const std::size_t point = text.find(decimal_point);
    if (point == std::string_view::npos) return {text, {}, false};
    return {text.substr(0, point), text.substr(point + 1), true};
}

ParsedNumber parse_integer_general(std::string_view text, const NumberFormat& format) noexcept {
    const bool negative = strip(text, format);
    const Halves halves = split(text, format.decimal_point);
    const bool zero_fraction = format.zero_fraction && !halves.fraction.empty() && all_zeros(halves.fraction);
    Accumulated sum;
    if (halves.whole.empty() || (halves.has_point && !zero_fraction) ||
        !add_whole(halves.whole, format.thousands, sum))
        return fault(Reason::not_an_integer);
    return finish(sum, negative, false);
}

ParsedNumber parse_decimal_general(std::string_view text, const NumberFormat& format) noexcept {
    const bool negative = strip(text, format);
    const auto [whole, fraction, has_point] = split(text, format.decimal_point);
    Accumulated sum;
    if ((whole.empty() && fraction.empty()) || !all_digits(fraction) ||
        !add_whole(whole, format.thousands, sum))
        return fault(Reason::not_a_number);
    const std::size_t kept = std::min<std::size_t>(fraction.size(), format.scale);
    for (const char digit : fraction.substr(0, kept)) sum.add(digit);
    for (std::size_t i = kept; i < format.scale; ++i) sum.add('0');
    const std::string_view dropped = fraction.substr(kept);
    if (all_zeros(dropped)) return finish(sum, negative, false);
    if (format.rounding == Rounding::none) return fault(Reason::too_many_digits);
    if (rounds_up(dropped, format.rounding, sum.value % 2 == 1)) sum.add_one();
    return finish(sum, negative, true);
}

/// Writes the digits so that they end before `end`.
void write_backwards(char* end, std::uint64_t value) noexcept {
    while (value >= 100) {
        end -= 2;
        std::memcpy(end, &two_digits[2 * (value % 100)], 2);
        value /= 100;
    }
    if (value >= 10) {
        std::memcpy(end - 2, &two_digits[2 * value], 2);
    } else {
        end[-1] = static_cast<char>('0' + value);
    }
}

/// Source: Sean Anderson, Bit Twiddling Hacks, integer log base 10. At most 2^63.
int count_digits(std::uint64_t value) noexcept {
    value |= 1; // 0 has a digit too
    const int bits = 64 - __builtin_clzll(value);
    const int guess = bits * 1233 >> 12; // bits * log10(2)
    return guess + (guess < 19 && value >= static_cast<std::uint64_t>(powers_of_ten[guess]) ? 1 : 0);
}

std::uint64_t magnitude(std::int64_t value) noexcept {
    return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

} // namespace

ParsedNumber parse_integer(std::string_view text, const NumberFormat& format) noexcept {
    if (text.empty()) return fault(Reason::not_an_integer);
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
    return parse_integer_general(text, format);
}

ParsedNumber parse_decimal(std::string_view text, const NumberFormat& format) noexcept {
    if (text.empty()) return fault(Reason::not_a_number);
    // The common case: a sign, digits, a point and no more than `scale` digits, 18 in all.
    const char* at = text.data();
    const char* const end = at + text.size();
    const bool negative = *at == '-';
    at += negative || *at == '+' ? 1 : 0;
    const char* const first = at;
    std::uint64_t value = 0; // may wrap; then there are more than 18 digits, and it isn't used
    while (at < end && is_digit(*at)) value = value * 10 + static_cast<std::uint64_t>(*at++ - '0');
    const std::ptrdiff_t whole = at - first;
    std::ptrdiff_t fraction = 0;
    if (at < end && *at == format.decimal_point) {
        const char* const point = at++;
        while (at < end && is_digit(*at)) value = value * 10 + static_cast<std::uint64_t>(*at++ - '0');
        fraction = at - point - 1;
    }
    if (at == end && whole + fraction > 0 && fraction <= format.scale && whole + format.scale <= 18) {
        const std::int64_t units = static_cast<std::int64_t>(value) * powers_of_ten[format.scale - fraction];
        return {.value = negative ? -units : units, .reason = Reason::none, .rounded = false};
    }
    return parse_decimal_general(text, format);
}

char* write_integer(char* out, std::int64_t value) noexcept {
    *out = '-';
    out += value < 0 ? 1 : 0;
    const std::uint64_t digits = magnitude(value);
    char* const end = out + count_digits(digits);
    write_backwards(end, digits);
    return end;
}

char* write_decimal(char* out, std::int64_t units, int scale) noexcept {
    if (scale == 0) return write_integer(out, units);
    *out = '-';
    out += units < 0 ? 1 : 0;
    std::uint64_t rest = magnitude(units);
    char* const end = out + std::max(count_digits(rest), scale + 1) + 1;
    char* at = end;
    for (int left = scale; left >= 2; left -= 2) {
        at -= 2;
        std::memcpy(at, &two_digits[2 * (rest % 100)], 2);
        rest /= 100;
    }
    if (scale % 2 == 1) {
        *--at = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    *--at = '.';
    write_backwards(at, rest);
    return end;
}

char* write_decimal_trimmed(char* out, std::int64_t units, int scale) noexcept {
    char* end = write_decimal(out, units, scale);
    if (scale == 0) return end;
    while (end[-1] == '0') --end;
    return end[-1] == '.' ? end - 1 : end;
}

} // namespace ordermill::core
