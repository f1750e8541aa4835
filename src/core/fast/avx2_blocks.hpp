#pragma once

#include "core/pattern/pattern_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)

#include <immintrin.h>

#define ORDERMILL_AVX2 [[gnu::target("avx2,bmi,bmi2")]]
#define ORDERMILL_AVX2_INLINE [[gnu::target("avx2,bmi,bmi2"), gnu::always_inline]] inline

/// Texts in blocks of 32 bytes, with AVX2: for fast_operations_avx2.cpp. Blocks may reach beyond a text's end,
/// which row_padding allows.
namespace ordermill::core::avx2 {

inline constexpr std::size_t block_size = 32;
constexpr std::uint64_t every_byte(std::uint64_t byte) noexcept { return byte * 0x0101010101010101ULL; }

ORDERMILL_AVX2_INLINE __m256i load_block(const char* bytes) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}
ORDERMILL_AVX2_INLINE void store_block(char* out, __m256i block) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), block);
}
ORDERMILL_AVX2_INLINE std::uint32_t bits_of(__m256i mask) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(mask));
}
ORDERMILL_AVX2_INLINE __m256i equals(__m256i block, char byte) noexcept {
    return _mm256_cmpeq_epi8(block, _mm256_set1_epi8(byte));
}
ORDERMILL_AVX2_INLINE std::uint32_t where(__m256i block, char byte) noexcept {
    return bits_of(equals(block, byte));
}
/// The lowest `count` bits, at most 32.
ORDERMILL_AVX2_INLINE std::uint32_t low_bits(std::size_t count) noexcept {
    return _bzhi_u32(~0U, static_cast<std::uint32_t>(count));
}

/// The text's bytes, at most 32, with zeros behind them.
ORDERMILL_AVX2_INLINE __m256i load_text(std::string_view text) noexcept {
    alignas(32) static constexpr std::array<std::uint8_t, 64> ones_then_zeros = [] {
        std::array<std::uint8_t, 64> all{};
        for (std::size_t i = 0; i < 32; ++i) all[i] = 0xFF;
        return all;
    }();
    const char* const mask = reinterpret_cast<const char*>(ones_then_zeros.data()) + block_size - text.size();
    return _mm256_and_si256(load_block(text.data()), load_block(mask));
}

ORDERMILL_AVX2_INLINE std::uint64_t hash_of(__m256i block) noexcept {
    const __m128i half =
        _mm_xor_si128(_mm256_castsi256_si128(block), _mm_slli_epi16(_mm256_extracti128_si256(block, 1), 1));
    const auto first = static_cast<std::uint64_t>(_mm_cvtsi128_si64(half));
    const auto second = static_cast<std::uint64_t>(_mm_extract_epi64(half, 1));
    return (first * 0x9E3779B97F4A7C15 ^ second) * 0xC2B2AE3D27D4EB4F;
}

ORDERMILL_AVX2_INLINE bool equal(__m256i a, __m256i b) noexcept {
    return bits_of(_mm256_cmpeq_epi8(a, b)) == ~0U;
}

/// Whether a text of `size` bytes has one of the shapes, which must be known. What stands behind it in the
/// block doesn't matter.
ORDERMILL_AVX2_INLINE bool matches(const PatternShapes& shapes, __m256i block, std::size_t size) noexcept {
    const auto load = [](const auto& bytes) { return reinterpret_cast<const __m128i*>(bytes.data()); };
    const __m256i by_low = _mm256_broadcastsi128_si256(_mm_load_si128(load(shapes.low_halves())));
    const __m256i by_high = _mm256_broadcastsi128_si256(_mm_load_si128(load(shapes.high_halves())));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(block, 4), _mm256_set1_epi8(0x0F));
    const __m256i atoms =
        _mm256_and_si256(_mm256_shuffle_epi8(by_low, block), _mm256_shuffle_epi8(by_high, high));
    for (const PatternShapes::Shape& shape : shapes.of(size)) {
        const __m256i wanted = _mm256_load_si256(reinterpret_cast<const __m256i*>(shape.atoms.data()));
        const __m256i others = _mm256_cmpeq_epi8(_mm256_and_si256(atoms, wanted), _mm256_setzero_si256());
        if ((bits_of(others) & low_bits(size)) == 0) return true;
    }
    return false;
}

} // namespace ordermill::core::avx2

#endif
