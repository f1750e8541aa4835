#include "study/rows/raw_rows.hpp"

#include "core/base/job_error.hpp"
#include "core/field/lookup_read.hpp"
#include "study/rows/columns.hpp"
#include "study/rows/files.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace ordermill::study {
namespace {

constexpr std::string_view phase_names[] = {"deal",     "read",  "clean", "resolve",
                                            "exchange", "write", "wait",  "total"};
constexpr std::string_view mode_names[] = {"strong", "weak", "burn", "strong-ceiling", "weak-ceiling"};
constexpr std::string_view role_names[] = {"producer", "worker"};

/// Empty for a number that is none of the enumeration's.
template<std::size_t N, typename Value>
constexpr std::string_view name_in(const std::string_view (&names)[N], Value value) noexcept {
    const auto i = static_cast<std::size_t>(value);
    return i < N ? names[i] : std::string_view();
}

constexpr std::array raw_columns{
    column<&RawRow::study>("study"),
    column<&RawRow::mode>("mode"),
    column<&RawRow::ranks>("ranks"),
    column<&RawRow::workers>("workers"),
    column<&RawRow::repeat>("repeat"),
    column<&RawRow::rank>("rank"),
    column<&RawRow::role>("role"),
    column<&RawRow::host>("host"),
    column<&RawRow::cpu_model>("cpu_model"),
    column<&RawRow::cores>("cores"),
    column<&RawRow::date>("date"),
    column<&RawRow::version>("version"),
    column<&RawRow::commit>("commit"),
    column<&RawRow::work_records>("work_records"),
    column<&RawRow::work_bytes>("work_bytes"),
    column<&RawRow::phase>("phase"),
    column<&RawRow::wall_s>("wall_s"),
    column<&RawRow::user_s>("user_s"),
    column<&RawRow::system_s>("system_s"),
    column<&RawRow::bytes>("bytes"),
    column<&RawRow::records>("records"),
    column<&RawRow::chunks>("chunks"),
    column<&RawRow::peak_rss_bytes>("peak_rss_bytes"),
    column<&RawRow::cpu_s>("cpu_s"),
    column<&RawRow::work_duplicates>("work_duplicates"),
    column<&RawRow::involuntary_switches>("involuntary_switches"),
    column<&RawRow::host_busy_s>("host_busy_s"),
    column<&RawRow::host_stolen_s>("host_stolen_s"),
    column<&RawRow::load_average>("load_average"),
    column<&RawRow::setting>("setting"),
    column<&RawRow::job>("job"),
    column<&RawRow::inputs>("inputs"),
    column<&RawRow::command>("command"),
    column<&RawRow::chunk_bytes>("chunk_bytes"),
    column<&RawRow::parts>("parts"),
    column<&RawRow::build>("build"),
};
/// The last columns of version 0.1, of raw rows and of timelines.
constexpr bool ended_first_version(std::string_view name) {
    return name == "peak_rss_bytes" || name == "end_s";
}

constexpr std::array timeline_columns{
    column<&TimelineRow::study>("study"),   column<&TimelineRow::mode>("mode"),
    column<&TimelineRow::ranks>("ranks"),   column<&TimelineRow::workers>("workers"),
    column<&TimelineRow::repeat>("repeat"), column<&TimelineRow::rank>("rank"),
    column<&TimelineRow::phase>("phase"),   column<&TimelineRow::begin_s>("begin_s"),
    column<&TimelineRow::end_s>("end_s"),   column<&TimelineRow::setting>("setting"),
};

template<typename Columns>
std::string header_of(const Columns& columns) {
    std::string header;
    for (const auto& column : columns) {
        if (!header.empty()) header += ',';
        header += column.name;
    }
    return header + '\n';
}

template<typename Columns, typename Row>
std::string text_of(const Columns& columns, std::span<const Row> rows) {
    core::Buffer out;
    for (const Row& row : rows) {
        bool first = true;
        for (const auto& column : columns) {
            if (!first) out.push_back(',');
            first = false;
            column.write(out, row);
        }
        out.push_back('\n');
    }
    return std::string(out.view());
}

/// What can't be for both kinds of rows; empty when nothing is wrong.
template<typename Row>
std::string contradiction(const Row& row) {
    if (row.study.empty()) return "column study: empty";
    if (row.workers < 1 || row.workers > row.ranks)
        return fmt::format("column workers: {} workers among {} ranks", row.workers, row.ranks);
    if (row.rank >= row.ranks) return fmt::format("column rank: rank {} of {}", row.rank, row.ranks);
    if constexpr (std::is_same_v<Row, RawRow>) {
        if (row.cores < 1) return "column cores: a host has one core at least";
    } else {
        if (row.end_s < row.begin_s) return fmt::format("column end_s: {} is before begin_s", row.end_s);
    }
    return {};
}

template<typename Row, typename Columns>
Row parse_row(const Columns& columns, const std::vector<std::string>& cells, const std::string& place) {
    Row row;
    for (std::size_t i = 0; i < std::min(columns.size(), cells.size()); ++i) {
        if (!columns[i].read(cells[i], row))
            throw RowError(fmt::format("{}: column {}: \"{}\" is not {}", place, columns[i].name, cells[i],
                                       columns[i].expected));
    }
    if constexpr (std::is_same_v<Row, RawRow>) {
        if (cells.size() < columns.size()) row.cpu_s = row.user_s + row.system_s;
    }
    if (const std::string wrong = contradiction(row); !wrong.empty())
        throw RowError(fmt::format("{}: {}", place, wrong));
    return row;
}

template<typename Columns>
void check_header(const Columns& columns, std::span<const std::string> header, const std::string& file) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0 && i == header.size() && ended_first_version(columns[i - 1].name)) return;
        if (i >= header.size())
            throw RowError(fmt::format("{}:1: the header has no column {}", file, columns[i].name));
        if (header[i] != columns[i].name)
            throw RowError(fmt::format("{}:1: column {} is \"{}\" instead of {}", file, i + 1, header[i],
                                       columns[i].name));
    }
    if (header.size() > columns.size())
        throw RowError(fmt::format("{}:1: unknown column \"{}\"", file, header[columns.size()]));
}

