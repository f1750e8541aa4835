#include "core/csv_index.hpp"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ordermill::core {
namespace {

constexpr std::size_t block_size = 64;

/// What one block of 64 bytes holds, a bit a byte.
struct BlockMasks {
    std::uint64_t special;
    std::uint64_t nul;
    std::uint64_t high;
};

/// Writes the positions of the set bits. May write up to 7 entries past the last one, so the room behind
/// `out` is padded.
inline std::uint32_t* write_positions(std::uint64_t mask, std::uint32_t base, std::uint32_t* out) noexcept {
    const int count = std::popcount(mask);
    for (int done = 0; done < count; done += 8) {
        for (int i = 0; i < 8; ++i) {
            out[done + i] = base + static_cast<std::uint32_t>(std::countr_zero(mask));
            mask &= mask - 1;
        }
    }
    return out + count;
}

BlockMasks scan_scalar(const char* block, SpecialBytes special) noexcept {
    BlockMasks masks{0, 0, 0};
    for (std::size_t i = 0; i < block_size; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        for (const char byte : special.bytes) {
            if (block[i] == byte) masks.special |= bit;
        }
        if (block[i] == 0) masks.nul |= bit;
        if (static_cast<unsigned char>(block[i]) > 127) masks.high |= bit;
    }
    return masks;
}

/// The loop over blocks that every instruction set shares. `Scan` is inlined into it.
template<class Scan>
[[gnu::always_inline]] inline void index_blocks(std::string_view slice, SpecialBytes special,
                                                StructuralIndex& index, Scan scan) {
    std::uint32_t* out = index.positions.data();
    std::uint64_t nul = 0;
    std::uint64_t high = 0;
    std::size_t at = 0;
    for (; at + block_size <= slice.size(); at += block_size) {
        const BlockMasks masks = scan(slice.data() + at, special);
        out = write_positions(masks.special, static_cast<std::uint32_t>(at), out);
        nul |= masks.nul;
        high |= masks.high;
    }
    if (const std::size_t rest = slice.size() - at; rest > 0) {
        char block[block_size] = {};
        std::memcpy(block, slice.data() + at, rest);
        const std::uint64_t valid = (std::uint64_t{1} << rest) - 1;
        const BlockMasks masks = scan(block, special);
        out = write_positions(masks.special & valid, static_cast<std::uint32_t>(at), out);
        nul |= masks.nul & valid;
        high |= masks.high & valid;
    }
    index.count = static_cast<std::size_t>(out - index.positions.data());
    index.any_nul = nul != 0;
    index.any_high = high != 0;
}

void index_scalar(std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    index_blocks(slice, special, index, scan_scalar);
}

#if defined(__x86_64__)

void index_sse2(std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    index_blocks(slice, special, index, [](const char* block, SpecialBytes wanted) noexcept {
        BlockMasks masks{0, 0, 0};
        for (int part = 0; part < 4; ++part) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + part * 16));
            __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted.bytes[0]));
            for (int i = 1; i < 5; ++i) {
                hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted.bytes[i])));
            }
            const auto bits = [](__m128i vector) {
                return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(vector)));
            };
            masks.special |= bits(hits) << (part * 16);
            masks.nul |= bits(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())) << (part * 16);
            masks.high |= bits(bytes) << (part * 16);
        }
        return masks;
    });
}

[[gnu::target("avx2,bmi,bmi2,popcnt")]] BlockMasks scan_avx2(const char* block,
                                                             SpecialBytes wanted) noexcept {
    BlockMasks masks{0, 0, 0};
    for (int part = 0; part < 2; ++part) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + part * 32));
        __m256i hits = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(wanted.bytes[0]));
        for (int i = 1; i < 5; ++i) {
            hits = _mm256_or_si256(hits, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(wanted.bytes[i])));
        }
        const auto shift = part * 32;
        const auto special_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(hits));
        const auto nul_bits = static_cast<std::uint32_t>(
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())));
        const auto high_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
        masks.special |= std::uint64_t{special_bits} << shift;
        masks.nul |= std::uint64_t{nul_bits} << shift;
        masks.high |= std::uint64_t{high_bits} << shift;
    }
    return masks;
}

[[gnu::target("avx2,bmi,bmi2,popcnt")]] void index_avx2(std::string_view slice, SpecialBytes special,
                                                        StructuralIndex& index) {
    index_blocks(slice, special, index, scan_avx2);
}

