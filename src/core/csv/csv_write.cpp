#include "core/csv/csv_write.hpp"

#include "core/memory/small_copy.hpp"
#include "core/text/text.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ordermill::core {
namespace {

/// To be looked at before it is shown.
bool is_odd(char byte) noexcept { return static_cast<signed char>(byte) <= 0 || byte == '\\'; }

#if defined(__SSE2__)

bool any_special(__m128i block, char delimiter) noexcept {
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i delimiters = _mm_cmpeq_epi8(block, _mm_set1_epi8(delimiter));
    const __m128i lf = _mm_cmpeq_epi8(block, _mm_set1_epi8('\n'));
    const __m128i cr = _mm_cmpeq_epi8(block, _mm_set1_epi8('\r'));
    return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, delimiters), _mm_or_si128(lf, cr))) != 0;
}

bool special_in_16(const char* bytes, char delimiter) noexcept {
    return any_special(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)), delimiter);
}

bool special_below_16(const char* bytes, std::size_t size, char delimiter) noexcept {
    const std::uint64_t first = size >= 8 ? load_8_bytes(bytes) : load_below_8_bytes(bytes, size);
    const std::uint64_t last = size >= 8 ? load_8_bytes(bytes + size - 8) : 0;
    return any_special(_mm_set_epi64x(static_cast<long long>(last), static_cast<long long>(first)),
                       delimiter);
}

/// Which is the first quote of 16 bytes; 16: there is none.
std::size_t quote_in_16(const char* bytes) noexcept {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    const int quotes = _mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
    return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(quotes) | 1U << 16));
}

/// As quote_in_16, of bytes that must be looked at before they are shown: a backslash, NUL, no ASCII.
std::size_t odd_in_16(const char* bytes) noexcept {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    const __m128i visible = _mm_cmpgt_epi8(block, _mm_setzero_si128());
    const int odd = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(visible, _mm_setzero_si128()),
                                                   _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
    return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(odd) | 1U << 16));
}

#else

bool special(char byte, char delimiter) noexcept {
    return byte == delimiter || byte == '"' || byte == '\n' || byte == '\r';
}

bool special_in_16(const char* bytes, char delimiter) noexcept {
    return std::any_of(bytes, bytes + 16, [delimiter](char byte) { return special(byte, delimiter); });
}

bool special_below_16(const char* bytes, std::size_t size, char delimiter) noexcept {
    return std::any_of(bytes, bytes + size, [delimiter](char byte) { return special(byte, delimiter); });
}

std::size_t quote_in_16(const char* bytes) noexcept {
    return static_cast<std::size_t>(std::find(bytes, bytes + 16, '"') - bytes);
}

std::size_t odd_in_16(const char* bytes) noexcept {
    return static_cast<std::size_t>(std::find_if(bytes, bytes + 16, is_odd) - bytes);
}

#endif

[[gnu::always_inline]] inline bool has_special(std::string_view text, char delimiter) noexcept {
    const char* const data = text.data();
    const std::size_t size = text.size();
    if (size < 16) return special_below_16(data, size, delimiter);
    for (std::size_t at = 0; at + 16 <= size; at += 16) {
        if (special_in_16(data + at, delimiter)) return true;
    }
    return special_in_16(data + size - 16, delimiter);
}

/// How many bytes can be shown as they are.
std::size_t size_before_odd(std::string_view bytes) noexcept {
    std::size_t at = 0;
    while (at + 16 <= bytes.size()) {
        const std::size_t odd = odd_in_16(bytes.data() + at);
        at += odd;
        if (odd < 16) return at;
    }
    const std::string_view rest = bytes.substr(at);
    return at + static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_odd) - rest.begin());
}

} // namespace

bool needs_quotes(std::string_view text, char delimiter) noexcept { return has_special(text, delimiter); }

char* write_field(char* out, std::string_view text, char delimiter, bool always) noexcept {
    if (!always && !has_special(text, delimiter)) {
        return copy_short(out, text);
    }
    *out++ = '"';
    std::size_t at = 0;
    while (at + 16 <= text.size()) {
        std::memcpy(out, text.data() + at, 16);
        const std::size_t quote = quote_in_16(text.data() + at);
        at += quote;
        out += quote;
        if (quote == 16) continue;
        *out++ = '"';
        *out++ = '"';
        ++at;
    }
    for (; at < text.size(); ++at) {
        if (text[at] == '"') *out++ = '"';
        *out++ = text[at];
    }
    *out++ = '"';
    return out;
}

void append_field(Buffer& out, std::string_view text, char delimiter, bool always) {
    out.ensure(2 * text.size() + field_slack);
    out.set_end(write_field(out.end(), text, delimiter, always));
}

std::string header_record(std::span<const std::string> names, const OutputSpec& output) {
    Buffer record;
    for (const std::string& name : names) {
        if (!record.empty()) record.push_back(output.delimiter);
        append_field(record, name, output.delimiter, output.quoting == OutputSpec::Quoting::all);
    }
    record.push_back('\n');
    return std::string(record.view());
}

void append_escaped(Buffer& out, std::string_view bytes) {
    constexpr char digits[] = "0123456789ABCDEF";
    out.ensure(4 * bytes.size());
    while (!bytes.empty()) {
        const std::size_t run = size_before_odd(bytes);
        out.append(bytes.substr(0, run));
        bytes.remove_prefix(run);
        if (bytes.empty()) break;
        const auto byte = static_cast<unsigned char>(bytes.front());
        const std::size_t length = byte == 0 ? 0 : utf8_size(bytes);
        if (length == 0) {
            const char escape[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            out.append({escape, sizeof escape});
            bytes.remove_prefix(1);
            continue;
        }
        if (byte == '\\') out.push_back('\\');
        out.append(bytes.substr(0, length));
        bytes.remove_prefix(length);
    }
}

} // namespace ordermill::core
