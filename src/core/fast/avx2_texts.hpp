#pragma once

#include "core/base/value.hpp"
#include "core/contact/contact.hpp"
#include "core/csv/csv.hpp"
#include "core/fast/avx2_blocks.hpp"
#include "core/fast/fast_program.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__x86_64__)

/// The operations on texts, for fast_operations_avx2.cpp: each takes a field's text to its value and to its place
/// in the row, and returns the end; null where it gives up.
namespace ordermill::core::avx2 {

/// The operation's change of case.
struct Letters {
    __m256i flip;
    __m256i first;
};
ORDERMILL_AVX2_INLINE Letters letters_of(const FastOperation& op) noexcept {
    return {_mm256_set1_epi8(op.case_flip), _mm256_set1_epi8(static_cast<char>(op.case_first - 128))};
}
ORDERMILL_AVX2_INLINE __m256i changed(const Letters& letters, __m256i block) noexcept {
    const __m256i changing =
        _mm256_cmpgt_epi8(_mm256_set1_epi8(-128 + 26), _mm256_sub_epi8(block, letters.first));
    return _mm256_xor_si256(block, _mm256_and_si256(changing, letters.flip));
}

/// The rules on texts. `block`: a text of up to 32 bytes; of a longer one it doesn't matter.
ORDERMILL_AVX2_INLINE bool text_allowed(const FastOperation& op, const Value& value, __m256i block) noexcept {
    if (!op.text_rules) return true;
    if (op.pattern != nullptr) {
        const PatternShapes& shapes = op.pattern->shapes();
        if (!(shapes.know(value.size) ? matches(shapes, block, value.size)
                                      : op.pattern->matches(value.text())))
            return false;
    }
    if (op.email && check_email(value.text()) != Reason::none) return false;
    return !op.check_all || op.field->check(value) == Reason::none;
}

/// Takes these bytes out of a text of one block; returns its new size. May write a block behind its end.
ORDERMILL_AVX2_INLINE std::size_t take_out(std::uint32_t bytes, char* text, std::size_t size) noexcept {
    for (; bytes != 0; --size) {
        const auto last = static_cast<std::uint32_t>(31 - std::countl_zero(bytes));
        store_block(text + last, load_block(text + last + 1));
        bytes = _bzhi_u32(bytes, last);
    }
    return size;
}

/// Letters beyond ASCII in a text, in UTF-8, a block after the other: those of Latin-1, whose second byte
/// changes its case by the same bit as ASCII does; and up to U+02FF where no case is to change. None of them
/// is white space, a mark, or put together with another. Blocks of ASCII may be left out: no letter goes on
/// behind one.
class LatinLetters {
  public:
    ORDERMILL_AVX2_INLINE explicit LatinLetters(const FastOperation& op) noexcept
        : changes_(op.case_flip != 0), upper_(op.case_first == 'a') {}

    /// The block in its case; `others`: bytes of anything else.
    ORDERMILL_AVX2_INLINE __m256i changed(__m256i block, std::uint32_t& others) noexcept {
        const __m256i before = _mm256_alignr_epi8(block, _mm256_permute2x128_si256(last_, block, 0x21), 15);
        last_ = block;
        const __m256i leads = _mm256_andnot_si256(_mm256_cmpgt_epi8(byte(0xC0), block), negative(block));
        const __m256i most = byte(changes_ ? latin_1 : 0xCB);
        const __m256i odd = _mm256_and_si256(
            leads, _mm256_or_si256(_mm256_cmpgt_epi8(byte(latin_1), block), _mm256_cmpgt_epi8(block, most)));
        others = bits_of(odd);
        if (!changes_) return block;
        const __m256i seconds = equals(before, static_cast<char>(latin_1));
        // Sharp s and y with diaeresis become letters that are further away.
        if (upper_) others |= bits_of(_mm256_and_si256(seconds, either(block, 0x9F, 0xBF)));
        // 31 of the first or of the second 32; one is the sign of multiplication or of division.
        const __m256i from_first = _mm256_sub_epi8(block, byte(upper_ ? 0xA0 - 128 : 0x80 - 128));
        const __m256i letters = _mm256_andnot_si256(
            either(block, 0x97, 0xB7), _mm256_cmpgt_epi8(_mm256_set1_epi8(-128 + 31), from_first));
        return _mm256_xor_si256(block, _mm256_and_si256(_mm256_and_si256(seconds, letters), byte(0x20)));
    }

  private:
    static constexpr int latin_1 = 0xC3; ///< the first byte of U+00C0 to U+00FF
    ORDERMILL_AVX2_INLINE static __m256i byte(int byte) noexcept {
        return _mm256_set1_epi8(static_cast<char>(byte));
    }
    ORDERMILL_AVX2_INLINE static __m256i negative(__m256i block) noexcept {
        return _mm256_cmpgt_epi8(_mm256_setzero_si256(), block);
    }
    ORDERMILL_AVX2_INLINE static __m256i either(__m256i block, int one, int other) noexcept {
        return _mm256_or_si256(_mm256_cmpeq_epi8(block, byte(one)), _mm256_cmpeq_epi8(block, byte(other)));
    }

