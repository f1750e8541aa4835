// FastProgram's operations with AVX2: each takes a field's text to its value and to its place in the row, or
// gives up (a null pointer) where the general way must look at it. Texts are read in blocks of 32 bytes that
// may reach beyond their ends, which row_padding allows.
#include "core/clean/clean.hpp"
#include "core/fast/avx2_blocks.hpp"
#include "core/fast/avx2_digits.hpp"
#include "core/fast/avx2_texts.hpp"
#include "core/memory/small_copy.hpp"
#include "core/number/two_digits.hpp"

#if defined(__x86_64__)

namespace ordermill::core {
namespace {

using namespace avx2;

ORDERMILL_AVX2_INLINE void set_number(Value& value, std::int64_t number) noexcept {
    value.size = 0;
    value.reason = Reason::none;
    value.set_number(number);
}

/// The rules on numbers and dates.
ORDERMILL_AVX2_INLINE bool allowed(const FastOperation& op, const Value& value) noexcept {
    const auto above = static_cast<std::uint64_t>(value.number) - static_cast<std::uint64_t>(op.minimum);
    if (above > op.range || value.number == op.excluded) return false;
    return !op.check_all || op.field->check(value) == Reason::none;
}

ORDERMILL_AVX2_INLINE char* run_integer(const FastOperation& op, std::string_view text, Value& value,
                                        char* out) {
    const bool negative = text[0] == '-';
    const std::size_t count = text.size() - (negative ? 1 : 0);
    const char* const digits = text.data() + (negative ? 1 : 0);
    std::int64_t number = 0;
    if (count == 0 || count > 8 ||
        !read_digits(load_8_bytes(digits), static_cast<std::uint32_t>(count), number)) [[unlikely]] {
        const ParsedNumber parsed = parse_integer(text, op.field->number_format());
        if (parsed.reason != Reason::none) return nullptr;
        set_number(value, parsed.value);
        return allowed(op, value) ? write_integer(out, parsed.value) : nullptr;
    }
    set_number(value, negative ? -number : number);
    if (!allowed(op, value)) return nullptr;
    if (digits[0] == '0') return write_integer(out, value.number); // zeros in front, or -0
    std::memcpy(out, text.data(), 16);
    return out + text.size();
}

/// With fewer digits behind the point than are written, or none, or no usual number at all.
[[gnu::noinline]] ORDERMILL_AVX2 char* run_other_decimal(const FastOperation& op, std::string_view text,
                                                         Value& value, char* out) {
    const bool negative = text[0] == '-';
    const char* const begin = text.data() + (negative ? 1 : 0);
    const std::size_t size = text.size() - (negative ? 1 : 0);
    const std::uint64_t all = load_8_bytes(begin);
    const std::uint64_t differs = all ^ every_byte(static_cast<unsigned char>(op.decimal_point));
    const std::uint64_t points = (differs - every_byte(1)) & ~differs & every_byte(0x80);
    const std::size_t point = points == 0 ? 8 : static_cast<std::size_t>(_tzcnt_u64(points)) / 8;
    const bool has_point = points != 0 && point < size;
    const std::size_t whole = has_point ? point : size;
    const std::size_t fraction = size - whole - (has_point ? 1 : 0);
    const std::size_t count = whole + fraction;
    std::uint64_t word = all;
    if (has_point) {
        const auto below = static_cast<std::uint32_t>(8 * point);
        word = _bzhi_u64(all, below) | all >> 8 >> below << below;
    }
    std::int64_t number = 0;
    if (size == 0 || size > 8 || count == 0 || fraction > op.type.scale ||
        !read_digits(word, static_cast<std::uint32_t>(count), number)) [[unlikely]] {
        const ParsedNumber parsed = parse_decimal(text, op.field->number_format());
        if (parsed.reason != Reason::none || parsed.rounded) return nullptr;
        set_number(value, parsed.value);
        return allowed(op, value) ? write_units(out, parsed.value, op.type) : nullptr;
    }
    number *= powers_of_ten[op.type.scale - fraction];
    set_number(value, negative ? -number : number);
    if (!allowed(op, value)) return nullptr;
    const bool as_written = op.type.trim_zeros ? !has_point || (fraction > 0 && text.back() != '0')
                                               : fraction == op.type.scale && has_point == (fraction > 0);
    const bool usual = begin[0] != '0' || (whole == 1 && !(negative && number == 0));
    if (as_written && whole > 0 && usual && op.decimal_point == '.') {
        std::memcpy(out, text.data(), 16);
        return out + text.size();
    }
    return write_units(out, value.number, op.type);
}

ORDERMILL_AVX2_INLINE char* run_decimal(const FastOperation& op, std::string_view text, Value& value,
                                        char* out) {
    const bool negative = text[0] == '-';
    const char* const begin = text.data() + (negative ? 1 : 0);
    const std::size_t size = text.size() - (negative ? 1 : 0);
    // As many digits behind the point as are written, and one or more before it.
    const std::size_t whole = size - op.type.scale - 1;
    std::int64_t number = 0;
    if (whole - 1 >= 7 || size > 8 || op.type.scale == 0 || begin[whole] != op.decimal_point)
        return run_other_decimal(op, text, value, out);
    const std::uint64_t all = load_8_bytes(begin);
    const auto below = static_cast<std::uint32_t>(8 * whole);
    const std::uint64_t word = _bzhi_u64(all, below) | all >> 8 >> below << below;
    if (!read_digits(word, static_cast<std::uint32_t>(size - 1), number)) [[unlikely]]
        return run_other_decimal(op, text, value, out);
    set_number(value, negative ? -number : number);
    if (!allowed(op, value)) return nullptr;
    const bool usual = begin[0] != '0' || (whole == 1 && !(negative && number == 0));
    if (!usual || op.type.trim_zeros || op.decimal_point != '.') [[unlikely]]
        return write_units(out, value.number, op.type);
    std::memcpy(out, text.data(), 16);
    return out + text.size();
}

/// The digits in their order, by the shape; a digit that isn't there is 0.
ORDERMILL_AVX2_INLINE __m128i digits_of(const DateShape& shape, __m256i text) noexcept {
    const auto load = [](const auto& bytes) { return reinterpret_cast<const __m128i*>(bytes.data()); };
    const __m256i numbers = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
    return _mm_or_si128(
        _mm_shuffle_epi8(_mm256_castsi256_si128(numbers), _mm_load_si128(load(shape.low))),
        _mm_shuffle_epi8(_mm256_extracti128_si256(numbers, 1), _mm_load_si128(load(shape.high))));
}

ORDERMILL_AVX2_INLINE char* run_date(const FastOperation& op, std::string_view text, FastShapes& shapes,
                                     Value& value, char* out) {
    if (text.size() > block_size) return nullptr;
    const __m256i block = load_text(text);
    const __m256i numbers = _mm256_sub_epi8(block, _mm256_set1_epi8('0'));
    const __m256i is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(numbers, _mm256_set1_epi8(9)), numbers);
    const __m256i zeroed = _mm256_blendv_epi8(block, _mm256_set1_epi8('0'), is_digit);
    const std::uint64_t mapping = bits_of(is_digit);
    DateShape& shape = shapes.at((mapping << 6 ^ text.size()) * 0x9E3779B97F4A7C15);
    if (!equal(zeroed, load_block(shape.text.data()))) [[unlikely]]
        shape = op.field->dates().shape_of(text);
    if (!shape.readable || (!op.utf8 && bits_of(block) != 0)) return nullptr;