template<typename Row, typename Columns>
std::vector<Row> parse(const Columns& columns, std::string_view text, const std::string& file) {
    core::TextTable table;
    try {
        table = core::read_table(text, core::Dialect(), file, {});
    } catch (const core::JobError& error) {
        throw RowError(error.what());
    }
    check_header(columns, table.header, file);
    std::vector<Row> rows;
    rows.reserve(table.rows.size());
    for (std::size_t i = 0; i < table.rows.size(); ++i)
        rows.push_back(parse_row<Row>(columns, table.rows[i], fmt::format("{}:{}", file, table.lines[i])));
    return rows;
}

void append(const std::string& path, const std::string& header, const std::string& rows) {
    std::error_code absent;
    const auto size = std::filesystem::file_size(path, absent);
    if (absent || size == 0) return append_file(path, header + rows);
    if (read_part(path, 0, header.size()) != header)
        throw RowError(fmt::format("{}:1: has other columns than this version writes", path));
    if (read_part(path, size - 1, 1) != "\n")
        throw RowError(fmt::format("{}: its last row is cut short", path));
    append_file(path, rows);
}

} // namespace

std::string_view name(Phase phase) noexcept { return name_in(phase_names, phase); }
std::string_view name(Mode mode) noexcept { return name_in(mode_names, mode); }
std::string_view name(Role role) noexcept { return name_in(role_names, role); }

std::string raw_header() { return header_of(raw_columns); }
std::string raw_text(std::span<const RawRow> rows) { return text_of(raw_columns, rows); }
std::string timeline_header() { return header_of(timeline_columns); }
std::string timeline_text(std::span<const TimelineRow> rows) { return text_of(timeline_columns, rows); }

std::vector<RawRow> parse_raw(std::string_view text, const std::string& file) {
    return parse<RawRow>(raw_columns, text, file);
}
std::vector<TimelineRow> parse_timeline(std::string_view text, const std::string& file) {
    return parse<TimelineRow>(timeline_columns, text, file);
}

void append_raw(const std::string& path, std::span<const RawRow> rows) {
    append(path, raw_header(), raw_text(rows));
}
void append_timeline(const std::string& path, std::span<const TimelineRow> rows) {
    append(path, timeline_header(), timeline_text(rows));
}
std::vector<RawRow> read_raw(const std::string& path) { return parse_raw(read_file(path), path); }
std::vector<TimelineRow> read_timeline(const std::string& path) {
    return parse_timeline(read_file(path), path);
}

} // namespace ordermill::study
