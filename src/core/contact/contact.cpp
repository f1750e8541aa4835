#include "core/contact/contact.hpp"

#include "core/contact/countries.hpp"
#include "core/text/vocabulary.hpp"

#include <array>

namespace ordermill::core {
namespace {

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

bool is_alphanumeric(char byte) noexcept {
    return is_digit(byte) || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool is_local_part(std::string_view text) noexcept {
    if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
    char before = 0;
    for (const char byte : text) {
        constexpr std::string_view others = ".!#$%&'*+/=?^_`{|}~-";
        if (!is_alphanumeric(byte) && others.find(byte) == std::string_view::npos) return false;
        if (byte == '.' && before == '.') return false;
        before = byte;
    }
    return true;
}

bool is_domain_label(std::string_view text) noexcept {
    if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
    for (const char byte : text) {
        if (!is_alphanumeric(byte) && byte != '-') return false;
    }
    return true;
}

bool is_domain(std::string_view text) noexcept {
    const std::size_t first_dot = text.find('.');
    if (first_dot == std::string_view::npos) return false;
    for (std::size_t dot = first_dot; dot != std::string_view::npos; dot = text.find('.')) {
        if (!is_domain_label(text.substr(0, dot))) return false;
        text.remove_prefix(dot + 1);
    }
    return is_domain_label(text);
}

Vocabulary country_words() {
    Vocabulary words(true);
    for (const Country& country : countries()) {
        for (const std::string_view word : {country.alpha_2, country.alpha_3, country.name})
            words.add(word, country.alpha_2);
    }
    for (const CountryAliases& one : country_aliases()) {
        for (std::string_view rest = one.names; !rest.empty();) {
            const std::string_view word = rest.substr(0, rest.find('|'));
            words.add(word, one.alpha_2);
            rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
        }
    }
    return words;
}

/// A phone number's digits, and how they were written.
struct Dialled {
    static constexpr std::size_t most_digits = 17; ///< 15 and an international 00
    std::array<char, most_digits> digits;
    std::size_t size = 0;
    bool plus = false;
    std::string_view view() const noexcept { return {digits.data(), size}; }
};

/// The length of the space or dash at the front of `text` that isn't ASCII: U+00A0, U+2009 to U+2015, U+202F;
/// 0: none.
std::size_t wide_separator(std::string_view text) noexcept {
    if (text.starts_with("\xC2\xA0")) return 2;
    if (text.size() < 3 || !text.starts_with("\xE2\x80")) return 0;
    const auto last = static_cast<unsigned char>(text[2]);
    return (last >= 0x89 && last <= 0x95) || last == 0xAF ? 3 : 0;
}

class Scanner {
  public:
    /// False when the text is anything but one number.
    bool read(std::string_view text, Dialled& number) noexcept {
        while (!text.empty()) {
            const char byte = text.front();
            std::size_t size = 1;
            if (is_digit(byte)) {
                if (number.size == Dialled::most_digits) return false;
                number.digits[number.size++] = byte;
            } else if (static_cast<unsigned char>(byte) >= 128) {
                size = wide_separator(text);
                if (size == 0 || number.size == 0) return false;
                ++separators_;
            } else if (!separator(byte, number)) {
                return false;
            }
            last_ = byte;
            text.remove_prefix(size);
        }
        return (is_digit(last_) || last_ == ')') && !open_ && !decimal(number) && whole_slash(number);
    }

  private:
    bool separator(char byte, Dialled& number) noexcept {
        switch (byte) {
        case '+':
            if (number.plus || number.size > 0) return false;
            number.plus = true;
            return true;
        case '(':
            if (open_) return false;
            open_ = true;
            digits_before_parenthesis_ = number.size;
            ++separators_;
            return true;
        case ')':
            if (!open_ || number.size == digits_before_parenthesis_) return false;
            open_ = false;
            return true;
        case '/':
            if (slash_ != 0 || number.size == 0) return false;
            slash_ = number.size;
            return true;
        case '.': dot_ = number.size; [[fallthrough]];
        case '-':
            if (number.size == 0) return false;
            ++separators_;
            return true;
        case ' ': ++separators_; return true;
        default: return false;
        }
    }

    /// `2125557818.0`, `2125557818.00`: a spreadsheet's number.
    bool decimal(const Dialled& number) const noexcept {
        return dot_ != 0 && separators_ == 1 && slash_ == 0 && number.size - dot_ <= 2;
    }

    /// A slash stands behind an area code; behind more digits it joins two numbers, or an extension.
    bool whole_slash(const Dialled& number) const noexcept {
        if (slash_ == 0) return true;
        const bool international = number.plus || number.view().starts_with("00");
        return slash_ <= (international ? 8U : 6U) && number.size - slash_ >= 3;
    }

    bool open_ = false;
    char last_ = 0;
    std::size_t digits_before_parenthesis_ = 0;
    std::size_t separators_ = 0;
    std::size_t slash_ = 0; ///< digits before it
    std::size_t dot_ = 0;   ///< digits before the last
};

/// A calling code in digits.
class CodeText {
  public:
    explicit CodeText(std::uint32_t code) noexcept {
        for (std::uint32_t unit = 100; unit > 0; unit /= 10) {
            if (code >= unit) digits_[size_++] = static_cast<char>('0' + code / unit % 10);
        }
    }
    std::string_view view() const noexcept { return {digits_, size_}; }

  private:
    char digits_[3];
    std::size_t size_ = 0;
};

/// A national number with the calling code it belongs to; calling code 0: none was found.
struct National {
    std::uint16_t calling_code = 0;
    std::string_view number;
};

bool fits(const NumberPlan& plan, std::string_view number) noexcept {
    if (!plan.lengths.has(number.size())) return false;
    if (!plan.first_digits.has(static_cast<std::size_t>(number.front() - '0'))) return false;
    // North America: neither the area code nor the exchange begins with 0 or 1.
    return plan.calling_code != 1 || number[3] >= '2';
}

/// Digits that begin with a calling code. No calling code is the beginning of another.
National from_international(std::string_view digits) noexcept {
    std::uint32_t code = 0;
    const NumberPlan* plan = nullptr;
    std::size_t used = 0;
    while (plan == nullptr && used < 3 && used < digits.size()) {
        code = code * 10 + static_cast<std::uint32_t>(digits[used++] - '0');
        plan = plan_of_calling_code(code);
    }
    if (plan == nullptr) return {};
    const std::string_view number = digits.substr(used);
    if (fits(*plan, number)) return {plan->calling_code, number};
    const bool trunk_zero = plan->trunk.starts_with('0') && number.starts_with(plan->trunk);
    if (trunk_zero && fits(*plan, number.substr(plan->trunk.size())))
        return {plan->calling_code, number.substr(plan->trunk.size())};
    return {};
}

/// Digits as they are dialled or written inside a country.
National from_national(std::string_view digits, const NumberPlan& plan) noexcept {
    std::array<std::string_view, 3> readings;
    std::size_t count = 0;
    const auto consider = [&](std::string_view number) {
        if (fits(plan, number)) readings[count++] = number;
    };
    if (!plan.trunk.empty() && digits.starts_with(plan.trunk)) consider(digits.substr(plan.trunk.size()));
    const bool not_local = plan.whole != 0 && digits.size() >= plan.whole;
    if (not_local) consider(digits);
    const CodeText code(plan.calling_code);
    if (not_local && digits.starts_with(code.view())) consider(digits.substr(code.view().size()));
    for (std::size_t i = 1; i < count; ++i) {
        if (readings[i] != readings[0]) return {};
    }
    return count == 0 ? National{} : National{plan.calling_code, readings[0]};
}

National national_number(const Dialled& dialled, std::string_view country) noexcept {
    const std::string_view digits = dialled.view();
    if (dialled.plus) return from_international(digits);
    if (digits.starts_with("00")) return from_international(digits.substr(2));
    const Country* known = country_with_code(country);
    if (known == nullptr || known->plan.calling_code == 0) return {};
    return from_national(digits, known->plan);
}

std::string_view write_e164(const National& national, Arena& arena) {
    const CodeText code(national.calling_code);
    const std::size_t digits = code.view().size() + national.number.size();
    if (digits < 7 || digits > 15) return {};
    char* const begin = arena.reserve(digits + 1);
    char* out = begin;
    *out++ = '+';
    for (const std::string_view part : {code.view(), national.number}) {
        for (const char byte : part) *out++ = byte;
    }
    return arena.commit(begin, out);
}

} // namespace

Reason check_email(std::string_view text) noexcept {
    const std::size_t at = text.find('@');
    const bool good = text.size() <= 254 && at != std::string_view::npos &&
                      is_local_part(text.substr(0, at)) && is_domain(text.substr(at + 1));
    return good ? Reason::none : Reason::not_an_email;
}

std::string_view country_code(std::string_view name) noexcept {
    static const Vocabulary words = country_words();
    const Vocabulary::Entry* entry = words.find(name);
    return entry == nullptr ? std::string_view() : std::string_view(entry->canonical);
}

ParsedPhone parse_phone(std::string_view text, PhoneFormat format, std::string_view country, Arena& arena) {
    constexpr ParsedPhone fault{{}, Reason::not_a_phone};
    Dialled dialled;
    if (!Scanner().read(text, dialled)) return fault;
    if (format == PhoneFormat::e164) {
        const National national = national_number(dialled, country);
        if (national.calling_code == 0) return fault;
        const std::string_view written = write_e164(national, arena);
        return written.empty() ? fault : ParsedPhone{written, Reason::none};
    }
    const bool international = !dialled.plus && dialled.view().starts_with("00");
    if (dialled.size < 5 || dialled.size > (international ? 17U : 15U)) return fault;
    char* out = arena.reserve(dialled.size + 1);
    const char* const begin = out;
    if (dialled.plus) *out++ = '+';
    for (const char byte : dialled.view()) *out++ = byte;
    return {arena.commit(begin, out), Reason::none};
}

} // namespace ordermill::core
