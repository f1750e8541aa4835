#include "io/crc.hpp"

#include <array>
#include <libdeflate.h>

namespace ordermill::io {
namespace {

// Polynomials modulo that of CRC-32, as zlib has them: the highest bit is the coefficient of x^0.
constexpr std::uint32_t polynomial = 0xEDB88320;
constexpr std::uint32_t one = 0x80000000;
constexpr std::uint32_t x_to_the_8 = one >> 8;

constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
    std::uint32_t product = 0;
    for (; a != 0; a <<= 1) {
        if ((a & one) != 0) product ^= b;
        b = (b >> 1) ^ ((b & 1) != 0 ? polynomial : 0);
    }
    return product;
}

/// x^(8 n) for each n of one digit to the base 256, by the digit's place: what n bytes more do to a checksum.
using Shifts = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr Shifts shifts = [] {
    Shifts powers{};
    std::uint32_t base = x_to_the_8;
    for (auto& of_digit : powers) {
        of_digit[0] = one;
        for (std::size_t digit = 1; digit < of_digit.size(); ++digit)
            of_digit[digit] = multiply(of_digit[digit - 1], base);
        base = multiply(of_digit.back(), base);
    }
    return powers;
}();

} // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) noexcept {
    // A null buffer means "start anew" to libdeflate, whatever `before` is.
    if (bytes.empty()) return before;
    return libdeflate_crc32(before, bytes.data(), bytes.size());
}

/// A few hundred instructions; zlib's takes some thousands, and rank 0 needs it three times a chunk.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_length) noexcept {
    for (const auto& of_digit : shifts) {
        if (second_length == 0) break;
        if (const std::uint64_t digit = second_length % 256; digit != 0)
            first = multiply(first, of_digit[digit]);
        second_length /= 256;
    }
    return first ^ second;
}

} // namespace ordermill::io
