#include "core/csv/csv.hpp"

#include "core/text/text.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace ordermill::core {
namespace {

constexpr std::size_t slice_size = std::size_t{128} << 10;

SpecialBytes special_bytes(const Dialect& dialect) noexcept {
    const char quote = dialect.quote != 0 ? dialect.quote : dialect.delimiter;
    const char lf = dialect.line_end != LineEnd::cr ? '\n' : '\r';
    const char cr = dialect.line_end != LineEnd::lf ? '\r' : '\n';
    return {{dialect.delimiter, quote, lf, cr, dialect.backslash ? '\\' : dialect.delimiter}};
}

std::string unescaped(const FieldView& field, const Dialect& dialect) {
    std::string text(field.size, '\0');
    text.resize(static_cast<std::size_t>(unescape(field, dialect, text.data()) - text.data()));
    return text;
}

} // namespace

RecordReader::RecordReader(const Dialect& dialect, std::uint32_t columns)
    : dialect_(dialect), columns_(columns), special_(special_bytes(dialect)), fields_(columns + 1) {}

void RecordReader::set_columns(std::uint32_t columns) {
    columns_ = columns;
    if (fields_.size() <= columns) fields_.resize(columns + 1);
}

void RecordReader::open(std::string_view bytes, std::size_t begin, bool at_end) {
    bytes_ = bytes;
    at_end_ = at_end;
    position_ = begin;
    slice_begin_ = slice_end_ = begin;
    cursor_ = 0;
    index_.count = 0;
    stops_known_ = false;
}

void RecordReader::index_slice(std::size_t begin, std::size_t size) {
    slice_begin_ = begin;
    slice_end_ = begin + std::min(size, bytes_.size() - begin);
    const Stops stops = stops_for_next_slice();
    build_index(bytes_.substr(slice_begin_, slice_end_ - slice_begin_), special_, index_, stops);
    stops_known_ = stops == Stops::found;
    cursor_ = stop_ = plain_ = others_ = 0;
}

RecordReader::Next RecordReader::next() {
    if (position_ == bytes_.size()) return Next::end;
    ++others_;
    if (next_plain()) return finish_plain();
    for (;;) {
        const Walk walked = position_ < slice_end_ ? walk() : Walk::slice_end;
        if (walked == Walk::done) return finish();
        if (walked == Walk::partial) return Next::partial;
        if (walked == Walk::over_limit) return take_long_line();
        const std::size_t known = slice_end_ > position_ ? slice_end_ - position_ : 0;
        index_slice(position_, std::max(slice_size, 2 * known));
        if (next_plain()) return finish_plain();
    }
}

/// The common record: the expected number of fields, ended by LF or CRLF within the slice; quoted fields have
/// no line breaks inside.
bool RecordReader::next_plain() noexcept {
    const std::size_t columns = columns_;
    // One more entry than the record needs: an LF behind a CR.
    if (columns == 0 || cursor_ + columns >= index_.count) return false;
    if (dialect_.comment != 0 && bytes_[position_] == dialect_.comment) return false;
    if (mark_size() > 0) return false;
    const char* const base = bytes_.data() + slice_begin_;
    const std::uint32_t* at = index_.positions.data() + cursor_;
    FieldView* field = fields_.data();
    const FieldView* const last = field + columns - 1;
    const char delimiter = dialect_.delimiter;
    const auto record_begin = static_cast<std::uint32_t>(position_ - slice_begin_);
    std::uint32_t begin = record_begin;
    for (; field != last; ++field) {
        if (base[*at] == delimiter) [[likely]] {
            *field = {base + begin, *at - begin, false, false};
        } else {
            at = take_quoted(base, begin, at, *field);
            if (at == nullptr || base[*at] != delimiter) return false;
        }
        begin = *at++ + 1;
    }
    std::uint32_t end = *at;
    if (base[end] == dialect_.quote && dialect_.quote != 0) {
        at = take_quoted(base, begin, at, *field);
        if (at == nullptr) return false;
        end = *at;
    } else {
        *field = {base + begin, end - begin, false, false};
    }
    record_.content_end = slice_begin_ + end;
    ++at;
    if (base[end] == '\r' && dialect_.line_end != LineEnd::cr) {
        if (at == index_.positions.data() + index_.count || *at != end + 1 || base[end + 1] != '\n')
            return false;
        ++end;
        ++at;
    } else if (base[end] != '\n' || dialect_.line_end == LineEnd::crlf) {
        return false;
    }
    if (end + 1 - record_begin > dialect_.max_record) return false;
    record_.begin = position_;
    record_.end = slice_begin_ + end + 1;
    record_.lines = 1;
    record_.field_count = static_cast<std::uint32_t>(columns);
    record_.kind = RecordKind::data;
    record_.fault = Reason::none;
    record_.first_line_only = record_.long_line = false;
    state_.line_break = false;
    kept_fields_ = columns;
    cursor_ = static_cast<std::size_t>(at - index_.positions.data());
    return true;
}