#define ORDERMILL_AVX512 "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt"

/// The set bits' positions, 16 at a time, by compressing the bytes 0..63 (VBMI2).
[[gnu::target(ORDERMILL_AVX512)]] inline std::uint32_t*
write_positions_avx512(std::uint64_t mask, std::uint32_t base, std::uint32_t* out) noexcept {
    alignas(64) static constexpr std::array<std::uint8_t, 64> bytes_0_to_63 = [] {
        std::array<std::uint8_t, 64> all{};
        for (std::size_t i = 0; i < 64; ++i) all[i] = static_cast<std::uint8_t>(i);
        return all;
    }();
    const int count = std::popcount(mask);
    const __m512i offsets =
        _mm512_maskz_compress_epi8(mask, _mm512_load_si512(static_cast<const void*>(bytes_0_to_63.data())));
    const __m512i first = _mm512_set1_epi32(static_cast<int>(base));
    _mm512_storeu_si512(out, _mm512_add_epi32(first, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(offsets))));
    if (count > 16) [[unlikely]] {
        _mm512_storeu_si512(
            out + 16, _mm512_add_epi32(first, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(offsets, 1))));
        _mm512_storeu_si512(
            out + 32, _mm512_add_epi32(first, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(offsets, 2))));
        _mm512_storeu_si512(
            out + 48, _mm512_add_epi32(first, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(offsets, 3))));
    }
    return out + count;
}

[[gnu::target(ORDERMILL_AVX512)]] void index_avx512(std::string_view slice, SpecialBytes special,
                                                    StructuralIndex& index) {
    __m512i wanted[5];
    for (int i = 0; i < 5; ++i) wanted[i] = _mm512_set1_epi8(special.bytes[i]);
    std::uint32_t* out = index.positions.data();
    std::uint64_t nul = 0;
    std::uint64_t high = 0;
    for (std::size_t at = 0; at < slice.size(); at += block_size) {
        const std::size_t rest = slice.size() - at;
        const __mmask64 valid = rest >= block_size ? ~__mmask64{0} : (__mmask64{1} << rest) - 1;
        const __m512i bytes = _mm512_maskz_loadu_epi8(valid, slice.data() + at);
        std::uint64_t hits = 0;
        for (const __m512i& byte : wanted) hits |= _mm512_cmpeq_epi8_mask(bytes, byte);
        out = write_positions_avx512(hits & valid, static_cast<std::uint32_t>(at), out);
        nul |= _mm512_mask_testn_epi8_mask(valid, bytes, bytes);
        high |= _mm512_movepi8_mask(bytes);
    }
    index.count = static_cast<std::size_t>(out - index.positions.data());
    index.any_nul = nul != 0;
    index.any_high = high != 0;
}

bool has(Isa isa) noexcept {
    switch (isa) {
    case Isa::avx512:
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
    case Isa::avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
    default: return true;
    }
}

constexpr std::array all_isas{Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512};

void run(Isa isa, std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    switch (isa) {
    case Isa::avx512: return index_avx512(slice, special, index);
    case Isa::avx2: return index_avx2(slice, special, index);
    case Isa::sse2: return index_sse2(slice, special, index);
    case Isa::scalar: return index_scalar(slice, special, index);
    }
}

#else

bool has(Isa) noexcept { return true; }
constexpr std::array all_isas{Isa::scalar};
void run(Isa, std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    index_scalar(slice, special, index);
}

#endif

} // namespace

std::span<const Isa> available_isas() noexcept {
    std::size_t count = 0;
    while (count < all_isas.size() && has(all_isas[count])) ++count;
    return std::span(all_isas).first(count);
}

const char* name(Isa isa) noexcept {
    constexpr const char* names[] = {"scalar", "sse2", "avx2", "avx512"};
    return names[static_cast<std::size_t>(isa)];
}

void build_index(std::string_view slice, SpecialBytes special, StructuralIndex& index, Isa isa) {
    if (const std::size_t room = slice.size() + block_size; index.positions.size() < room) {
        index.positions.resize(room);
    }
    run(isa, slice, special, index);
}

void build_index(std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    static const Isa best = available_isas().back();
    build_index(slice, special, index, best);
}

} // namespace ordermill::core
