// Physical lines, and where in the middle of a file a record probably starts.
#include "core/csv/csv.hpp"

#include <algorithm>
#include <cstring>

namespace ordermill::core {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t find(std::string_view bytes, char byte) noexcept {
    const void* const found = bytes.empty() ? nullptr : std::memchr(bytes.data(), byte, bytes.size());
    return found == nullptr ? npos : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

} // namespace

std::optional<std::uint64_t> LineEndSearch::next(std::string_view piece, bool at_end) noexcept {
    const std::size_t found = search(piece, at_end);
    const std::uint64_t begin = offset_;
    offset_ += piece.size();
    return found == npos ? std::nullopt : std::optional(begin + found);
}

std::size_t LineEndSearch::search(std::string_view piece, bool at_end) noexcept {
    const std::size_t nowhere = at_end ? piece.size() : npos;
    if (line_end_ == LineEnd::lf || line_end_ == LineEnd::cr) {
        const std::size_t at = find(piece, line_end_ == LineEnd::lf ? '\n' : '\r');
        return at == npos ? nowhere : at + 1;
    }
    const bool any = line_end_ == LineEnd::any;
    if (after_return_) {
        if (piece.empty()) return nowhere;
        after_return_ = false;
        if (piece.front() == '\n') return 1;
        if (any) return 0;
    }
    const std::size_t feed = any ? find(piece, '\n') : npos;
    const std::string_view before = piece.substr(0, feed);
    for (std::size_t at = 0;; ++at) {
        const std::size_t found = find(before.substr(at), '\r');
        if (found == npos) return feed == npos ? nowhere : feed + 1;
        at += found;
        if (at + 1 == piece.size()) {
            after_return_ = true;
            return nowhere;
        }
        if (piece[at + 1] == '\n') return at + 2;
        if (any) return at + 1;
    }
}

std::size_t physical_line_end(std::string_view bytes, std::size_t begin, LineEnd line_end,
                              bool at_end) noexcept {
    for (std::size_t at = begin; at < bytes.size(); ++at) {
        const char byte = bytes[at];
        if (byte == '\n' && (line_end == LineEnd::any || line_end == LineEnd::lf)) return at + 1;
        if (byte != '\r' || line_end == LineEnd::lf) continue;
        if (line_end == LineEnd::cr) return at + 1;
        if (at + 1 == bytes.size()) return line_end == LineEnd::any && at_end ? at + 1 : npos;
        if (bytes[at + 1] == '\n') return at + 2;
        if (line_end == LineEnd::any) return at + 1;
    }
    return npos;
}

std::uint64_t count_lines(std::string_view bytes, LineEnd line_end) noexcept {
    std::uint64_t lines = 0;
    std::size_t at = 0;
    while (at < bytes.size()) {
        const std::size_t end = physical_line_end(bytes, at, line_end, true);
        ++lines;
        if (end == npos) break;
        at = end;
    }
    return lines;
}

std::size_t guess_record_start(std::string_view bytes, std::size_t begin, std::size_t limit, bool at_end,
                               const Dialect& dialect, std::uint32_t columns) {
    constexpr int most_candidates = 8;
    constexpr int wanted_records = 3;
    constexpr std::size_t look_ahead = std::size_t{64} << 10;

    std::size_t first = npos;
    std::size_t line = begin - 1;
    for (int candidate = 0; candidate < most_candidates; ++candidate) {
        const std::size_t start = physical_line_end(bytes, line, dialect.line_end, at_end);
        if (start == npos || start > limit) break;
        if (start == limit) return first == npos ? npos : first;
        if (first == npos) first = start;
        RecordReader reader(dialect, columns);
        const std::size_t seen = std::min(bytes.size(), start + look_ahead);
        reader.open(bytes.substr(0, seen), start, at_end && seen == bytes.size());
        int good = 0;
        bool bad = false;
        while (good < wanted_records && !bad && reader.next() == RecordReader::Next::record) {
            bad = reader.record().fault != Reason::none;
            ++good;
        }
        if (!bad) return start;
        line = start;
    }
    return first;
}

} // namespace ordermill::core
