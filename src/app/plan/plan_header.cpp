#include "app/plan/plan_header.hpp"

#include "app/base/errors.hpp"
#include "app/plan/fingerprint.hpp"
#include "app/terminal/aligned_table.hpp"
#include "core/csv/csv.hpp"
#include "core/text/encoding.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ordermill::app {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

/// The first bytes of a file or pipe, as many as asked for.
class Head {
  public:
    explicit Head(io::PipeInput& pipe) : pipe_(&pipe) {}
    explicit Head(const io::InputFile& file) : file_(&file) {}
    /// At least `size` bytes, or all there are (then `whole`).
    std::string_view get(std::uint64_t size, bool& whole) {
        if (pipe_ != nullptr) {
            pipe_->fill(size, true);
            whole = pipe_->ended();
            return pipe_->view(0, pipe_->end());
        }
        const std::uint64_t end = std::min(size, file_->size());
        file_->read(0, end, buffer_);
        whole = end == file_->size();
        return buffer_.view();
    }
    /// What `get` has read of a file.
    std::string_view seen() const { return buffer_.view(); }

  private:
    io::PipeInput* pipe_ = nullptr;
    const io::InputFile* file_ = nullptr;
    core::Buffer buffer_;
};

/// Nothing when its bytes mean nothing in the file's encoding.
std::optional<std::string> column_name(const core::FieldView& field, const core::Dialect& dialect) {
    std::string text(field.view());
    if (field.escaped)
        text.resize(static_cast<std::size_t>(core::unescape(field, dialect, text.data()) - text.data()));
    core::Arena arena;
    const auto converted = core::to_utf8(text, dialect.encoding, arena);
    if (!converted) return std::nullopt;
    return std::string(core::trim(*converted));
}

/// Skips `lines` physical lines from `at`; npos when the bytes end before.
std::size_t skip_lines(std::string_view bytes, std::size_t at, std::uint64_t lines, core::LineEnd line_end,
                       bool whole) {
    for (std::uint64_t i = 0; i < lines && at != std::string_view::npos; ++i) {
        at = core::physical_line_end(bytes, at, line_end, whole);
    }
    return at;
}

void use_given_names(PlannedFile& file, const core::InputSpec& input, std::size_t found) {
    if (input.names.empty()) return;
    if (input.names.size() != found) {
        throw UsageError(fmt::format("{} has {} columns, but `names` in the job lists {}", file.path, found,
                                     input.names.size()));
    }
    if (file.has_header) file.written_header = std::move(file.header);
    file.header = input.names;
}

