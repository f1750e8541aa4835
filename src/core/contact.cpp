#include "core/contact.hpp"

#include "core/countries.hpp"

#include <algorithm>
#include <string>

namespace ordermill::core {
namespace {

constexpr std::size_t longest_email = 254;
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_label = 63;
constexpr std::size_t fewest_digits = 7;
constexpr std::size_t most_digits = 15; // E.164
constexpr std::size_t fewest_local_digits = 4;

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }
bool is_letter(char byte) noexcept { return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'); }

bool is_local_part(std::string_view text) noexcept {
    if (text.empty() || text.size() > longest_local_part || text.front() == '.' || text.back() == '.')
        return false;
    if (text.find("..") != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char byte) {
        return is_digit(byte) || is_letter(byte) ||
               std::string_view(".!#$%&'*+/=?^_`{|}~-").find(byte) != std::string_view::npos;
    });
}

bool is_label(std::string_view label) noexcept {
    if (label.empty() || label.size() > longest_label || label.front() == '-' || label.back() == '-')
        return false;
    return std::all_of(label.begin(), label.end(),
                       [](char byte) { return is_digit(byte) || is_letter(byte) || byte == '-'; });
}

bool is_domain(std::string_view domain) noexcept {
    std::size_t labels = 0;
    for (;;) {
        const std::size_t dot = domain.find('.');
        if (!is_label(domain.substr(0, dot))) return false;
        ++labels;
        if (dot == std::string_view::npos) return labels >= 2;
        domain.remove_prefix(dot + 1);
    }
}

/// The number's digits, and whether it began with + or 00. A trunk zero in parentheses behind a + — +44 (0)20
/// — is left out.
struct Digits {
    char digits[20];
    std::size_t size = 0;
    bool international = false;
    bool ok = true;
    std::string_view view() const noexcept { return {digits, size}; }
};

Digits read_digits(std::string_view text) noexcept {
    Digits read;
    if (text.starts_with('+')) {
        read.international = true;
        text.remove_prefix(1);
    }
    int open = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char byte = text[i];
        if (read.international && text.substr(i, 3) == "(0)") {
            i += 2;
            continue;
        }
        if (is_digit(byte)) {
            if (read.size == sizeof read.digits) {
                read.ok = false;
                return read;
            }
            read.digits[read.size++] = byte;
        } else if (byte == '(') {
            read.ok = read.ok && ++open == 1;
        } else if (byte == ')') {
            read.ok = read.ok && --open == 0;
        } else if (byte != ' ' && byte != '-' && byte != '.' && byte != '/') {
            read.ok = false;
        }
    }
    read.ok = read.ok && open == 0;
    return read;
}

bool length_fits(std::string_view international, const Country& country) noexcept {
    const std::string calling = std::to_string(country.calling);
    if (!international.starts_with(calling)) return false;
    const std::size_t national = international.size() - calling.size();
    return national >= country.shortest && national <= country.longest;
}

ParsedPhone not_a_phone() { return {{}, Reason::not_a_phone}; }

ParsedPhone written(bool plus, std::string_view first, std::string_view second, Arena& arena) {
    char* const begin = arena.reserve(first.size() + second.size() + 1);
    char* out = begin;
    if (plus) *out++ = '+';
    out = std::copy(first.begin(), first.end(), out);
    out = std::copy(second.begin(), second.end(), out);
    return {arena.commit(begin, out), Reason::none};
}

ParsedPhone international_number(std::string_view digits, const Country* country, Arena& arena) {
    if (digits.size() < fewest_digits || digits.size() > most_digits || digits.front() == '0')
        return not_a_phone();
    // A known country checks the length; its number may also be one of another country.
    if (country != nullptr && digits.starts_with(std::to_string(country->calling))) {
        // A trunk zero behind the calling code makes it too long or wrong.
        const bool trunk =
            country->trunk == '0' && digits.substr(std::to_string(country->calling).size()).starts_with('0');
        if (trunk || !length_fits(digits, *country)) return not_a_phone();
    }
    return written(true, digits, {}, arena);
}

} // namespace

Reason check_email(std::string_view text) noexcept {
    const std::size_t at = text.rfind('@');
    const bool good = text.size() <= longest_email && at != std::string_view::npos &&
                      is_local_part(text.substr(0, at)) && is_domain(text.substr(at + 1));
    return good ? Reason::none : Reason::not_an_email;
}

std::string_view country_code(std::string_view name) noexcept {
    const Country* const country = country_by_name(name);
    return country == nullptr ? std::string_view() : country->code;
}

ParsedPhone parse_phone(std::string_view text, PhoneFormat format, std::string_view country, Arena& arena) {
    Digits digits = read_digits(text);
    if (!digits.ok || digits.size < fewest_local_digits) return not_a_phone();
    if (format == PhoneFormat::digits) {
        if (digits.size > most_digits + 2) return not_a_phone();
        return written(digits.international, digits.view(), {}, arena);
    }
    const Country* const known = country_by_code(country);
    if (digits.international) return international_number(digits.view(), known, arena);
    if (digits.view().starts_with("00")) return international_number(digits.view().substr(2), known, arena);
    if (known == nullptr || known->calling == 0) return not_a_phone();
    std::string_view national = digits.view();
    if (known->trunk != 0) {
        if (national.front() == known->trunk) national.remove_prefix(1);
    }
    if (national.size() < known->shortest || national.size() > known->longest) return not_a_phone();
    const std::string calling = std::to_string(known->calling);
    if (calling.size() + national.size() > most_digits) return not_a_phone();
    return written(true, calling, national, arena);
}

} // namespace ordermill::core
