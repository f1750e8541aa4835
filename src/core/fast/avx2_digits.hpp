#pragma once

#include "core/fast/avx2_blocks.hpp"
#include "core/field/field.hpp"
#include "core/base/value.hpp"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)

/// Numbers of up to 8 digits, read and written in one 64-bit word: for fast_operations_avx2.cpp.
namespace ordermill::core::avx2 {

/// 1 to 8 digits, the first one in the lowest of `word`'s bytes; what is behind them doesn't matter.
/// Source: Johnny Lee, "Fast numeric string to int".
ORDERMILL_AVX2_INLINE bool read_digits(std::uint64_t word, std::uint32_t count,
                                       std::int64_t& number) noexcept {
    // A digit's value is below 10, and 0 stands in front of the first; a sum may carry only where one isn't.
    word = (word ^ every_byte('0')) << (64 - 8 * count);
    if (((word | (word + every_byte(128 - 10))) & every_byte(0x80)) != 0) return false;
    word = word * 10 + (word >> 8);
    constexpr std::uint64_t pairs = 0x000000FF000000FF;
    word =
        ((word & pairs) * (100 + (1'000'000ULL << 32)) + ((word >> 16) & pairs) * (1 + (10'000ULL << 32))) >>
        32;
    number = static_cast<std::int64_t>(word);
    return true;
}

/// `units` of 10^-scale, as `write_value` writes them.
/// Source of the digits without a division each: Paul Khuong, "How to print integers really fast".
ORDERMILL_AVX2_INLINE char* write_units(char* out, std::int64_t units, const ValueType& type) noexcept {
    const bool negative = units < 0;
    const auto size = static_cast<std::uint64_t>(negative ? -units : units);
    if (size >= 100'000'000 || type.scale > 7 || type.trim_zeros) [[unlikely]] {
        Value value;
        value.set_number(units);
        return write_value(out, value, type);
    }
    const std::uint64_t halves = size / 10'000 | (size % 10'000) << 32;
    const std::uint64_t hundreds = ((halves * 10'486) >> 20) & 0x0000007F0000007F;
    const std::uint64_t pairs = hundreds | (halves - 100 * hundreds) << 16;
    const std::uint64_t tens = ((pairs * 103) >> 10) & 0x000F000F000F000F;
    const std::uint64_t digits = tens | (pairs - 10 * tens) << 8;
    const std::uint32_t zeros = digits == 0 ? 8 : static_cast<std::uint32_t>(__builtin_ctzll(digits)) / 8;
    const std::uint32_t skipped = zeros < 7U - type.scale ? zeros : 7U - type.scale;
    const std::uint64_t text = digits | every_byte('0');
    const std::uint64_t whole = text >> 8 * skipped;
    *out = '-';
    out += negative ? 1 : 0;
    std::memcpy(out, &whole, 8);
    out += 8 - skipped - type.scale;
    if (type.scale == 0) return out;
    const std::uint64_t fraction = text >> 8 * (8 - type.scale);
    *out++ = '.';
    std::memcpy(out, &fraction, 8);
    return out + type.scale;
}

} // namespace ordermill::core::avx2

#endif
