// Physical lines, and where in the middle of a file a record probably starts.
#include "core/csv/csv.hpp"

#include <algorithm>

namespace ordermill::core {
namespace {

constexpr std::size_t npos = std::string_view::npos;

} // namespace

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