    __m128i digits = digits_of(shape, block);
    // Century, year of it, month, day, hour, minute, second.
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
    if (shape.short_year) {
        const int year = op.field->dates().whole_year(_mm_extract_epi16(pairs, 1));
        digits = _mm_insert_epi16(digits, year / 1000 | (year / 100 % 10) << 8, 0);
        pairs = _mm_insert_epi16(pairs, year / 100, 0);
    }
    const __m128i most = _mm_setr_epi16(99, 99, 12, 31, 23, 59, 59, 0);
    const __m128i least = _mm_setr_epi16(0, 0, 1, 1, 0, 0, 0, 0);
    const __m128i outside = _mm_or_si128(_mm_cmpgt_epi16(pairs, most), _mm_cmpgt_epi16(least, pairs));
    const std::uint32_t year =
        static_cast<std::uint32_t>(_mm_extract_epi16(pairs, 0) * 100 + _mm_extract_epi16(pairs, 1));
    if (_mm_movemask_epi8(outside) != 0 || year - months_first_year >= months_years) return nullptr;
    const auto month_index = static_cast<std::uint32_t>(_mm_extract_epi16(pairs, 2) - 1);
    const Month& month = months_table[(year - months_first_year) * 12 + month_index];
    const int day = _mm_extract_epi16(pairs, 3);
    if (day > month.length) return nullptr;

