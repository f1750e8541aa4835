#include "core/csv/csv_index.hpp"

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
    std::uint64_t special = 0;
    std::uint64_t nul = 0;
    std::uint64_t high = 0;
    // Those that stops are found by.
    std::uint64_t delimiters = 0;
    std::uint64_t ends = 0; ///< line feeds and carriage returns
    std::uint64_t spaces = 0;
    std::uint64_t quotes = 0; ///< '"', whatever the dialect's quote is
    std::uint64_t below = 0;  ///< below ' ', or above 127
};

/// Which bytes of one block are stops. Remembers the end of the block before.
class StopFinder {
  public:
    std::uint64_t stops(const BlockMasks& masks) noexcept {
        const std::uint64_t edges = masks.delimiters | masks.ends | masks.spaces;
        const std::uint64_t behind_edge = edges << 1 | edge_before_;
        const std::uint64_t behind_space = masks.spaces << 1 | space_before_;
        edge_before_ = edges >> 63;
        space_before_ = masks.spaces >> 63;
        return masks.ends | masks.quotes | (masks.special & ~masks.delimiters) |
               (masks.below & ~masks.special) | (masks.spaces & behind_edge) |
               (masks.delimiters & behind_space);
    }

  private:
    std::uint64_t edge_before_ = 1; ///< a slice begins a line
    std::uint64_t space_before_ = 0;
};

/// Writes the positions of the set bits, `group` at a time: about as many as there are. May write up to
/// `group` entries past the last one, so the room behind `out` is padded.
template<int group>
[[gnu::always_inline]] inline std::uint32_t* write_positions(std::uint64_t mask, std::uint32_t base,
                                                             std::uint32_t* out) noexcept {
    const int count = std::popcount(mask);
    int done = 0;
    do {
        for (int i = 0; i < group; ++i) {
            out[done + i] = base + static_cast<std::uint32_t>(std::countr_zero(mask));
            mask &= mask - 1;
        }
        done += group;
    } while (done < count);
    return out + count;
}

/// A slice's index while it is made.
struct IndexInHand {
    explicit IndexInHand(StructuralIndex& made)
        : index(made), positions(made.positions.data()), stops(made.stops.data()) {}

    void note(const BlockMasks& masks, std::uint64_t valid) noexcept {
        nul |= masks.nul & valid;
        high |= masks.high & valid;
    }
    void finish(Stops wanted) noexcept {
        index.count = static_cast<std::size_t>(positions - index.positions.data());
        index.any_nul = nul != 0;
        index.any_high = high != 0;
        index.stop_count = static_cast<std::size_t>(stops - index.stops.data());
        if (wanted == Stops::found) *stops = UINT32_MAX;
    }

    StructuralIndex& index;
    std::uint32_t* positions;
    std::uint32_t* stops;
    std::uint64_t nul = 0;
    std::uint64_t high = 0;
    StopFinder finder;
};

BlockMasks scan_scalar(const char* block, SpecialBytes special) noexcept {
    BlockMasks masks;
    for (std::size_t i = 0; i < block_size; ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        const char byte = block[i];
        for (const char wanted : special.bytes) {
            if (byte == wanted) masks.special |= bit;
        }
        if (byte == 0) masks.nul |= bit;
        if (static_cast<unsigned char>(byte) > 127) masks.high |= bit;
        if (byte == special.bytes[0]) masks.delimiters |= bit;
        if (byte == special.bytes[2] || byte == special.bytes[3]) masks.ends |= bit;
        if (byte == ' ') masks.spaces |= bit;
        if (byte == '"') masks.quotes |= bit;
        if (static_cast<signed char>(byte) < ' ') masks.below |= bit;
    }
    return masks;
}

template<Stops wanted>
[[gnu::always_inline]] inline void add_block(IndexInHand& index, const BlockMasks& masks, std::uint64_t valid,
                                             std::size_t at) noexcept {
    const auto base = static_cast<std::uint32_t>(at);
    index.note(masks, valid);
    index.positions = write_positions<8>(masks.special & valid, base, index.positions);
    if constexpr (wanted == Stops::found)
        index.stops = write_positions<2>(index.finder.stops(masks) & valid, base, index.stops);
}

/// The last block of a slice, with zeros behind its end.
struct LastBlock {
    LastBlock(std::string_view slice, std::size_t at) : valid((std::uint64_t{1} << (slice.size() - at)) - 1) {
        std::memcpy(bytes, slice.data() + at, slice.size() - at);
    }
    char bytes[block_size] = {};
    std::uint64_t valid;
};