    bool changes_;
    bool upper_;
    __m256i last_ = _mm256_setzero_si256();
};

/// Trimmed text of any record: in its case, spaces collapsed, in quotes where the output needs them.
ORDERMILL_AVX2_INLINE char* run_text(const FastOperation& op, std::string_view text, char delimiter,
                                     Value& value, char* out) {
    const Letters letters = letters_of(op);
    std::uint32_t odd = 0;
    std::uint32_t doubled = 0; // spaces behind spaces that are to go
    std::uint32_t quoted = op.quote_always;
    std::uint32_t space_before = 0;
    __m256i block = _mm256_setzero_si256();
    LatinLetters latin(op);
    for (std::size_t at = 0; at < text.size(); at += block_size) {
        block = load_block(text.data() + at);
        const std::uint32_t valid = low_bits(std::min(text.size() - at, block_size));
        const __m256i visible = _mm256_max_epu8(block, _mm256_set1_epi8(' '));
        const std::uint32_t spaces = where(block, ' ');
        odd |= (~bits_of(_mm256_cmpeq_epi8(block, visible)) | where(block, '"')) & valid;
        doubled |= spaces & (spaces << 1 | space_before) & op.two_spaces & valid;
        quoted |= where(block, delimiter) & valid;
        space_before = spaces >> 31;
        if (!op.any_bytes && (bits_of(block) & valid) != 0) {
            if (!op.utf8 || op.email) return nullptr;
            std::uint32_t others = 0;
            block = latin.changed(block, others);
            odd |= others & valid;
        }
        block = changed(letters, block);
        store_block(out + at, block);
    }
    if (odd != 0) [[unlikely]]
        return nullptr;
    if (doubled != 0) {
        if (text.size() > block_size) return nullptr;
        text = {out, take_out(doubled, out, text.size())};
        block = load_block(out);
    } else if (op.case_flip != 0) {
        text = {out, text.size()};
    }
    value.set_text(text);
    value.reason = Reason::none;
    char* end = out + text.size();
    if (quoted != 0) [[unlikely]] {
        std::memmove(out + 1, out, text.size());
        out[0] = '"';
        end[1] = '"';
        end += 2;
        if (text.data() == out) ++value.data;
    }
    return text_allowed(op, value, block) ? end : nullptr;
}

/// As `run_text`, of a plain record.
ORDERMILL_AVX2_INLINE char* run_plain_text(const FastOperation& op, std::string_view text, Value& value,
                                           char* out) {
    const Letters letters = letters_of(op);
    __m256i block = _mm256_setzero_si256();
    for (std::size_t at = 0; at < text.size(); at += block_size) {
        block = changed(letters, load_block(text.data() + at));
        store_block(out + at, block);
    }
    value.set_text({op.case_flip == 0 ? text.data() : out, text.size()});
    value.reason = Reason::none;
    return text_allowed(op, value, block) ? out + text.size() : nullptr;
}

/// What is to be seen to in a text beside its being copied. `written`: what it came to.
ORDERMILL_AVX2_INLINE bool text_settled(const FastOperation& op, std::string_view text,
                                        const char* written) noexcept {
    if (text.empty()) return op.may_be_missing;
    if ((op.missing_lengths >> std::min<std::size_t>(text.size(), 63) & 1) != 0 && op.field->is_missing(text))
        return false;
    return text_allowed(op, *op.value, load_block(written));
}

/// As `run_plain_text` for each of `first` and the operations behind it, the delimiters between them
/// included. Null where one of them gives up.
ORDERMILL_AVX2_INLINE char* run_texts(const FastOperation& first, PlainFields fields, char* out) noexcept {
    const Letters letters = letters_of(first);
    const std::uint32_t* end = fields.ends + first.column;
    std::uint32_t begin = end[-1] + 1;
    const char* text = fields.base + begin;
    const std::size_t all = end[first.others] - begin;
    for (std::size_t at = 0; at < all; at += block_size)
        store_block(out + at, changed(letters, load_block(text + at)));
    char* written = out;
    const std::ptrdiff_t to_value = first.case_flip == 0 ? text - out : 0;
    for (const FastOperation *op = &first, *const last = op + first.others;; ++op) {
        const std::uint32_t size = *end - begin;
        Value& value = *op->value;
        value.data = written + to_value;
        value.size = size;
        value.state = size > 0 ? State::present : State::missing;
        value.reason = Reason::none;
        if (op->checked && !text_settled(*op, {text, size}, written)) return nullptr;
        if (op == last) return out + all;
        begin = *end++ + 1;
        text += size + 1;
        written += size + 1;
    }
}

} // namespace ordermill::core::avx2

#endif