/// The delimiter that a line such as `sep=;` names, as spreadsheets write and read it.
std::optional<char> named_delimiter(std::string_view line) {
    if (line.size() > 1 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    if (line.size() < 5 || !core::equal_any_case(line.substr(0, 4), "sep=")) return std::nullopt;
    if (line.substr(4) == "\\t") return '\t';
    return line.size() == 5 ? std::optional(line[4]) : std::nullopt;
}

/// Takes a first line that names the delimiter off the data's beginning, `at`.
void pass_named_delimiter(PlannedFile& file, const core::InputSpec& input, std::string_view bytes,
                          std::size_t& at, bool whole) {
    const core::Dialect& dialect = input.dialect;
    if (input.preamble_lines > 0 || dialect.delimiter == '=') return;
    const std::size_t end = core::physical_line_end(bytes, at, dialect.line_end, whole);
    std::string_view line = bytes.substr(at, end == std::string_view::npos ? end : end - at);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    const auto named = named_delimiter(line);
    if (!named) return;
    if (*named != dialect.delimiter) {
        throw UsageError(fmt::format(
            "{}: its first line, sep=, names the delimiter {}, but the job reads it with {}; "
            "write delimiter = {} under [input{}{}]",
            file.path, core::visible_character(*named), core::visible_character(dialect.delimiter),
            core::visible_character(*named), input.name.empty() ? "" : ".", input.name));
    }
    file.named_delimiter = line;
    file.lines_before = 1;
    at = std::min(end, bytes.size());
}

/// The column names of a file without a header: `names`, or numbers, as many as most of its first records
/// have fields. None when no record tells. Faulty records are left to be rejected; false: more bytes are
/// needed.
bool count_columns(PlannedFile& file, const core::InputSpec& input, std::string_view bytes, std::size_t at,
                   bool whole) {
    constexpr std::size_t most_records = 100;
    constexpr std::size_t most_bytes = std::size_t{4} << 20;
    core::RecordReader reader(input.dialect, 0);
    reader.open(bytes, at, whole);
    std::map<std::size_t, std::size_t> records_by_count;
    std::size_t usual = 0;
    for (std::size_t i = 0; i < most_records && reader.next() == core::RecordReader::Next::record; ++i) {
        const core::Record& record = reader.record();
        if (record.kind != core::RecordKind::data || record.fault != core::Reason::none) continue;
        const std::size_t count = record.field_count;
        if (++records_by_count[count] > records_by_count[usual]) usual = count;
    }
    if (usual == 0 && !whole && bytes.size() < most_bytes) return false;
    file.data_begin = at;
    file.header = numbered_names(usual);
    if (input.names.empty()) return true;
    const bool all_otherwise = records_by_count[usual] > 1 && records_by_count[input.names.size()] == 0 &&
                               std::count_if(records_by_count.begin(), records_by_count.end(),
                                             [](const auto& entry) { return entry.second > 0; }) == 1;
    use_given_names(file, input, all_otherwise ? usual : input.names.size());
    return true;
}

/// No line is read without a bound.
UsageError line_too_long(const PlannedFile& file, std::string_view what, const core::Dialect& dialect) {
    return UsageError(fmt::format("{}: its {} has a line longer than max_record = {}; look whether this file "
                                  "is CSV at all, and make max_record larger if it is",
                                  file.path, what, dialect.max_record));
}

/// Tries to find the header from `at` on in the bytes seen so far; false: more are needed.
bool find_header(PlannedFile& file, const core::InputSpec& input, std::string_view bytes, std::size_t at,
                 bool whole) {
    const core::Dialect& dialect = input.dialect;
    core::RecordReader reader(dialect, 0);
    reader.open(bytes, at, whole);
    for (;;) {
        const core::RecordReader::Next next = reader.next();
        if (next == core::RecordReader::Next::endless) throw line_too_long(file, "header", dialect);
        if (next == core::RecordReader::Next::partial || (next == core::RecordReader::Next::end && !whole))
            return false;
        if (next == core::RecordReader::Next::end)
            throw UsageError(fmt::format("{} has no header", file.path));
        const core::Record& record = reader.record();
        if (record.long_line) throw line_too_long(file, "header", dialect);
        if (record.kind != core::RecordKind::data) { // comments and blank lines before it
            file.lines_before += record.lines;
            continue;
        }
        const auto faulty = [&](core::Reason reason) {
            return UsageError(fmt::format("the header of {} (line {}) is faulty: {}", file.path,
                                          file.lines_before + 1, core::describe(reason)));
        };
        if (record.fault != core::Reason::none) throw faulty(record.fault);
        for (const core::FieldView& field : reader.fields()) {
            const auto name = column_name(field, dialect);
            if (!name) throw faulty(core::Reason::invalid_encoding);
            file.header.push_back(*name);
        }
        file.header_bytes = bytes.substr(record.begin, record.end - record.begin);
        file.data_begin = record.end;
        file.lines_before += record.lines;
        use_given_names(file, input, reader.fields().size());
        return true;
    }
}

/// Tries to find where the data begins, and its columns, in the bytes seen so far; false: more are needed.
bool find_columns(PlannedFile& file, const core::InputSpec& input, std::string_view bytes, bool whole) {
    if (whole && bytes.empty() && input.header)
        throw UsageError(fmt::format("{} is empty and has no header; leave this file out", file.path));
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        throw UsageError(
            fmt::format("{} is in UTF-16; convert the file first: iconv -f UTF-16 -t UTF-8", file.path));
    }
    const core::Dialect& dialect = input.dialect;
    std::size_t at =
        bytes.starts_with(utf8_mark) && dialect.encoding == core::Encoding::utf8 ? utf8_mark.size() : 0;
    at = skip_lines(bytes, at, input.preamble_lines, dialect.line_end, whole);
    if (at == std::string_view::npos) {
        if (!whole && bytes.size() > (input.preamble_lines + 1) * dialect.max_record)
            throw line_too_long(file, "preamble", dialect);
        if (!whole) return false;
        throw UsageError(
            fmt::format("{} has fewer lines than preamble_lines = {}", file.path, input.preamble_lines));
    }
    file.lines_before = input.preamble_lines;
    pass_named_delimiter(file, input, bytes, at, whole);
    return input.header ? find_header(file, input, bytes, at, whole)
                        : count_columns(file, input, bytes, at, whole);
}

