// Records of any bytes in any dialect: as the naive parser reads them, wherever the reader's window ends and
// wherever the bytes are cut.
#include "core/csv/csv.hpp"
#include "core/csv/csv_write.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/seed_files.hpp"
#include "support/naive_csv.hpp"

#include <algorithm>
#include <filesystem>

using namespace ordermill;
using core::RecordReader;

namespace {

constexpr std::size_t most_bytes = 4096; // the naive parser reads on from every line of an open quote

struct Setting {
    core::Dialect dialect;
    std::uint32_t columns;
    std::size_t window;
    std::size_t chunk;
};

Setting read_setting(fuzz::Choices& choices) {
    Setting setting;
    const char delimiters[] = {',', ',', ';', '\t', '|', ' '};
    const char quotes[] = {'"', '"', '"', '\'', 0};
    setting.dialect.delimiter = delimiters[choices.below(std::size(delimiters))];
    setting.dialect.quote = quotes[choices.below(std::size(quotes))];
    setting.dialect.line_end = static_cast<core::LineEnd>(choices.below(4));
    const std::uint8_t switches = choices.byte();
    setting.dialect.backslash = switches % 4 == 1;
    setting.dialect.lenient_quotes = switches / 4 % 4 == 1;
    setting.dialect.comment = switches / 16 % 4 == 1 ? '#' : '\0';
    setting.dialect.strict_inside = switches / 64 == 1;
    const std::size_t longest = choices.byte();
    setting.dialect.max_record = longest >= 64 ? 1 << 20 : 4 + longest;
    setting.columns = static_cast<std::uint32_t>(choices.below(5));
    setting.window = 1 + choices.byte();
    setting.chunk = 1 + choices.byte();
    return setting;
}

std::string text_of(const core::FieldView& field, const core::Dialect& dialect) {
    std::string text(field.view());
    if (field.escaped)
        text.resize(static_cast<std::size_t>(core::unescape(field, dialect, text.data()) - text.data()));
    return text;
}

bool structural(core::Reason reason) {
    return reason != core::Reason::none && reason != core::Reason::nul_byte &&
           reason != core::Reason::invalid_encoding;
}

void require_same(const RecordReader& reader, const test::NaiveRecord& naive, const core::Dialect& dialect) {
    const core::Record& record = reader.record();
    fuzz::require(record.begin == naive.begin && record.end == naive.end, "a record's place");
    fuzz::require(record.lines == naive.lines, "a record's lines");
    fuzz::require(record.kind == naive.kind, "a record's kind");
    fuzz::require((record.fault == core::Reason::none) == (naive.fault == core::Reason::none),
                  "faulty or not");
    if (structural(record.fault) || record.kind != core::RecordKind::data) return;
    fuzz::require(reader.fields().size() == naive.fields.size(), "the number of fields");
    for (std::size_t i = 0; i < naive.fields.size(); ++i)
        fuzz::require_equal(text_of(reader.fields()[i], dialect), naive.fields[i], "a field");
}

using Records = std::vector<test::NaiveRecord>;

void read_whole(std::string_view bytes, const Setting& setting, const Records& naive) {
    RecordReader reader(setting.dialect, setting.columns);
    reader.open(bytes, 0, true);
    for (const test::NaiveRecord& wanted : naive) {
        fuzz::require(reader.next() == RecordReader::Next::record, "there is another record");
        require_same(reader, wanted, setting.dialect);
        fuzz::note(wanted.fault == core::Reason::none ? "sound" : "faulty");
    }
    fuzz::require(reader.next() == RecordReader::Next::end, "there is no other record");
}

/// Seen through a window that grows only when a record's end can't be seen: the same records, each once.
void read_through_window(std::string_view bytes, const Setting& setting, const Records& naive) {
    RecordReader reader(setting.dialect, setting.columns);
    std::size_t end = std::min(setting.window, bytes.size());
    std::size_t at = 0;
    std::size_t seen = 0;
    while (seen < naive.size()) {
        reader.open(bytes.substr(0, end), at, end == bytes.size());
        RecordReader::Next next = RecordReader::Next::record;
        while ((next = reader.next()) == RecordReader::Next::record) {
            fuzz::require(seen < naive.size(), "no more records than there are");
            require_same(reader, naive[seen++], setting.dialect);
        }
        at = reader.position();
        fuzz::require(seen == naive.size() ? at == bytes.size() : at == naive[seen].begin,
                      "where reading goes on");
        fuzz::require(seen == naive.size() || end < bytes.size(), "the last bytes are read");
        if (next == RecordReader::Next::partial) fuzz::note("seen in part");
        end = std::min(end + setting.window, bytes.size());
    }
}

/// Every chunk's first record is guessed; a guess is a place where a record could begin, and mostly the right
/// one.
void guess_in_chunks(std::string_view bytes, const Setting& setting, const Records& naive) {
    for (std::size_t begin = setting.chunk; begin < bytes.size(); begin += setting.chunk) {
        const std::size_t end = std::min(begin + setting.chunk, bytes.size());
        const std::size_t guess =
            core::guess_record_start(bytes, begin, end, true, setting.dialect, setting.columns);
        fuzz::require(guess == std::string_view::npos || (guess >= begin && guess <= bytes.size()),
                      "a guess is in its chunk");
        const auto first =
            std::find_if(naive.begin(), naive.end(), [begin](const auto& r) { return r.begin >= begin; });
        const std::size_t wanted =
            first == naive.end() || first->begin >= end ? std::string_view::npos : first->begin;
        const bool none = guess == std::string_view::npos || guess >= end;
        fuzz::note((none ? std::string_view::npos : guess) == wanted ? "guessed right" : "guessed wrong");
    }
}

/// A byte order mark at the beginning of a record is no data, unless it is quoted.
std::string_view read_back(std::string_view field, bool is_first, bool always) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    const bool is_quoted = always || core::needs_quotes(field, ';');
    if (is_first && !is_quoted && field.starts_with(mark)) field.remove_prefix(mark.size());
    return field;
}

