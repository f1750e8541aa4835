#include "core/field/lookup_read.hpp"

#include "core/base/suggest.hpp"
#include "core/csv/csv.hpp"
#include "core/field/field.hpp"
#include "core/text/encoding.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

namespace ordermill::core {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The texts of a record's fields, trimmed; nothing when some bytes mean nothing in the encoding.
std::optional<std::vector<std::string>> texts_of(std::span<const FieldView> fields, const Dialect& dialect) {
    std::vector<std::string> texts;
    Arena arena;
    for (const FieldView& field : fields) {
        std::string text(field.view());
        if (field.escaped)
            text.resize(static_cast<std::size_t>(unescape(field, dialect, text.data()) - text.data()));
        const auto converted = to_utf8(text, dialect.encoding, arena);
        if (!converted) return std::nullopt;
        texts.emplace_back(trim(*converted));
    }
    return texts;
}

std::string read_with(const Dialect& dialect) {
    return fmt::format("read with delimiter {}, encoding {}", visible_character(dialect.delimiter),
                       name(dialect.encoding));
}

/// How messages call the table.
std::string title(const LookupSpec& spec) { return fmt::format("look-up {}: {}", spec.name, spec.file); }

std::size_t column_named(const TextTable& table, const FieldSpec& field, const LookupSpec& spec) {
    const std::string& name = field.columns.empty() ? field.name : field.columns.front();
    const auto found = std::find(table.header.begin(), table.header.end(), name);
    if (found != table.header.end()) {
        if (std::find(found + 1, table.header.end(), name) != table.header.end())
            throw JobError(spec.place, fmt::format("look-up {}: {} has the column \"{}\" twice", spec.name,
                                                   spec.file, name));
        return static_cast<std::size_t>(found - table.header.begin());
    }
    throw JobError(spec.place, fmt::format("look-up {}: {} has no column \"{}\"{} ({})", spec.name, spec.file,
                                           name, did_you_mean(name, table.header), read_with(spec.dialect)));
}

Field compile_column(const FieldSpec& column, const LookupSpec& spec) {
    Field field = Field::compile(column);
    field.set_missing(spec.missing, false);
    return field;
}

/// Parses one cell; `texts` keeps what a text value points at.
Value cell(const Field& field, const std::string& text, const LookupSpec& spec, std::uint64_t line,
           Arena& arena) {
    Value value;
    if (field.is_missing(text)) return value;
    bool rounded = false;
    field.parse(text, value, arena, {}, rounded);
    if (value.state == State::faulty) {
        throw JobError(spec.place, fmt::format("look-up {}: {} line {}: {}: \"{}\": {}", spec.name, spec.file,
                                               line, field.name(), text, describe(value.reason)));
    }
    return value;
}

/// Equal as keys: numbers by their value, whatever their text was.
bool same(const Value& a, const Value& b) {
    if (a.state != State::present || b.state != State::present) return a.state == b.state;
    return a.number == b.number && a.text() == b.text();
}

} // namespace

TextTable read_table(std::string_view bytes, const Dialect& dialect, const std::string& what, Place place,
                     bool has_header) {
    TextTable table;
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    std::uint64_t line = 1;
    std::size_t begin = 0;
    const auto read_row = [&](const RecordReader& reader) {
        Reason reason = reader.record().fault;
        auto texts = reason == Reason::none ? texts_of(reader.fields(), dialect) : std::nullopt;
        if (texts) return std::move(*texts);
        if (reason == Reason::none) reason = Reason::invalid_encoding;
        throw JobError(place,
                       fmt::format("{} line {}: {} ({})", what, line, describe(reason), read_with(dialect)));
    };
    if (has_header) {
        RecordReader reader(dialect, 0);
        reader.open(bytes, 0, true);
        bool found = false;
        while (!found && reader.next() == RecordReader::Next::record) {
            found = reader.record().kind == RecordKind::data; // or a comment, or a blank line before it
            if (!found) line += reader.record().lines;
        }
        if (!found) throw JobError(place, fmt::format("{} is empty", what));
        table.header = read_row(reader);
        line += reader.record().lines;
        begin = reader.position();
    }
    RecordReader reader(dialect, static_cast<std::uint32_t>(table.header.size()));
    reader.open(bytes, begin, true);
    while (reader.next() == RecordReader::Next::record) {
        const Record& record = reader.record();
        if (record.kind == RecordKind::data) {
            table.rows.push_back(read_row(reader));
            table.lines.push_back(line);
        }
        line += record.lines;
    }
    return table;
}

std::shared_ptr<const LookupTable> read_lookup(const LookupSpec& spec, std::string_view bytes) {
    const TextTable table = read_table(bytes, spec.dialect, title(spec), spec.place);
    std::vector<Field> keys;
    std::vector<Field> columns;
    std::vector<std::size_t> key_at;
    std::vector<std::size_t> column_at;
    std::vector<ValueType> key_types;
    std::vector<LookupTable::Column> types;
    for (const FieldSpec& key : spec.keys) {
        keys.push_back(compile_column(key, spec));
        key_types.push_back(keys.back().type());
        key_at.push_back(column_named(table, key, spec));
    }
    for (const FieldSpec& column : spec.columns) {
        columns.push_back(compile_column(column, spec));
        types.push_back({column.name, columns.back().type()});
        column_at.push_back(column_named(table, column, spec));
    }
    auto lookup = std::make_shared<LookupTable>(spec.name, key_types, types);
    Arena arena;
    std::vector<Value> key(keys.size());
    std::vector<Value> values(columns.size());
    const auto read_key = [&](std::size_t row, std::vector<Value>& to) {
        for (std::size_t i = 0; i < keys.size(); ++i)
            to[i] = cell(keys[i], table.rows[row][key_at[i]], spec, table.lines[row], arena);
    };
    const auto repeated = [&](std::size_t row) {
        std::vector<Value> earlier(keys.size());
        std::size_t first = 0;
        for (; first < row; ++first) {
            read_key(first, earlier);
            if (std::equal(key.begin(), key.end(), earlier.begin(), same)) break;
        }
        std::string shown = table.rows[row][key_at.front()];
        for (std::size_t i = 1; i < key_at.size(); ++i) shown += ", " + table.rows[row][key_at[i]];
        return JobError(spec.place,
                        fmt::format("look-up {}: {} has the key \"{}\" twice, in lines {} and {}", spec.name,
                                    spec.file, shown, table.lines[first], table.lines[row]));
    };
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        arena.reset();
        const auto& cells = table.rows[row];
        read_key(row, key);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            values[i] = cell(columns[i], cells[column_at[i]], spec, table.lines[row], arena);
        }
        if (!lookup->add(key, values)) throw repeated(row);
    }
    return lookup;
}

std::vector<std::string> lookup_keys(const LookupSpec& spec, std::string_view bytes) {
    const TextTable table = read_table(bytes, spec.dialect, title(spec), spec.place);
    if (spec.keys.size() != 1) {
        throw JobError(
            spec.place,
            fmt::format("look-up {} has a key of several columns; `values lookup` needs one", spec.name));
    }
    const std::size_t at = column_named(table, spec.keys.front(), spec);
    std::vector<std::string> keys;
    for (const auto& row : table.rows) {
        const std::string& key = row[at];
        if (std::find(spec.missing.begin(), spec.missing.end(), key) == spec.missing.end() && !key.empty())
            keys.push_back(key);
    }
    return keys;
}

} // namespace ordermill::core