constexpr std::uint64_t whole_block = ~std::uint64_t{0};

/// The loop over blocks; that of an instruction set which the rest of the program isn't compiled for must be
/// written out in a function of its own.
template<Stops wanted, class Scan>
void index_blocks(std::string_view slice, SpecialBytes special, StructuralIndex& made, Scan scan) {
    IndexInHand index(made);
    std::size_t at = 0;
    for (; at + block_size <= slice.size(); at += block_size)
        add_block<wanted>(index, scan(slice.data() + at, special), whole_block, at);
    if (at < slice.size()) {
        const LastBlock last(slice, at);
        add_block<wanted>(index, scan(last.bytes, special), last.valid, at);
    }
    index.finish(wanted);
}

template<Stops wanted>
void index_scalar(std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    index_blocks<wanted>(slice, special, index, scan_scalar);
}

#if defined(__x86_64__)

BlockMasks scan_sse2(const char* block, SpecialBytes wanted) noexcept {
    BlockMasks masks;
    for (int part = 0; part < 4; ++part) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + part * 16));
        const auto bits = [part](__m128i vector) {
            return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(vector)))
                   << (part * 16);
        };
        const auto equal = [bytes](char byte) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)); };
        const __m128i delimiters = equal(wanted.bytes[0]);
        const __m128i ends = _mm_or_si128(equal(wanted.bytes[2]), equal(wanted.bytes[3]));
        const __m128i escapes = _mm_or_si128(equal(wanted.bytes[1]), equal(wanted.bytes[4]));
        masks.special |= bits(_mm_or_si128(_mm_or_si128(delimiters, ends), escapes));
        masks.nul |= bits(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
        masks.high |= bits(bytes);
        masks.delimiters |= bits(delimiters);
        masks.ends |= bits(ends);
        masks.spaces |= bits(equal(' '));
        masks.quotes |= bits(equal('"'));
        masks.below |= bits(_mm_cmpgt_epi8(_mm_set1_epi8(' '), bytes));
    }
    return masks;
}

template<Stops wanted>
void index_sse2(std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    index_blocks<wanted>(slice, special, index, scan_sse2);
}

#define ORDERMILL_AVX2_INDEX "avx2,bmi,bmi2,popcnt"

[[gnu::target(ORDERMILL_AVX2_INDEX), gnu::always_inline]] inline std::uint64_t
bits_of(__m256i vector) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(vector));
}
[[gnu::target(ORDERMILL_AVX2_INDEX), gnu::always_inline]] inline __m256i equal_to(__m256i bytes,
                                                                                  char byte) noexcept {
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte));
}

[[gnu::target(ORDERMILL_AVX2_INDEX), gnu::always_inline]] inline BlockMasks
scan_avx2(const char* block, SpecialBytes wanted) noexcept {
    BlockMasks masks;
    for (int part = 0; part < 2; ++part) {
        const int shift = part * 32;
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + shift));
        const __m256i delimiters = equal_to(bytes, wanted.bytes[0]);
        const __m256i ends =
            _mm256_or_si256(equal_to(bytes, wanted.bytes[2]), equal_to(bytes, wanted.bytes[3]));
        const __m256i escapes =
            _mm256_or_si256(equal_to(bytes, wanted.bytes[1]), equal_to(bytes, wanted.bytes[4]));
        masks.special |= bits_of(_mm256_or_si256(_mm256_or_si256(delimiters, ends), escapes)) << shift;
        masks.nul |= bits_of(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())) << shift;
        masks.high |= bits_of(bytes) << shift;
        masks.delimiters |= bits_of(delimiters) << shift;
        masks.ends |= bits_of(ends) << shift;
        masks.spaces |= bits_of(equal_to(bytes, ' ')) << shift;
        masks.quotes |= bits_of(equal_to(bytes, '"')) << shift;
        masks.below |= bits_of(_mm256_cmpgt_epi8(_mm256_set1_epi8(' '), bytes)) << shift;
    }
    return masks;
}

