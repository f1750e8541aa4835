// RecordReader's exact state machine.
#include "core/csv/csv.hpp"

#include <algorithm>

namespace ordermill::core {
namespace {

/// Fields beyond the expected ones that are looked at to tell a blank record.
constexpr std::size_t most_surplus_fields = 1024;

} // namespace

/// The size of the line end at `at`, which is 0 when the byte there doesn't end a line. `known` is false when
/// that depends on a byte behind the last one.
std::size_t RecordReader::line_end_size(std::size_t at, bool& known) const noexcept {
    known = true;
    const char byte = bytes_[at];
    if (byte == '\n') return dialect_.line_end == LineEnd::any || dialect_.line_end == LineEnd::lf ? 1 : 0;
    if (byte != '\r' || dialect_.line_end == LineEnd::lf) return 0;
    if (dialect_.line_end == LineEnd::cr) return 1;
    if (at + 1 == bytes_.size()) {
        known = at_end_;
        return dialect_.line_end == LineEnd::any ? 1 : 0;
    }
    if (bytes_[at + 1] == '\n') return 2;
    return dialect_.line_end == LineEnd::any ? 1 : 0;
}

/// Of the line end that a whole physical line ends with; 0 when the input ends it.
std::size_t RecordReader::line_end_size_of(std::string_view line) const noexcept {
    const bool lf = line.ends_with('\n');
    switch (dialect_.line_end) {
    case LineEnd::lf: return lf ? 1 : 0;
    case LineEnd::cr: return line.ends_with('\r') ? 1 : 0;
    case LineEnd::crlf: return line.ends_with("\r\n") ? 2 : 0;
    case LineEnd::any: break;
    }
    return line.ends_with("\r\n") ? 2 : lf || line.ends_with('\r') ? 1 : 0;
}

/// The exact state machine, from one special byte to the next, from the record's first byte. On `done` the
/// record's end, lines, fields and its fault so far are set; on the others nothing is decided.
[[gnu::noinline]] RecordReader::Walk RecordReader::walk() {
    record_ = Record{};
    record_.begin = record_.end = record_.fault_at = position_;
    kept_fields_ = 0;
    state_ = WalkState{};
    std::size_t begin = position_;
    if (bytes_[begin] == '\xEF') [[unlikely]]
        begin += mark_size();
    state_.field_begin = state_.skip_before = begin;
    const bool comment = dialect_.comment != 0 && begin < bytes_.size() && bytes_[begin] == dialect_.comment;
    if (comment) record_.kind = RecordKind::comment;

    for (std::size_t entry = cursor_; entry < index_.count; ++entry) {
        const std::size_t at = slice_begin_ + index_.positions[entry];
        if (at < state_.skip_before) continue;
        if (at - position_ >= dialect_.max_record) return over_limit();
        const Walk walked = state_.in == In::quoted ? walk_quoted(at) : walk_unquoted(at);
        if (walked != Walk::go_on) return walked;
    }
    return walk_out_of_slice();
}

/// A special byte inside quotes: an escape, a line break, or the closing quote.
RecordReader::Walk RecordReader::walk_quoted(std::size_t at) {
    if (dialect_.backslash && bytes_[at] == '\\') {
        state_.escaped = true;
        state_.skip_before = at + 2;
        return at + 1 < bytes_.size() ? pass_line_break(at + 1) : Walk::go_on;
    }
    if (bytes_[at] != dialect_.quote) return pass_line_break(at);
    if (at + 1 == bytes_.size()) return at_end_ ? end_record(at, at + 1, at + 1) : Walk::partial;
    const char following = bytes_[at + 1];
    if (following == dialect_.quote && !dialect_.backslash) {
        state_.escaped = true;
        state_.skip_before = at + 2;
        return Walk::go_on;
    }
    if (following == dialect_.delimiter) return end_field(at, at + 1);
    bool known = true;
    const std::size_t line_end = line_end_size(at + 1, known);
    if (!known) return Walk::partial;
    if (line_end > 0) return end_record(at, at + 1, at + 1 + line_end);
    state_.in = In::tail;
    state_.escaped = true;
    if (dialect_.lenient_quotes) return Walk::go_on;
    return structural_fault(Reason::stray_quote, at);
}

/// A special byte outside quotes or behind a stray quote: a field's end, an opening quote, or the record's
/// end.
RecordReader::Walk RecordReader::walk_unquoted(std::size_t at) {
    const bool comment = record_.kind == RecordKind::comment;
    const char byte = bytes_[at];
    if (byte == dialect_.delimiter) return comment ? Walk::go_on : end_field(at, at);
    if (byte == dialect_.quote) {
        if (comment || state_.in != In::unquoted) return Walk::go_on;
        if (at != state_.field_begin)
            return dialect_.strict_inside ? structural_fault(Reason::quote_inside, at) : Walk::go_on;
        state_.in = In::quoted;
        state_.field_begin = at + 1;
        return Walk::go_on;
    }
    bool known = true;
    const std::size_t line_end = line_end_size(at, known);
    if (!known) return Walk::partial;
    return line_end > 0 ? end_record(at, at, at + line_end) : Walk::go_on;
}

RecordReader::Walk RecordReader::pass_line_break(std::size_t at) {
    bool known = true;
    const std::size_t size = line_end_size(at, known);
    if (!known) return Walk::partial;
    if (size > 0) {
        ++record_.lines;
        state_.line_break = true;
        state_.skip_before = at + size;
    }
    return Walk::go_on;
}

/// More than max_record bytes, and no end so far.
RecordReader::Walk RecordReader::over_limit() {
    return state_.line_break ? structural_fault(Reason::record_too_long, position_) : Walk::over_limit;
}

RecordReader::Walk RecordReader::walk_out_of_slice() {
    if (slice_end_ - position_ > dialect_.max_record) return over_limit();
    if (slice_end_ < bytes_.size()) return Walk::slice_end;
    if (!at_end_) return Walk::partial;
    const std::size_t end = bytes_.size();
    if (state_.in == In::quoted) {
        state_.in = In::tail;
        const Walk walked = structural_fault(Reason::unclosed_quote, state_.field_begin - 1);
        return walked == Walk::done ? walked : end_record(end, end, end);
    }
    return end_record(end, end, end);
}

RecordReader::Walk RecordReader::end_field(std::size_t content_end, std::size_t delimiter_at) {
    keep_field(state_.field_begin, content_end);
    state_.field_begin = state_.skip_before = delimiter_at + 1;
    state_.in = In::unquoted;
    state_.escaped = false;
    if (state_.line_break && columns_ != 0 && record_.field_count >= columns_) {
        return structural_fault(Reason::too_many_columns, position_);
    }
    return Walk::go_on;
}

RecordReader::Walk RecordReader::end_record(std::size_t field_end, std::size_t content_end, std::size_t end) {
    if (record_.kind == RecordKind::data) keep_field(state_.field_begin, field_end);
    record_.content_end = content_end;
    record_.end = end;
    ++record_.lines;
    return Walk::done;
}

/// Keeps the record's first fault. Over a quoted line break it ends the walk, which keeps the rescanning of
/// the following lines linear: a scan that started in an earlier line can pass at most `columns` places at
/// which a later line's scan opens a quote.
RecordReader::Walk RecordReader::structural_fault(Reason reason, std::size_t at) {
    if (record_.fault == Reason::none) {
        record_.fault = reason;
        record_.fault_field = record_.field_count;
        record_.fault_at = at;
    }
    if (!state_.line_break) return Walk::go_on;
    const bool end_unknown = reason == Reason::unclosed_quote || reason == Reason::record_too_long;
    record_.broken_end = end_unknown ? 0 : std::max(at + 1, state_.field_begin);
    return Walk::done;
}

void RecordReader::keep_field(std::size_t begin, std::size_t end) {
    const std::size_t index = record_.field_count++;
    if (columns_ != 0 && index >= columns_ + most_surplus_fields) return;
    if (index >= fields_.size()) fields_.resize(2 * index + 2);
    fields_[index] = {bytes_.data() + begin, static_cast<std::uint32_t>(end - begin),
                      state_.in != In::unquoted, state_.escaped};
    kept_fields_ = index + 1;
}

} // namespace ordermill::core