/// A field in quotes from `begin` on, `at` being the index's entry of its opening quote. Returns the entry of
/// the special byte right behind its closing quote; null when the field has a backslash, a line break or a
/// stray quote, or there aren't enough entries left for the rest of the record.
const std::uint32_t* RecordReader::take_quoted(const char* base, std::uint32_t begin, const std::uint32_t* at,
                                               FieldView& field) const noexcept {
    const char quote = dialect_.quote;
    if (quote == 0 || *at != begin || base[begin] != quote) return nullptr;
    const std::uint32_t* const end = index_.positions.data() + index_.count - columns_;
    const std::uint32_t* entry = at + 1;
    bool escaped = false;
    for (; entry < end; ++entry) {
        if (base[*entry] == dialect_.delimiter) continue;
        if (base[*entry] != quote) return nullptr;
        const bool doubled = entry[1] == *entry + 1 && base[entry[1]] == quote;
        if (!doubled) break;
        if (dialect_.backslash) return nullptr;
        escaped = true;
        ++entry;
    }
    if (entry >= end || entry[1] != *entry + 1) return nullptr;
    field = {base + begin + 1, *entry - begin - 1, true, escaped};
    return entry + 1;
}

/// Every field empty after trimming, also when there are too few or too many of them.
bool RecordReader::blank() const {
    for (std::size_t i = 0; i < kept_fields_; ++i) {
        const FieldView& field = fields_[i];
        // A printable ASCII byte, nearly always.
        if (!field.escaped && field.size > 0 && static_cast<signed char>(*field.data) > ' ') return false;
        if (!field.escaped && !is_blank(field.view(), dialect_.encoding)) return false;
        if (field.escaped && !is_blank(unescaped(field, dialect_), dialect_.encoding)) return false;
    }
    return record_.field_count == kept_fields_;
}

void RecordReader::cut_to_first_line() {
    const std::size_t end = physical_line_end(bytes_, record_.begin, dialect_.line_end, at_end_);
    const bool end_known = record_.end > record_.begin && record_.end - record_.begin <= dialect_.max_record;
    if (end_known) record_.broken_end = record_.end;
    record_.broken_end = std::max(record_.broken_end, end + 1);
    record_.end = record_.content_end = end;
    while (record_.content_end > record_.begin &&
           (bytes_[record_.content_end - 1] == '\n' || bytes_[record_.content_end - 1] == '\r')) {
        --record_.content_end;
    }
    record_.lines = 1;
    record_.first_line_only = true;
    record_.field_count = 0;
    kept_fields_ = 0;
}

/// Of a record that next_plain found: its cursor is where it belongs.
RecordReader::Next RecordReader::finish_plain() {
    const FieldView& first = fields_.front();
    // A printable ASCII byte: the record isn't blank.
    const bool plain = first.size > 0 && static_cast<signed char>(*first.data) > ' ';
    if (!plain || index_.any_nul || index_.any_high) return finish();
    position_ = record_.end;
    return Next::record;
}

