#include "core/text/text.hpp"

#include "core/memory/small_copy.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace ordermill::core {
namespace {

constexpr std::uint64_t every_byte(std::uint64_t byte) noexcept { return byte * 0x0101010101010101ULL; }
constexpr std::uint64_t high_bits = every_byte(0x80);

/// The high bit of every ASCII byte that is between first and last (both below 128). Other bytes must have no
/// high bit.
constexpr std::uint64_t bytes_between(std::uint64_t word, std::uint8_t first, std::uint8_t last) noexcept {
    return (word + every_byte(0x80U - first)) & ~(word + every_byte(0x7FU - last)) & high_bits;
}

bool is_ascii_space(char byte) noexcept { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

/// Of the White_Space code points beyond ASCII: their first bytes.
bool may_lead_space(char byte) noexcept {
    const auto lead = static_cast<unsigned char>(byte);
    return lead == 0xC2 || (lead >= 0xE1 && lead <= 0xE3);
}

/// The length of the White_Space code point at the beginning; 0: none.
std::size_t space_at_front(std::string_view text) noexcept {
    if (is_ascii_space(text.front())) return 1;
    if (!may_lead_space(text.front())) return 0;
    if (text.starts_with("\xC2\x85") || text.starts_with("\xC2\xA0")) return 2;
    if (text.size() < 3) return 0;
    const std::string_view three = text.substr(0, 3);
    if (three == "\xE1\x9A\x80" || three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9" ||
        three == "\xE2\x80\xAF" || three == "\xE2\x81\x9F" || three == "\xE3\x80\x80") {
        return 3;
    }
    // U+2000 to U+200A
    const auto last = static_cast<unsigned char>(three[2]);
    return three.starts_with("\xE2\x80") && last >= 0x80 && last <= 0x8A ? 3 : 0;
}

std::size_t space_at_back(std::string_view text) noexcept {
    if (is_ascii_space(text.back())) return 1;
    if (static_cast<unsigned char>(text.back()) < 128) return 0;
    for (const std::size_t size : {std::size_t{2}, std::size_t{3}}) {
        if (text.size() >= size && space_at_front(text.substr(text.size() - size)) == size) return size;
    }
    return 0;
}

/// What a word of 8 ASCII bytes has that the steps would change.
std::uint64_t changes_in(std::uint64_t word, TextSteps steps) noexcept {
    std::uint64_t changes = 0;
    if (steps.letter_case == Case::upper) changes |= bytes_between(word, 'a', 'z');
    if (steps.letter_case == Case::lower) changes |= bytes_between(word, 'A', 'Z');
    if (steps.collapse) {
        const std::uint64_t spaces = bytes_between(word, ' ', ' ');
        changes |= bytes_between(word, '\t', '\r') | (spaces & (spaces << 8));
    }
    return changes;
}

enum class Look : std::uint8_t { unchanged, ascii, other };

/// Whether the steps change an edge-trimmed text, eight bytes at a time. A space at the end of one word
/// before a space at the beginning of the next is looked for by overlapping the words by a byte.
Look look_at(std::string_view text, TextSteps steps) noexcept {
    if (steps.letter_case == Case::title) return is_ascii(text) ? Look::ascii : Look::other;
    std::uint64_t changes = 0;
    std::uint64_t high = 0;
    const auto look = [&](std::uint64_t word) {
        high |= word;
        changes |= changes_in(word & ~high_bits, steps);
    };
    const char* const data = text.data();
    const std::size_t size = text.size();
    if (size < 8) {
        look(load_below_8_bytes(data, size));
    } else {
        for (std::size_t at = 0; at + 8 < size; at += 7) look(load_8_bytes(data + at));
        look(load_8_bytes(data + size - 8));
    }
    if ((high & high_bits) != 0) return Look::other;
    if (steps.collapse && size > 0 && (data[0] == ' ' || data[size - 1] == ' ')) return Look::ascii;
    return changes == 0 ? Look::unchanged : Look::ascii;
}

char upper_ascii(char byte) noexcept {
    return byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 32) : byte;
}
char lower_ascii(char byte) noexcept {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
}
bool is_word_ascii(char byte) noexcept {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '\'';
}

char ascii_in_case(char byte, Case letter_case, bool in_word) noexcept {
    if (letter_case == Case::as_is) return byte;
    const bool upper = letter_case == Case::upper || (letter_case == Case::title && !in_word);
    return upper ? upper_ascii(byte) : lower_ascii(byte);
}

char* write_ascii(std::string_view text, TextSteps steps, char* out) noexcept {
    bool in_word = false;
    bool pending_space = false;
    const char* const begin = out;
    for (const char byte : text) {
        if (steps.collapse && is_ascii_space(byte)) {
            pending_space = out != begin;
            in_word = false;
            continue;
        }
        if (pending_space) *out++ = ' ';
        pending_space = false;
        *out = ascii_in_case(byte, steps.letter_case, in_word);
        in_word = is_word_ascii(*out++);
    }
    return out;
}

bool is_word(utf8proc_int32_t point) noexcept {
    if (point == '\'' || point == 0x2019) return true;
    const utf8proc_category_t category = utf8proc_category(point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

char* write_unicode(std::string_view text, TextSteps steps, char* out) noexcept {
    bool in_word = false;
    bool pending_space = false;
    char* const begin = out;
    while (!text.empty()) {
        if (const std::size_t space = space_at_front(text); space > 0 && steps.collapse) {
            pending_space = out != begin;
            in_word = false;
            text.remove_prefix(space);
            continue;
        }
        if (pending_space) *out++ = ' ';
        pending_space = false;
        if (static_cast<unsigned char>(text.front()) < 128) {
            *out = ascii_in_case(text.front(), steps.letter_case, in_word);
            in_word = is_word_ascii(*out++);
            text.remove_prefix(1);
            continue;
        }
        utf8proc_int32_t point = 0;
        const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                           static_cast<utf8proc_ssize_t>(text.size()), &point);
        if (size <= 0) { // not UTF-8: kept as it is
            *out++ = text.front();
            text.remove_prefix(1);
            continue;
        }
        if (steps.letter_case == Case::upper || (steps.letter_case == Case::title && !in_word)) {
            point = steps.letter_case == Case::title ? utf8proc_totitle(point) : utf8proc_toupper(point);
        } else if (steps.letter_case != Case::as_is) {
            point = utf8proc_tolower(point);
        }
        in_word = steps.letter_case == Case::title && is_word(point);
        out += utf8proc_encode_char(point, reinterpret_cast<utf8proc_uint8_t*>(out));
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return out;
}

/// Below U+0300 everything is composed already; from there on lead bytes are 0xCC or more.
bool is_surely_composed(std::string_view text) noexcept {
    unsigned char most = 0;
    for (const char byte : text) most = std::max(most, static_cast<unsigned char>(byte));
    return most < 0xCC;
}

/// Canonical composition. utf8proc works on 32-bit code points, which go through the arena.
std::string_view compose(std::string_view text, Arena& arena) {
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto size = static_cast<utf8proc_ssize_t>(text.size());
    constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    const utf8proc_ssize_t points = utf8proc_decompose(bytes, size, nullptr, 0, options);
    if (points <= 0) return text;
    constexpr std::size_t alignment = alignof(utf8proc_int32_t);
    char* raw = arena.reserve((static_cast<std::size_t>(points) + 1) * sizeof(utf8proc_int32_t) + alignment);
    const auto misaligned = reinterpret_cast<std::uintptr_t>(raw) % alignment;
    if (misaligned != 0) raw += alignment - misaligned;
    auto* buffer = reinterpret_cast<utf8proc_int32_t*>(raw);
    utf8proc_decompose(bytes, size, buffer, points, options);
    const utf8proc_ssize_t length = utf8proc_reencode(buffer, points, options);
    if (length < 0) return text;
    const std::string_view composed(raw, static_cast<std::size_t>(length));
    return composed == text ? text : arena.commit(raw, raw + length);
}

/// [begin, end) is what the steps made of `text`, in the arena's reserved bytes.
std::string_view kept_if_changed(std::string_view text, const char* begin, const char* end, Arena& arena) {
    const std::string_view written(begin, static_cast<std::size_t>(end - begin));
    return written == text ? text : arena.commit(begin, end);
}

/// How many ASCII bytes the text begins with.
std::size_t ascii_size(std::string_view text) noexcept {
    const char* const data = text.data();
    const auto high_in = [data](std::size_t at) { return load_8_bytes(data + at) & high_bits; };
    std::size_t at = 0;
    while (at + 32 <= text.size() &&
           (high_in(at) | high_in(at + 8) | high_in(at + 16) | high_in(at + 24)) == 0)
        at += 32;
    for (; at + 8 <= text.size(); at += 8) {
        const std::uint64_t high = high_in(at);
        if (high != 0) return at + static_cast<std::size_t>(std::countr_zero(high)) / 8;
    }
    while (at < text.size() && static_cast<unsigned char>(data[at]) < 0x80) ++at;
    return at;
}

} // namespace

bool is_ascii(std::string_view text) noexcept { return ascii_size(text) == text.size(); }

std::size_t utf8_size(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    // RFC 3629's table: the lead byte says how many follow and bounds the first of them.
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
    const unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(1) < least || byte(1) > most) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    return size;
}

bool is_utf8(std::string_view text) noexcept {
    for (;;) {
        text.remove_prefix(ascii_size(text));
        if (text.empty()) return true;
        const std::size_t size = utf8_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
}

std::string_view trim_edges(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t size = space_at_front(text);
        if (size == 0) break;
        text.remove_prefix(size);
    }
    while (!text.empty()) {
        const std::size_t size = space_at_back(text);
        if (size == 0) break;
        text.remove_suffix(size);
    }
    return text;
}

std::string_view normalise(std::string_view text, TextSteps steps, Arena& arena) {
    const Look look = look_at(text, steps);
    if (look == Look::unchanged) return text;
    if (look == Look::ascii) {
        char* const out = arena.reserve(text.size() + 1);
        return kept_if_changed(text, out, write_ascii(text, steps, out), arena);
    }
    if (steps.nfc && !is_surely_composed(text)) text = compose(text, arena);
    if (!steps.collapse && steps.letter_case == Case::as_is) return text;
    // A code point grows from 2 bytes to at most 3 when its case changes; 4 leaves room for the encoder.
    char* const out = arena.reserve(2 * text.size() + 4);
    const std::string_view changed = kept_if_changed(text, out, write_unicode(text, steps, out), arena);
    // A letter in another case may compose with what follows it: dotless i does not, I does.
    return steps.nfc && !is_surely_composed(changed) ? compose(changed, arena) : changed;
}

namespace {

/// Takes the first code point off, without its case; a byte that isn't UTF-8 stands for itself.
utf8proc_int32_t take_without_case(std::string_view& text) noexcept {
    utf8proc_int32_t point = 0;
    if (static_cast<unsigned char>(text.front()) < 128) {
        point = lower_ascii(text.front());
        text.remove_prefix(1);
        return point;
    }
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (size <= 0) point = static_cast<unsigned char>(text.front());
    text.remove_prefix(size <= 0 ? 1 : static_cast<std::size_t>(size));
    return utf8proc_tolower(utf8proc_toupper(point));
}

} // namespace

bool equal_any_case(std::string_view a, std::string_view b) noexcept {
    while (!a.empty() && !b.empty()) {
        if (take_without_case(a) != take_without_case(b)) return false;
    }
    return a.empty() && b.empty();
}

std::string without_case(std::string_view text) {
    std::string key;
    while (!text.empty()) {
        const auto point = static_cast<std::uint32_t>(take_without_case(text));
        for (int shift = 0; shift < 24; shift += 8) key += static_cast<char>(point >> shift & 0xFF);
    }
    return key;
}

std::string visible_character(char c) {
    if (c == 0) return "none";
    if (c == '\t') return "tab";
    const char mark = c == '"' ? '\'' : '"';
    return {mark, c, mark};
}

bool is_formula(std::string_view text) noexcept {
    constexpr std::string_view beginnings = "=+-@\t\r";
    if (text.empty() || beginnings.find(text.front()) == std::string_view::npos) return false;
    if (text.front() != '+' && text.front() != '-') return true;
    text.remove_prefix(1);
    const auto take_digits = [&text] {
        const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(count);
        return count;
    };
    std::size_t digits = take_digits();
    if (!text.empty() && (text.front() == '.' || text.front() == ',')) {
        text.remove_prefix(1);
        digits += take_digits();
    }
    if (digits == 0) return true;
    if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
        text.remove_prefix(1);
        if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
        if (take_digits() == 0) return true;
    }
    return !text.empty();
}

std::size_t length(std::string_view text) noexcept {
    std::size_t points = 0;
    for (const char byte : text) points += (static_cast<unsigned char>(byte) & 0xC0) != 0x80 ? 1 : 0;
    return points;
}

} // namespace ordermill::core
