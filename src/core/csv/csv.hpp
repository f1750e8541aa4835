#pragma once

#include "core/base/fault.hpp"
#include "core/csv/csv_index.hpp"
#include "core/job/job_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// Records and fields of delimited text, exactly as jobs/README.md, "How records are found", says, wherever
/// reading starts.
///
/// A UTF-8 byte order mark at a record's beginning, as glued exports have it, is no data.
///
/// A quoted field begins with the quote as its very first byte; a quote inside an unquoted field is data.
/// What follows a closing quote other than a delimiter or line end is data and a fault (stray_quote), unless
/// quotes are lenient. A record that is faulty in structure (stray quote, quote never closed, over the length
/// limit, wrong number of fields) and runs over a quoted line break is given as its first physical line only,
/// and the next record begins at the second line: an unclosed quote costs one line.
///
/// A record whose first physical line is over the length limit is that line, whatever quotes are in it, since
/// it can't be sound: its end is found without its fields, and in pieces (LineEndSearch).
namespace ordermill::core {

/// A field's bytes in the source, without the enclosing quotes.
struct FieldView {
    const char* data;
    std::uint32_t size;
    bool quoted;  ///< it was enclosed in quotes
    bool escaped; ///< it holds doubled quotes or backslash escapes: see `unescape`
    std::string_view view() const noexcept { return {data, size}; }
};

enum class RecordKind : std::uint8_t { data, comment, blank };

/// Bytes of a record over the length limit that are there to be shown, though its end may not be.
inline constexpr std::size_t excerpt_bytes = 1024;

struct Record {
    std::size_t begin = 0;         ///< offset in the bytes that were opened
    std::size_t end = 0;           ///< behind its line end
    std::size_t content_end = 0;   ///< before its line end
    std::uint32_t lines = 0;       ///< physical lines it takes
    std::uint32_t field_count = 0; ///< found
    RecordKind kind = RecordKind::data;
    Reason fault = Reason::none;   ///< of its structure; nul_byte and invalid_encoding too
    std::uint32_t fault_field = 0; ///< the field (from 0) at which a stray or unclosed quote stands
    std::size_t fault_at = 0;      ///< offset of the first bad byte
    bool first_line_only = false;  ///< it ran over a quoted line break and was cut back
    std::size_t broken_end =
        0; ///< then: records that begin before this may be parts of it, as far as can be told
    /// It is one physical line over the length limit. Comments may be that, too.
    bool long_line = false;
};

/// The fields of a plain record.
struct PlainFields {
    const char* base;          ///< what the offsets are relative to
    const std::uint32_t* ends; ///< where each field ends; ends[-1] is the byte before the record
    /// `column` must be one of the record's.
    std::string_view operator[](std::ptrdiff_t column) const noexcept {
        const std::uint32_t begin = ends[column - 1] + 1;
        return {base + begin, ends[column] - begin};
    }
};

/// A walk along plain records: as many fields as there must be, with nothing in them but visible ASCII and
/// single spaces, none of them at a field's edge; no quotes. Such a field is as it stands there, trimmed and
/// collapsed, and may be written as it is. Made by RecordReader, for one slice of its bytes.
class PlainRecords {
  public:
    /// Whether the record in hand is a plain one, and not blank.
    bool here() const noexcept {
        if (ends_ >= ends_behind_) return false;
        const std::uint32_t begin = this->begin();
        const std::uint32_t end = content_end();
        if (*stop_ != end || ends_[0] == begin || base_[end - 1] == ' ' || end - begin >= longest_ ||
            base_[begin] == comment_ || begin >= limit_)
            return false;
        if (base_[end] == '\n') return lf_ends_;
        return base_[end] == '\r' && crlf_ends_ && base_[end + 1] == '\n';
    }
    /// To the one behind it.
    void next() noexcept {
        const std::size_t end_size = base_[content_end()] == '\n' ? 1 : 2;
        ends_ += columns_ - 1 + end_size;
        stop_ += end_size;
    }

    /// To where another walk along the same records is.
    void go_to(const PlainRecords& other) noexcept {
        ends_ = other.ends_;
        stop_ = other.stop_;
    }