/// What is written can be read back: each field, quoted when it must be or always.
void write_and_read(const Records& naive, bool always) {
    for (const test::NaiveRecord& record : naive) {
        if (record.fields.size() < 2 || record.kind != core::RecordKind::data) continue;
        core::Buffer row;
        for (const std::string& field : record.fields) {
            if (!row.empty()) row.push_back(';');
            core::append_field(row, field.empty() ? "-" : field, ';', always);
        }
        row.push_back('\n');
        RecordReader reader({.delimiter = ';'}, static_cast<std::uint32_t>(record.fields.size()));
        reader.open(row.view(), 0, true);
        fuzz::require(reader.next() == RecordReader::Next::record, "a written row is a record");
        fuzz::require(reader.position() == row.size(), "and no more than one");
        fuzz::require(!structural(reader.record().fault), "without a fault");
        for (std::size_t i = 0; i < record.fields.size() && reader.record().kind == core::RecordKind::data;
             ++i)
            fuzz::require_equal(text_of(reader.fields()[i], {}),
                                record.fields[i].empty() ? "-" : read_back(record.fields[i], i == 0, always),
                                "a written field");
    }
}

} // namespace

std::vector<std::string> fuzz::seeds() {
    // Eight bytes of settings, then CSV.
    const std::string settings[] = {{"\0\0\0\0\xFF\0\x20\x30", 8},
                                    {"\2\0\0\0\xFF\3\x07\x11", 8},
                                    {"\0\3\0\1\xFF\4\x40\x05", 8},
                                    {"\0\0\0\x15\x20\2\x03\x03", 8},
                                    {"\0\0\1\x10\xFF\3\x09\x50", 8}};
    std::vector<std::string> texts;
    for (const auto& folder : sorted_entries(ORDERMILL_SOURCE "/tests/golden")) {
        if (!std::filesystem::is_directory(folder / "input")) continue;
        for (const std::string& csv : files_in(folder / "input", ".csv")) {
            for (const std::string& setting : settings)
                texts.push_back(setting + csv.substr(0, most_bytes / 4));
        }
    }
    return texts;
}

std::vector<fuzz::Expected> fuzz::expected_outcomes() {
    return {{"sound", 0.5},
            {"faulty", 0.5},
            {"seen in part", 0.5},
            {"guessed right", 0.5},
            {"guessed wrong", 0.01}};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Choices choices({reinterpret_cast<const char*>(data), size});
    const Setting setting = read_setting(choices);
    const std::string_view bytes = choices.rest().substr(0, most_bytes);
    const Records naive = test::NaiveCsv(bytes, setting.dialect, setting.columns).all();
    read_whole(bytes, setting, naive);
    read_through_window(bytes, setting, naive);
    guess_in_chunks(bytes, setting, naive);
    write_and_read(naive, setting.window % 2 == 0);
    return 0;
}