RecordReader::Next RecordReader::finish() {
    if (record_.kind == RecordKind::data) check_structure();
    if (index_.any_nul || index_.any_high) check_bytes();
    position_ = record_.end;
    move_cursor();
    return Next::record;
}

void RecordReader::check_structure() {
    if (record_.end - record_.begin > dialect_.max_record) {
        record_.long_line = !state_.line_break;
        if (record_.fault == Reason::none || record_.long_line) record_.fault = Reason::record_too_long;
    }
    if (record_.fault == Reason::none) {
        const bool too_many = columns_ != 0 && record_.field_count > columns_;
        if (!(too_many && state_.line_break) && blank()) {
            record_.kind = RecordKind::blank;
        } else if (columns_ != 0 && record_.field_count != columns_) {
            record_.fault =
                record_.field_count < columns_ ? Reason::missing_columns : Reason::too_many_columns;
        }
    }
    if (record_.fault != Reason::none && state_.line_break) cut_to_first_line();
}

/// The record in hand has max_record bytes without a line end: it is the physical line that it begins.
RecordReader::Next RecordReader::take_long_line() {
    record_.long_line = true;
    record_.fault = record_.kind == RecordKind::data ? Reason::record_too_long : Reason::none;
    record_.fault_field = record_.field_count = 0;
    record_.fault_at = position_;
    record_.lines = 1;
    kept_fields_ = 0;
    const std::size_t passed = position_ + dialect_.max_record;
    const auto end = LineEndSearch(dialect_.line_end, passed).next(bytes_.substr(passed), at_end_);
    if (!end) {
        constexpr std::size_t line_end_at_most = 2;
        record_.content_end = position_ + excerpt_bytes;
        return bytes_.size() < record_.content_end + line_end_at_most ? Next::partial : Next::endless;
    }
    position_ = record_.end = *end;
    record_.content_end =
        record_.end - line_end_size_of(bytes_.substr(record_.begin, record_.end - record_.begin));
    move_cursor();
    return Next::record;
}

/// To the first entry of the index that isn't before the position, which may lie before it after a cut.
void RecordReader::move_cursor() noexcept {
    if (record_.first_line_only) {
        const auto first = index_.positions.begin();
        const auto last = first + static_cast<std::ptrdiff_t>(index_.count);
        const auto offset = static_cast<std::uint32_t>(position_ - slice_begin_);
        cursor_ = static_cast<std::size_t>(std::lower_bound(first, last, offset) - first);
        return;
    }
    while (cursor_ < index_.count && slice_begin_ + index_.positions[cursor_] < position_) ++cursor_;
}

void RecordReader::check_bytes() noexcept {
    if (record_.fault != Reason::none || record_.kind != RecordKind::data) return;
    const std::string_view all = bytes_.substr(record_.begin, record_.end - record_.begin);
    if (index_.any_nul) {
        if (const void* nul = std::memchr(all.data(), 0, all.size())) {
            record_.fault = Reason::nul_byte;
            record_.fault_at = static_cast<std::size_t>(static_cast<const char*>(nul) - bytes_.data());
            return;
        }
    }
    if (index_.any_high && dialect_.encoding == Encoding::utf8 && !is_utf8(all)) {
        record_.fault = Reason::invalid_encoding;
    }
}

char* unescape(const FieldView& field, const Dialect& dialect, char* out) noexcept {
    const char* at = field.data;
    const char* const end = at + field.size;
    bool inside = true; // behind the opening quote; a stray quote ends it, and the rest is data
    while (at < end) {
        const char byte = *at++;
        if (inside && dialect.backslash && byte == '\\' && at < end) {
            *out++ = *at++;
        } else if (inside && byte == dialect.quote) {
            if (!dialect.backslash && at < end && *at == dialect.quote) {
                *out++ = *at++;
            } else {
                inside = false;
            }
        } else {
            *out++ = byte;
        }
    }
    return out;
}

} // namespace ordermill::core