    // Of the record in hand: offsets in the slice.
    std::uint32_t begin() const noexcept { return ends_[-1] + 1; }
    std::uint32_t content_end() const noexcept { return ends_[columns_ - 1]; }
    std::uint32_t end() const noexcept {
        const std::uint32_t end = content_end();
        return end + (base_[end] == '\n' ? 1 : 2);
    }
    PlainFields fields() const noexcept { return {base_, ends_}; }

  private:
    friend class RecordReader;
    const char* base_ = nullptr; ///< the slice
    const std::uint32_t* ends_ = nullptr;
    const std::uint32_t* ends_behind_ = nullptr; ///< a record's first entry must be before this
    const std::uint32_t* stop_ = nullptr;        ///< the first that isn't before the record
    std::size_t columns_ = 0;
    std::uint32_t limit_ = 0; ///< records that begin here or later aren't wanted
    std::size_t longest_ = 0;
    char comment_ = 0;
    bool lf_ends_ = false;
    bool crlf_ends_ = false;
};

class RecordReader {
  public:
    /// `columns`: the number of fields that every record must have; 0: any number.
    RecordReader(const Dialect& dialect, std::uint32_t columns);

    /// The number of fields in the bytes to be opened next.
    void set_columns(std::uint32_t columns);

    /// Reads `bytes` from `begin`, which is a record's first byte. `at_end`: nothing comes after `bytes`. The
    /// bytes must stay.
    void open(std::string_view bytes, std::size_t begin, bool at_end);

    enum class Next : std::uint8_t {
        record,  ///< `record()` and `fields()` are the next record
        end,     ///< the bytes are used up, at a record's border
        partial, ///< the next record's end can't be seen in the bytes: open again, from position(), with more
                 ///< of them
        endless, ///< the same, but enough was seen to know that the record is a line over the length limit:
                 ///< `record()` is that but for its end, which is where LineEndSearch finds it; and its first
                 ///< `excerpt_bytes` are in the bytes
    };
    Next next();
    /// After `endless`: the record ends at that offset, behind all bytes. `record()` is complete then, and
    /// there is nothing more to read here.
    void end_at(std::size_t end) noexcept { record_.end = position_ = end; }

    const Record& record() const noexcept { return record_; }
    /// Its fields: `field_count` of them when there is no structural fault. Valid until `next`.
    std::span<const FieldView> fields() const noexcept { return {fields_.data(), kept_fields_}; }
    /// Where the next record begins.
    std::size_t position() const noexcept { return position_; }

    /// Whether plain records are to be found. Where most records aren't plain they aren't looked for, for a
    /// while.
    void find_plain(bool wanted) noexcept { plain_wanted_ = wanted; }
    /// The plain records from position() on that begin before `limit` and have `behind` bytes behind them;
    /// there may be none. What was walked past must be given back before anything else is read.
    PlainRecords plain_records(std::size_t limit, std::size_t behind) noexcept;
    void skip(const PlainRecords& walked) noexcept;
    /// The fields of the record that a walk has in hand, as views. Valid until anything else is read.
    std::span<const FieldView> fields_of(PlainFields plain);
    /// The offset that a walk's offsets are relative to.
    std::size_t slice_begin() const noexcept { return slice_begin_; }

  private:
    enum class Walk : std::uint8_t { go_on, done, partial, slice_end, over_limit };
    enum class In : std::uint8_t { unquoted, quoted, tail };
    struct WalkState {
        std::size_t field_begin = 0; ///< the first byte of its content
        std::size_t skip_before = 0; ///< special bytes before this offset are dealt with
        In in = In::unquoted;
        bool escaped = false;
        bool line_break = false; ///< a quoted line break was passed
    };

