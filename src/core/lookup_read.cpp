#include "core/lookup_read.hpp"

#include "core/csv.hpp"
#include "core/encoding.hpp"
#include "core/field.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ordermill::core {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string text_of(const FieldView& field, const Dialect& dialect) {
    std::string text(field.view());
    if (field.escaped)
        text.resize(static_cast<std::size_t>(unescape(field, dialect, text.data()) - text.data()));
    Arena arena;
    const auto converted = to_utf8(text, dialect.encoding, arena);
    return std::string(trim(converted.value_or(text)));
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
    if (found != table.header.end()) return static_cast<std::size_t>(found - table.header.begin());
    const std::string_view near = nearest(name, table.header);
    throw JobError(spec.place,
                   fmt::format("look-up {}: {} has no column \"{}\"{} ({})", spec.name, spec.file, name,
                               near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near),
                               read_with(spec.dialect)));
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

} // namespace

TextTable read_table(std::string_view bytes, const Dialect& dialect, const std::string& what, Place place,
                     bool has_header) {
    TextTable table;
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    std::uint64_t line = 1;
    std::size_t begin = 0;
    if (has_header) {
        RecordReader reader(dialect, 0);
        reader.open(bytes, 0, true);
        if (reader.next() != RecordReader::Next::record)
            throw JobError(place, fmt::format("{} is empty", what));
        for (const FieldView& field : reader.fields()) table.header.push_back(text_of(field, dialect));
        line += reader.record().lines;
        begin = reader.position();
    }
    RecordReader reader(dialect, static_cast<std::uint32_t>(table.header.size()));
    reader.open(bytes, begin, true);
    while (reader.next() == RecordReader::Next::record) {
        const Record& record = reader.record();
        if (record.kind == RecordKind::data) {
            if (record.fault != Reason::none) {
                throw JobError(place, fmt::format("{} line {}: {} ({})", what, line, describe(record.fault),
                                                  read_with(dialect)));
            }
            auto& row = table.rows.emplace_back();
            for (const FieldView& field : reader.fields()) row.push_back(text_of(field, dialect));
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
    std::map<std::string, std::uint64_t> first_lines;
    Arena arena;
    std::vector<Value> key(keys.size());
    std::vector<Value> values(columns.size());
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        arena.reset();
        const auto& cells = table.rows[row];
        std::string shown;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            key[i] = cell(keys[i], cells[key_at[i]], spec, table.lines[row], arena);
            shown += fmt::format("{}{}", i == 0 ? "" : ", ", cells[key_at[i]]);
        }
        for (std::size_t i = 0; i < columns.size(); ++i) {
            values[i] = cell(columns[i], cells[column_at[i]], spec, table.lines[row], arena);
        }
        if (!lookup->add(key, values)) {
            throw JobError(spec.place,
                           fmt::format("look-up {}: {} has the key \"{}\" twice, in lines {} and {}",
                                       spec.name, spec.file, shown, first_lines[shown], table.lines[row]));
        }
        first_lines.emplace(shown, table.lines[row]);
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