template<Stops wanted>
[[gnu::target(ORDERMILL_AVX2_INDEX)]] void index_avx2(std::string_view slice, SpecialBytes special,
                                                      StructuralIndex& made) {
    IndexInHand index(made);
    std::size_t at = 0;
    for (; at + block_size <= slice.size(); at += block_size)
        add_block<wanted>(index, scan_avx2(slice.data() + at, special), whole_block, at);
    if (at < slice.size()) {
        const LastBlock last(slice, at);
        add_block<wanted>(index, scan_avx2(last.bytes, special), last.valid, at);
    }
    index.finish(wanted);
}

#define ORDERMILL_AVX512 "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt"

/// 16 of the bytes, each as 4 bytes. (Masked: the compiler takes the plain intrinsics for uninitialised.)
template<int quarter>
[[gnu::target(ORDERMILL_AVX512)]] inline __m512i widened(__m512i bytes) noexcept {
    return _mm512_maskz_cvtepu8_epi32(__mmask16{0xFFFF},
                                      _mm512_maskz_extracti32x4_epi32(__mmask8{0xF}, bytes, quarter));
}

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
    _mm512_storeu_si512(out, _mm512_add_epi32(first, widened<0>(offsets)));
    if (count > 16) [[unlikely]] {
        _mm512_storeu_si512(out + 16, _mm512_add_epi32(first, widened<1>(offsets)));
        _mm512_storeu_si512(out + 32, _mm512_add_epi32(first, widened<2>(offsets)));
        _mm512_storeu_si512(out + 48, _mm512_add_epi32(first, widened<3>(offsets)));
    }
    return out + count;
}

template<Stops wanted>
[[gnu::target(ORDERMILL_AVX512)]] void index_avx512(std::string_view slice, SpecialBytes special,
                                                    StructuralIndex& made) {
    __m512i wanted_bytes[5];
    for (int i = 0; i < 5; ++i) wanted_bytes[i] = _mm512_set1_epi8(special.bytes[i]);
    IndexInHand index(made);
    for (std::size_t at = 0; at < slice.size(); at += block_size) {
        const std::size_t rest = slice.size() - at;
        const __mmask64 valid = rest >= block_size ? ~__mmask64{0} : (__mmask64{1} << rest) - 1;
        const __m512i bytes = _mm512_maskz_loadu_epi8(valid, slice.data() + at);
        std::uint64_t hits[5];
        for (int i = 0; i < 5; ++i) hits[i] = _mm512_cmpeq_epi8_mask(bytes, wanted_bytes[i]);
        BlockMasks masks;
        masks.delimiters = hits[0];
        masks.ends = hits[2] | hits[3];
        masks.special = masks.delimiters | masks.ends | hits[1] | hits[4];
        masks.nul = _mm512_testn_epi8_mask(bytes, bytes);
        masks.high = _mm512_movepi8_mask(bytes);
        if constexpr (wanted == Stops::found) {
            masks.spaces = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' '));
            masks.quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
            masks.below = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' '));
        }
        const auto base = static_cast<std::uint32_t>(at);
        index.note(masks, valid);
        index.positions = write_positions_avx512(masks.special & valid, base, index.positions);
        if constexpr (wanted == Stops::found)
            index.stops = write_positions_avx512(index.finder.stops(masks) & valid, base, index.stops);
    }
    index.finish(wanted);
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

template<Stops wanted>
void run(Isa isa, std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    switch (isa) {
    case Isa::avx512: return index_avx512<wanted>(slice, special, index);
    case Isa::avx2: return index_avx2<wanted>(slice, special, index);
    case Isa::sse2: return index_sse2<wanted>(slice, special, index);
    case Isa::scalar: return index_scalar<wanted>(slice, special, index);
    }
}

#else

bool has(Isa) noexcept { return true; }
constexpr std::array all_isas{Isa::scalar};
template<Stops wanted>
void run(Isa, std::string_view slice, SpecialBytes special, StructuralIndex& index) {
    index_scalar<wanted>(slice, special, index);
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

void build_index(std::string_view slice, SpecialBytes special, StructuralIndex& index, Stops stops, Isa isa) {
    const std::size_t room = slice.size() + block_size;
    if (index.positions.size() < room) index.positions.resize(room);
    if (stops == Stops::left_out) {
        run<Stops::left_out>(isa, slice, special, index);
        return;
    }
    if (index.stops.size() < room) index.stops.resize(room);
    run<Stops::found>(isa, slice, special, index);
}

void build_index(std::string_view slice, SpecialBytes special, StructuralIndex& index, Stops stops) {
    static const Isa best = available_isas().back();
    build_index(slice, special, index, stops, best);
}

} // namespace ordermill::core
