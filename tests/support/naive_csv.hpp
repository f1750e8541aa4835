#pragma once

#include "core/csv/csv.hpp"
#include "core/text/encoding.hpp"
#include "core/text/text.hpp"

#include <string>
#include <string_view>
#include <vector>

/// jobs/README.md's rules for records, written down a second time as simply as possible: one byte after the
/// other, no index, no slices, everything copied. An oracle, not a parser to use.
namespace ordermill::test {

struct NaiveRecord {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint32_t lines = 0;
    core::RecordKind kind = core::RecordKind::data;
    core::Reason fault = core::Reason::none;
    bool first_line_only = false;
    std::vector<std::string> fields; ///< unescaped; empty when faulty
};

class NaiveCsv {
  public:
    NaiveCsv(std::string_view bytes, const core::Dialect& dialect, std::size_t columns)
        : bytes_(bytes), dialect_(dialect), columns_(columns) {}

    std::vector<NaiveRecord> all(std::size_t from = 0) const {
        std::vector<NaiveRecord> records;
        while (from < bytes_.size()) {
            records.push_back(one(from));
            from = records.back().end;
        }
        return records;
    }

  private:
    std::size_t line_end(std::size_t at) const {
        const bool crlf = bytes_.substr(at, 2) == "\r\n";
        switch (dialect_.line_end) {
        case core::LineEnd::any: return crlf ? 2 : bytes_[at] == '\n' || bytes_[at] == '\r' ? 1 : 0;
        case core::LineEnd::lf: return bytes_[at] == '\n' ? 1 : 0;
        case core::LineEnd::crlf: return crlf ? 2 : 0;
        case core::LineEnd::cr: return bytes_[at] == '\r' ? 1 : 0;
        }
        return 0;
    }

    NaiveRecord one(std::size_t begin) const {
        NaiveRecord record;
        record.begin = begin;
        std::size_t at = begin;
        if (dialect_.encoding == core::Encoding::utf8 && bytes_.substr(begin, 3) == "\xEF\xBB\xBF") at += 3;
        if (dialect_.comment != 0 && at < bytes_.size() && bytes_[at] == dialect_.comment) {
            record.kind = core::RecordKind::comment;
            record.end = first_line(begin);
            record.lines = 1;
            return record;
        }
        bool line_break = false;
        bool stray = false;
        bool inside = false;
        bool unclosed = false;
        bool ended = false;
        while (!ended) {
            std::string text;
            bool closed = true;
            const bool quoted = at < bytes_.size() && dialect_.quote != 0 && bytes_[at] == dialect_.quote;
            if (at < bytes_.size() && dialect_.quote != 0 && bytes_[at] == dialect_.quote) {
                closed = false;
                for (++at; at < bytes_.size();) {
                    if (dialect_.backslash && bytes_[at] == '\\' && at + 1 < bytes_.size()) {
                        ++at;
                        if (const std::size_t size = line_end(at); size > 0) {
                            line_break = true;
                            ++record.lines;
                            text += bytes_.substr(at, size);
                            at += size;
                        } else {
                            text += bytes_[at++];
                        }
                    } else if (bytes_[at] == dialect_.quote) {
                        if (!dialect_.backslash && at + 1 < bytes_.size() &&
                            bytes_[at + 1] == dialect_.quote) {
                            text += dialect_.quote;
                            at += 2;
                        } else {
                            ++at;
                            closed = true;
                            break;
                        }
                    } else if (const std::size_t size = line_end(at); size > 0) {
                        line_break = true;
                        ++record.lines;
                        text += bytes_.substr(at, size);
                        at += size;
                    } else {
                        text += bytes_[at++];
                    }
                }
                if (!closed) unclosed = true;
                if (closed && at < bytes_.size() && bytes_[at] != dialect_.delimiter && line_end(at) == 0)
                    stray = true;
            }
            const bool unquoted = !quoted;
            while (at < bytes_.size() && bytes_[at] != dialect_.delimiter && line_end(at) == 0) {
                inside = inside || (unquoted && dialect_.quote != 0 && bytes_[at] == dialect_.quote);
                text += bytes_[at++];
            }
            record.fields.push_back(text);
            if (at < bytes_.size() && bytes_[at] == dialect_.delimiter) {
                ++at;
                continue;
            }
            ended = true;
            ++record.lines;
            if (at < bytes_.size()) at += line_end(at);
        }
        record.end = at;
        judge(record, line_break, (stray && !dialect_.lenient_quotes) || (inside && dialect_.strict_inside),
              unclosed);
        return record;
    }

    void judge(NaiveRecord& record, bool line_break, bool stray, bool unclosed) const {
        bool blank = true;
        for (const std::string& field : record.fields) {
            core::Arena arena;
            const auto text = core::to_utf8(field, dialect_.encoding, arena);
            blank = blank && text && core::trim(*text).empty();
        }
        const bool too_long = record.end - record.begin > dialect_.max_record;
        if (columns_ != 0 && record.fields.size() > columns_ && line_break) blank = false;
        if (!stray && !unclosed && !too_long && blank) {
            record.kind = core::RecordKind::blank;
            return;
        }
        const bool bad_count = columns_ != 0 && record.fields.size() != columns_;
        if (!stray && !unclosed && !too_long && !bad_count) {
            const std::string_view all = bytes_.substr(record.begin, record.end - record.begin);
            if (all.find('\0') != std::string_view::npos)
                record.fault = core::Reason::nul_byte;
            else if (dialect_.encoding == core::Encoding::utf8 && !core::is_utf8(all))
                record.fault = core::Reason::invalid_encoding;
            return;
        }
        // Which of several structural faults is named is not judged here: only that there is one.
        record.fault = core::Reason::stray_quote;
        record.fields.clear();
        if (line_break) {
            record.end = first_line(record.begin);
            record.lines = 1;
            record.first_line_only = true;
        }
    }

    std::size_t first_line(std::size_t begin) const {
        std::size_t at = begin;
        while (at < bytes_.size() && line_end(at) == 0) ++at;
        return at < bytes_.size() ? at + line_end(at) : at;
    }

    std::string_view bytes_;
    core::Dialect dialect_;
    std::size_t columns_;
};

} // namespace ordermill::test
