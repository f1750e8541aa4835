#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

/// Loads and copies of short texts without a call and without touching a byte outside them.
namespace ordermill::core {

inline std::uint64_t load_8_bytes(const char* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

inline std::uint32_t load_4_bytes(const char* bytes) noexcept {
    std::uint32_t word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

/// `size` is less than 8; the bytes that aren't there are zero. Little-endian: the first byte is the lowest.
inline std::uint64_t load_below_8_bytes(const char* bytes, std::size_t size) noexcept {
    if (size >= 4) {
        const std::uint64_t last = load_4_bytes(bytes + size - 4);
        return load_4_bytes(bytes) | last << (8 * (size - 4));
    }
    if (size == 0) return 0;
    const auto at = [bytes](std::size_t i) {
        return std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    };
    return at(0) | at(size / 2) | at(size - 1);
}

/// Copies the text to `out` and returns the end. Room for at least 16 bytes must be there, whatever the
/// text's length.
inline char* copy_short(char* out, std::string_view text) noexcept {
    const char* const data = text.data();
    const std::size_t size = text.size();
    if (size > 16) {
        std::memcpy(out, data, size);
    } else if (size >= 8) {
        const std::uint64_t last = load_8_bytes(data + size - 8);
        const std::uint64_t first = load_8_bytes(data);
        std::memcpy(out, &first, 8);
        std::memcpy(out + size - 8, &last, 8);
    } else {
        const std::uint64_t word = load_below_8_bytes(data, size);
        std::memcpy(out, &word, 8);
    }
    return out + size;
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "load_below_8_bytes supposes little-endian");

} // namespace ordermill::core