    void index_slice(std::size_t begin, std::size_t size);
    Stops stops_for_next_slice() noexcept;
    bool next_plain() noexcept;
    const std::uint32_t* take_quoted(const char* base, std::uint32_t begin, const std::uint32_t* at,
                                     FieldView& field) const noexcept;
    Walk walk();
    Walk walk_quoted(std::size_t at);
    Walk walk_unquoted(std::size_t at);
    Walk walk_out_of_slice();
    Walk over_limit();
    std::size_t line_end_size_of(std::string_view line) const noexcept;
    Walk pass_line_break(std::size_t at);
    Walk end_field(std::size_t content_end, std::size_t delimiter_at);
    Walk end_record(std::size_t field_end, std::size_t content_end, std::size_t end);
    Walk structural_fault(Reason reason, std::size_t at);
    void keep_field(std::size_t begin, std::size_t end);
    Next finish();
    Next finish_plain();
    Next take_long_line();
    void check_structure();
    void check_bytes() noexcept;
    void cut_to_first_line();
    void move_cursor() noexcept;
    bool blank() const;
    std::size_t line_end_size(std::size_t at, bool& known) const noexcept;
    /// The size of a byte order mark at the record's beginning.
    std::size_t mark_size() const noexcept {
        if (bytes_[position_] != '\xEF' || dialect_.encoding != Encoding::utf8) return 0;
        return bytes_.substr(position_).starts_with("\xEF\xBB\xBF") ? 3 : 0;
    }

    Dialect dialect_;
    std::uint32_t columns_;
    SpecialBytes special_;
    std::string_view bytes_;
    bool at_end_ = true;
    std::size_t position_ = 0;
    std::size_t slice_begin_ = 0;
    std::size_t slice_end_ = 0;
    std::size_t cursor_ = 0; ///< the next entry of the index that is not before position_
    StructuralIndex index_;
    bool plain_wanted_ = false;
    bool stops_known_ = false;    ///< of this slice
    std::size_t stop_ = 0;        ///< one that is not behind the first one at or after position_
    std::size_t plain_ = 0;       ///< records of this slice that were walked past
    std::size_t others_ = 0;      ///< and those that weren't
    std::size_t slices_left_ = 0; ///< for which plain records aren't looked for
    std::vector<FieldView> fields_;
    std::size_t kept_fields_ = 0;
    Record record_;
    WalkState state_;
};

/// The field's text with its escapes undone, written at `out` (room for `field.size` bytes); returns the end.
char* unescape(const FieldView& field, const Dialect& dialect, char* out) noexcept;

/// Where the first record at or after `begin` starts, supposing nothing about what came before: a guess, to
/// be verified against where the preceding records end. `begin` must be at least 1 (the byte before it is
/// looked at). Returns npos when no line ends within [begin - 1, limit). Among the first line ends it prefers
/// one after which some records read without a fault.
std::size_t guess_record_start(std::string_view bytes, std::size_t begin, std::size_t limit, bool at_end,
                               const Dialect& dialect, std::uint32_t columns);

/// The number of physical lines in `bytes` (line ends as the dialect has them; an unended last line counts).
std::uint64_t count_lines(std::string_view bytes, LineEnd line_end) noexcept;

/// Looks for the end of a physical line in bytes that come in pieces, one after the other. Cost: two searches
/// of memchr a piece.
class LineEndSearch {
  public:
    /// From that offset on, at which the first piece begins. A line feed there must not be the second half of
    /// a line end.
    LineEndSearch(LineEnd line_end, std::uint64_t offset) noexcept : line_end_(line_end), offset_(offset) {}
    /// The offset behind the line end; nothing: it isn't in this piece, or depends on the next one. `at_end`:
    /// nothing comes behind the piece, so the line ends there if not before.
    std::optional<std::uint64_t> next(std::string_view piece, bool at_end) noexcept;
    /// At which the next piece begins.
    std::uint64_t offset() const noexcept { return offset_; }

  private:
    std::size_t search(std::string_view piece, bool at_end) noexcept;

    LineEnd line_end_;
    std::uint64_t offset_;
    bool after_return_ = false; ///< the last piece ended with a carriage return that may be a line end's
};

/// The end of the physical line that begins at `begin`, behind its line end; npos when it doesn't end within
/// the bytes.
std::size_t physical_line_end(std::string_view bytes, std::size_t begin, LineEnd line_end,
                              bool at_end) noexcept;

} // namespace ordermill::core
