#include "core/csv_write.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ordermill::core {
namespace {

#if defined(__SSE2__)

bool special_in_16(const char* bytes, char delimiter) noexcept {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i delimiters = _mm_cmpeq_epi8(block, _mm_set1_epi8(delimiter));
    const __m128i lf = _mm_cmpeq_epi8(block, _mm_set1_epi8('\n'));
    const __m128i cr = _mm_cmpeq_epi8(block, _mm_set1_epi8('\r'));
    return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, delimiters), _mm_or_si128(lf, cr))) != 0;
}

#else

bool special(char byte, char delimiter) noexcept {
    return byte == delimiter || byte == '"' || byte == '\n' || byte == '\r';
}

bool special_in_16(const char* bytes, char delimiter) noexcept {
    return std::any_of(bytes, bytes + 16, [delimiter](char byte) { return special(byte, delimiter); });
}

#endif

/// The length of the valid UTF-8 sequence at the beginning of `bytes`; 0 when there is none.
std::size_t sequence_length(std::string_view bytes) noexcept {
    for (std::size_t size = 1; size <= 4 && size <= bytes.size(); ++size) {
        if (is_utf8(bytes.substr(0, size))) return size;
    }
    return 0;
}

} // namespace

bool needs_quotes(std::string_view text, char delimiter) noexcept {
    const char* const data = text.data();
    const std::size_t size = text.size();
    if (size < 16) {
        char padded[16] = {};
        if (size > 0) std::memcpy(padded, data, size);
        return special_in_16(padded, delimiter);
    }
    for (std::size_t at = 0; at + 16 <= size; at += 16) {
        if (special_in_16(data + at, delimiter)) return true;
    }
    return special_in_16(data + size - 16, delimiter);
}

char* write_field(char* out, std::string_view text, char delimiter, bool always) noexcept {
    if (!always && !needs_quotes(text, delimiter)) {
        if (!text.empty()) std::memcpy(out, text.data(), text.size());
        return out + text.size();
    }
    *out++ = '"';
    for (const char byte : text) {
        if (byte == '"') *out++ = '"';
        *out++ = byte;
    }
    *out++ = '"';
    return out;
}

void append_field(Buffer& out, std::string_view text, char delimiter, bool always) {
    out.ensure(2 * text.size() + 2);
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
        const auto byte = static_cast<unsigned char>(bytes.front());
        const std::size_t length = byte == 0 ? 0 : sequence_length(bytes);
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