    const __m128i ascii = _mm_add_epi8(digits, _mm_set1_epi8('0'));
    const __m128i places = _mm_setr_epi8(0, 1, 2, 3, -1, 4, 5, -1, 6, 7, -1, 8, 9, -1, 10, 11);
    const __m128i between = _mm_setr_epi8(0, 0, 0, 0, '-', 0, 0, '-', 0, 0, 'T', 0, 0, ':', 0, 0);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_or_si128(_mm_shuffle_epi8(ascii, places), between));
    const std::int64_t days = month.days_before + day;
    if (op.type.kind == Kind::date) {
        set_number(value, days);
        return allowed(op, value) ? out + 10 : nullptr;
    }
    const int seconds =
        (_mm_extract_epi16(pairs, 4) * 60 + _mm_extract_epi16(pairs, 5)) * 60 + _mm_extract_epi16(pairs, 6);
    set_number(value, (days * 86'400 + seconds) * 1'000'000);
    out[16] = ':';
    const auto two = static_cast<std::uint16_t>(_mm_extract_epi16(ascii, 6));
    std::memcpy(out + 17, &two, 2);
    return allowed(op, value) ? out + 19 : nullptr;
}

/// What the same text came to the last time.
ORDERMILL_AVX2_INLINE char* run_memo(ValueCache& memo, std::string_view text, Value& value,
                                     char* out) noexcept {
    if (text.size() > ValueCache::longest) return nullptr;
    const __m256i block = load_text(text);
    const ValueCache::Entry& entry = memo.at(hash_of(block));
    if (!entry.known || !equal(block, load_block(entry.text.data()))) return nullptr;
    value = entry.value;
    store_block(out, load_block(entry.written.data()));
    return out + entry.written_size;
}

ORDERMILL_AVX2_INLINE void remember(ValueCache::Entry& entry, __m256i text, std::string_view written,
                                    const Value& value) noexcept {
    store_block(entry.text.data(), text);
    std::copy(written.begin(), written.end(), entry.written.begin());
    entry.written_size = static_cast<std::uint32_t>(written.size());
    entry.value = value;
    entry.value.data = entry.written.data(); // its text is what was written
    entry.known = true;
}

ORDERMILL_AVX2_INLINE char* run_product(const FastOperation& op, const Value& a, const Value& b, Value& value,
                                        char* out) noexcept {
    std::int64_t product = 0;
    if (a.state != State::present || b.state != State::present ||
        __builtin_mul_overflow(a.number, b.number, &product))
        return nullptr;
    set_number(value, product);
    return allowed(op, value) ? write_units(out, product, op.type) : nullptr;
}

ORDERMILL_AVX2_INLINE char* write_text(char* out, const FastText& text) noexcept {
    store_block(out, load_block(text.bytes.data()));
    return out + text.size;
}

bool begins_with(std::string_view text, std::string_view prefix) noexcept {
    if (prefix.empty()) return true;
    if (text.size() < prefix.size() || text.front() != prefix.front()) return false;
    return std::memcmp(text.data(), prefix.data(), prefix.size()) == 0;
}

ORDERMILL_AVX2_INLINE char* run_choice(const FastChoice& choice, const Value& of, Value& value,
                                       char* out) noexcept {
    const bool yes = of.state == State::present && begins_with(of.text(), choice.prefix);
    const FastChoice::Outcome& outcome = yes ? choice.yes : choice.no;
    value.set_text(outcome.text);
    value.reason = Reason::none;
    return write_text(out, outcome.written);
}

/// Where operations find a record's fields.
struct ViewedFields {
    const FieldView* views;
};
template<class Fields>
constexpr bool are_plain = std::is_same_v<Fields, PlainFields>;

enum class Found : std::uint8_t { text, nothing, odd };

/// The operation's text as it stands in the record, trimmed.
ORDERMILL_AVX2_INLINE Found find_written(const FastOperation& op, ViewedFields fields,
                                         std::string_view& text) noexcept {
    const FieldView& field = fields.views[op.column];
    if (field.escaped) return Found::odd;
    text = field.view();
    if (text.empty()) return Found::nothing;
    const auto visible = [](char byte) { return static_cast<signed char>(byte) > ' '; };
    if (visible(text.front()) && visible(text.back())) [[likely]]
        return Found::text;
    // In other encodings other bytes are white space.
    if (!op.utf8) return Found::odd;
    text = trim_edges(text);
    return text.empty() ? Found::nothing : Found::text;
}
ORDERMILL_AVX2_INLINE Found find_written(const FastOperation& op, PlainFields fields,
                                         std::string_view& text) noexcept {
    text = fields[op.column];
    return text.empty() ? Found::nothing : Found::text;
}

/// The operation's text in the record.
template<class Fields>
ORDERMILL_AVX2_INLINE Found find_text(const FastOperation& op, Fields fields,
                                      std::string_view& text) noexcept {
    const Found found = find_written(op, fields, text);
    if (found != Found::text || op.missing_lengths == 0) return found;
    const std::size_t length = std::min<std::size_t>(text.size(), 63);
    const bool may_mean_missing = (op.missing_lengths >> length & 1) != 0;
    return may_mean_missing && op.field->is_missing(text) ? Found::odd : Found::text;
}

/// An operation on a column; null where it gives up.
template<FastOperation::Kind kind, class Fields>
ORDERMILL_AVX2_INLINE char* run_column(const FastOperation& op, Fields fields, FastProgram& rows,
                                       char delimiter, Value& value, char* out) noexcept {
    std::string_view text;
    const Found found = find_text(op, fields, text);
    if (found != Found::text) {
        if (found == Found::odd || !op.may_be_missing) return nullptr;
        value.size = 0;
        value.state = State::missing;
        value.reason = Reason::none;
        return write_text(out, rows.missing);
    }
    if constexpr (kind == FastOperation::Kind::text)
        return are_plain<Fields> ? run_plain_text(op, text, value, out)
                                 : run_text(op, text, delimiter, value, out);
    if constexpr (kind == FastOperation::Kind::integer) return run_integer(op, text, value, out);
    if constexpr (kind == FastOperation::Kind::decimal) return run_decimal(op, text, value, out);
    if constexpr (kind == FastOperation::Kind::date)
        return run_date(op, text, rows.shapes[op.special], value, out);
    if constexpr (kind == FastOperation::Kind::memo)
        return run_memo(rows.memos[op.special], text, value, out);
}

} // namespace

/// Writes the row at `out`, a delimiter behind each field; returns the end, or null where the general way
/// must do the record. `viewed` gives the fields as views, which the general way takes.
template<class Fields, class Viewed>
ORDERMILL_AVX2_INLINE char* Cleaner::run_operations(Fields fields, const Viewed& viewed, char* out) {
    using Run = FastOperation::Kind;
    // Copies: to the compiler, what is written through `out` might be anything.
    const char delimiter = recipe_.output().delimiter;
    Value* const slots = slots_.data();
    for (const FastOperation* at = rows_.ops.data();; ++at) {
        const FastOperation& op = *at;
        Value& value = *op.value;
        char* next = nullptr;
        switch (op.kind) {
        case Run::end: return out;
        case Run::texts:
            if constexpr (are_plain<Fields>) {
                next = run_texts(op, fields, out);
                if (next != nullptr) {
                    at += op.others;
                    break;
                }
            }
            [[fallthrough]];
        case Run::text: next = run_column<Run::text>(op, fields, rows_, delimiter, value, out); break;
        case Run::memo: next = run_column<Run::memo>(op, fields, rows_, delimiter, value, out); break;
        case Run::integer: next = run_column<Run::integer>(op, fields, rows_, delimiter, value, out); break;
        case Run::decimal: next = run_column<Run::decimal>(op, fields, rows_, delimiter, value, out); break;
        case Run::date: next = run_column<Run::date>(op, fields, rows_, delimiter, value, out); break;
        case Run::product: next = run_product(op, slots[op.special], slots[op.other], value, out); break;
        case Run::choice: {
            const FastChoice& choice = rows_.choices[op.special];
            next = run_choice(choice, slots[choice.slot], value, out);
            break;
        }
        case Run::value:
            if (run_generally(op, viewed(), out) == nullptr) return nullptr;
            continue;
        case Run::general:
        case Run::written: break;
        default: __builtin_unreachable();
        }
        if (next == nullptr) [[unlikely]] {
            next =
                op.kind == Run::memo ? run_and_remember(op, viewed(), out) : run_generally(op, viewed(), out);
            if (next == nullptr) return nullptr;
        }
        *next++ = delimiter;
        out = next;
    }
}

ORDERMILL_AVX2 char* Cleaner::run_row(std::span<const FieldView> fields, char* out) {
    return run_operations(
        ViewedFields{fields.data()}, [fields] { return fields; }, out);
}

/// Walks past the records that it wrote.
ORDERMILL_AVX2 void Cleaner::run_plain_rows(PlainRecords& records) {
    PlainRecords at = records; // a copy, as for `slots` above
    const std::string_view header_begin = header_begin_;
    for (; at.here(); at.next(), ++line_) {
        const PlainFields fields = at.fields();
        if (fields[0] == header_begin) break; // a repeated header, perhaps
        if (untidy_) begin_record();
        if (!simple_ && !recipe_.splits().empty()) split_columns(reader_.fields_of(fields));
        char* const out = begin_row(at.end() - at.begin());
        char* const end = faults_.empty() ? run_operations(
                                                fields, [&] { return reader_.fields_of(fields); }, out)
                                          : nullptr;
        if (!finish_plain_row(at, out, end)) break;
    }
    records.go_to(at);
}

/// The general way for a field with a memo. What came of the text is kept for the next time if it is short,
/// simply its value, and all that there is to it.
ORDERMILL_AVX2 char* Cleaner::run_and_remember(const FastOperation& op, std::span<const FieldView> fields,
                                               char* out) {
    const std::size_t notes = flags_.size() + pending_.size();
    char* const end = run_generally(op, fields, out);
    std::string_view text;
    const Value& value = slots_[op.slot];
    if (end == nullptr || value.state != State::present || flags_.size() + pending_.size() != notes ||
        find_text(op, ViewedFields{fields.data()}, text) != Found::text || text.size() > ValueCache::longest)
        return end;
    const std::string_view written(out, static_cast<std::size_t>(end - out));
    if (written.size() > ValueCache::longest || (op.type.kind == Kind::text && written != value.text()))
        return end;
    const __m256i block = load_text(text);
    remember(rows_.memos[op.special].at(hash_of(block)), block, written, value);
    return end;
}

} // namespace ordermill::core

#endif