/// Where a file's last lines begin.
void find_footer(PlannedFile& file, const core::InputSpec& input, const io::InputFile& bytes) {
    file.data_end = file.size;
    if (input.footer_lines == 0) return;
    core::Buffer tail;
    for (std::uint64_t size = 65536;; size *= 2) {
        const std::uint64_t begin = file.size - std::min(size, file.size - file.data_begin);
        bytes.read(begin, file.size, tail);
        const std::size_t at = footer_begin(tail.view(), input.footer_lines, input.dialect.line_end);
        if (at > 0 || begin == file.data_begin) {
            file.data_end = begin + at;
            file.footer_lines = core::count_lines(tail.view().substr(at), input.dialect.line_end);
            return;
        }
        if (size > (input.footer_lines + 1) * input.dialect.max_record)
            throw line_too_long(file, "footer", input.dialect);
    }
}

} // namespace

std::size_t footer_begin(std::string_view tail, std::uint64_t lines, core::LineEnd line_end) noexcept {
    const auto ends_line = [&](std::size_t at) {
        if (tail[at] == '\n')
            return line_end != core::LineEnd::cr &&
                   (line_end != core::LineEnd::crlf || (at > 0 && tail[at - 1] == '\r'));
        const bool cr = line_end == core::LineEnd::cr || line_end == core::LineEnd::any;
        return tail[at] == '\r' && cr && (at + 1 == tail.size() || tail[at + 1] != '\n');
    };
    std::size_t at = tail.size();
    if (at > 0 && ends_line(at - 1)) --at; // the last line's own end
    if (at > 0 && at < tail.size() && tail[at] == '\n' && tail[at - 1] == '\r') --at;
    while (at > 0) {
        if (ends_line(at - 1) && --lines == 0) return at;
        --at;
    }
    return 0;
}

std::vector<std::string> numbered_names(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= count; ++i) names.push_back(std::to_string(i));
    return names;
}

std::string shortened(const std::vector<std::string>& names) {
    constexpr std::size_t most = 100;
    std::string text;
    std::size_t listed = 0;
    for (const std::string& name : names) {
        std::string item = shown(name, most);
        if (listed > 0 && text.size() + item.size() > most) break;
        text += (listed++ == 0 ? "" : ", ") + std::move(item);
    }
    if (listed < names.size()) text += fmt::format(" and {} more", names.size() - listed);
    return text;
}

namespace {

void find_data(PlannedFile& file, const core::InputSpec& input, Head& head) {
    file.has_header = input.header;
    for (std::uint64_t size = 65536;; size *= 4) {
        bool whole = false;
        const std::string_view bytes = head.get(size, whole);
        if (find_columns(file, input, bytes, whole)) break;
        if (whole) throw UsageError(fmt::format("{} ends within its header", file.path));
        file.header.clear();
    }
}

} // namespace

void read_header(PlannedFile& file, const core::InputSpec& input, const io::InputFile& bytes) {
    Head head(bytes);
    find_data(file, input, head);
    file.size = bytes.size();
    file.modified = bytes.modified();
    file.status_changed = bytes.status_changed();
    file.device = bytes.identity().device;
    file.inode = bytes.identity().inode;
    file.fingerprint = fingerprint_of(bytes, head.seen());
    find_footer(file, input, bytes);
}

void read_header(PlannedFile& file, const core::InputSpec& input, io::PipeInput& pipe) {
    Head head(pipe);
    find_data(file, input, head);
    file.data_end = PlannedFile::unknown_end;
}

} // namespace ordermill::app
