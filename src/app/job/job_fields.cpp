#include "app/job/job_fields.hpp"

#include "app/job/job_names.hpp"
#include "app/job/job_steps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

using core::FieldSpec;
using core::FieldType;
using core::JobError;
using core::JobSpec;
using core::Place;

namespace {

FieldType read_type(const Piece& head, Cursor& cursor) {
    const Word word = cursor.word();
    const Piece piece{word.text, word.place};
    if (word.text.find('|') != std::string::npos) {
        throw JobError(word.place,
                       fmt::format("unknown type \"{}\"; steps are separated by \" | \"", word.text));
    }
    if (word.empty())
        throw JobError(head.place, fmt::format("expected a type: {}", joined(known_texts(field_types))));
    return choice(piece, field_types, "type");
}

void read_expression(const Piece& source, FieldSpec& field) {
    Piece expression = source;
    field.when_exact = take_when("exact", expression);
    require_expression(expression);
    if (field.when_exact && field.type != FieldType::integer && field.type != FieldType::decimal) {
        throw JobError(expression.part(expression.text.size()).place,
                       "\"when exact\" is only for integer and decimal fields");
    }
    field.expression = expression.text;
    field.expression_place = expression.place;
}

/// `"A" or "B"`, `#3`, `@part`, `:= expression`, or nothing.
void read_source(Cursor& cursor, FieldSpec& field) {
    constexpr std::uint64_t most_columns = 1'000'000;
    if (cursor.take(":=")) return read_expression(cursor.rest(), field);
    if (cursor.take("#")) {
        field.position = static_cast<std::uint32_t>(whole_number(cursor.rest(), 1, most_columns));
        return;
    }
    if (cursor.take("@")) {
        require_name(cursor.rest(), "a part's name");
        field.part = cursor.rest().text;
        return;
    }
    if (cursor.peek() == '"') field.columns = alternatives(cursor);
    if (cursor.at_end()) return;
    throw JobError(cursor.rest().place,
                   fmt::format("unexpected \"{}\"; write a column as \"Name\" or #3, a part as @name, an "
                               "expression as := ..., and \" | \" before each step",
                               cursor.rest().text));
}

FieldSpec read_field(const Entry& entry) {
    require_name(entry.key, "a field's name");
    const std::vector<Piece> pieces = split_steps(entry.value, Syntax::field);
    FieldSpec field;
    field.name = entry.key.text;
    field.place = entry.key.place;
    Cursor cursor(pieces.front());
    field.type = read_type(pieces.front(), cursor);
    read_source(cursor, field);
    read_steps(std::span(pieces).subspan(1), field);
    return field;
}

bool is_rest(const Entry& entry) { return entry.key.text == "rest" && entry.value.text.starts_with('*'); }

/// `*` or `* | names snake`
void read_rest(const Entry& entry, JobSpec& job) {
    const std::vector<Piece> pieces = split_steps(entry.value, Syntax::field);
    if (pieces.front().text != "*") {
        throw JobError(pieces.front().part(1).trimmed().place,
                       "unexpected text after \"*\"; only \" | names snake\" may follow");
    }
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        Cursor cursor(pieces[i]);
        if (job.rest_snake || !cursor.take_word("names") || !cursor.take_word("snake") || !cursor.at_end()) {
            throw JobError(
                pieces[i].place,
                fmt::format("unexpected \"{}\"; rest = * has one step, names snake", pieces[i].text));
        }
        job.rest_snake = true;
    }
    job.rest = true;
    job.rest_place = entry.key.place;
}

std::vector<std::string> field_names(const JobSpec& job) {
    std::vector<std::string> names;
    for (const FieldSpec& field : job.fields) names.push_back(field.name);
    return names;
}

const FieldSpec& find_field(const JobSpec& job, std::string_view name, Place place) {
    const auto found = std::find_if(job.fields.begin(), job.fields.end(),
                                    [name](const FieldSpec& field) { return field.name == name; });
    if (found == job.fields.end()) unknown(place, "field", name, field_names(job));
    return *found;
}

/// The named groups of a pattern. Takes what looks like one for one; the pattern itself is checked when it is
/// compiled.
void add_groups(std::string_view pattern, std::vector<std::string>& groups) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
            continue;
        }
        for (const std::string_view opening : {"(?P<", "(?<"}) {
            if (!pattern.substr(i).starts_with(opening)) continue;
            const std::string_view behind = pattern.substr(i + opening.size());
            groups.emplace_back(behind.substr(0, behind.find('>')));
        }
    }
}

void check_field(const JobSpec& job, const FieldSpec& field, std::span<const std::string> parts) {
    if (!field.part.empty() && std::find(parts.begin(), parts.end(), field.part) == parts.end()) {
        unknown(field.place, "part", field.part, parts);
    }
    if (!field.country_from.empty()) require_field(job, field.country_from, field.place_of("country"));
    if (field.values_lookup.empty()) return;
    std::vector<std::string> names;
    for (const core::LookupSpec& lookup : job.lookups) names.push_back(lookup.name);
    if (std::find(names.begin(), names.end(), field.values_lookup) == names.end()) {
        unknown(field.place_of("values"), "look-up", field.values_lookup, names);
    }
}

} // namespace

bool take_when(std::string_view condition, Piece& expression) {
    Piece left = expression;
    for (const std::string_view word : {condition, std::string_view("when")}) {
        if (!left.text.ends_with(word)) return false;
        const std::size_t size = left.text.size() - word.size();
        if (size > 0 && !is_space(left.text[size - 1]) && left.text[size - 1] != ')') return false;
        left = left.part(0, size).trimmed();
    }
    expression = left;
    return true;
}

void require_expression(const Piece& expression) {
    if (expression.empty() || expression.text.front() == '#' || expression.text.front() == '|') {
        throw JobError(expression.place, "expected an expression");
    }
}

void read_fields(const Section& section, JobSpec& job) {
    const Entry* rest = nullptr;
    for (const Entry& entry : section.entries) {
        if (is_rest(entry)) {
            rest = &entry;
            read_rest(entry, job);
            continue;
        }
        if (rest != nullptr && entry.key.place.line != 0) {
            throw JobError(rest->key.place,
                           "rest = * must be the last line of [fields], because its columns come last");
        }
        job.fields.push_back(read_field(entry));
    }
}

void read_field_overrides(const Section& section, JobSpec& job) {
    std::vector<std::string> inputs;
    for (const core::InputSpec& input : job.inputs) inputs.push_back(input.name);
    if (std::find(inputs.begin(), inputs.end(), section.name) == inputs.end()) {
        unknown(section.place, "input", section.name, inputs);
    }
    std::vector<FieldSpec>& overrides = job.field_overrides[std::string(section.name)];
    for (const Entry& entry : section.entries) {
        FieldSpec field = read_field(entry);
        const FieldSpec& original = find_field(job, field.name, field.place);
        if (original.type != field.type) {
            throw JobError(entry.value.place,
                           fmt::format("the field {} is {} in [fields], so it can't be {} here", field.name,
                                       name_of(original.type, field_types),
                                       name_of(field.type, field_types)));
        }
        if (field.hidden && !original.hidden) {
            throw JobError(
                field.place_of("hidden"),
                fmt::format(
                    "the field {} is an output column in [fields], so it can't be hidden for some files",
                    field.name));
        }
        field.hidden = original.hidden;
        overrides.push_back(std::move(field));
    }
}

void require_field(const JobSpec& job, std::string_view name, Place place) { find_field(job, name, place); }

void check_references(const JobSpec& job) {
    std::vector<std::string> parts;
    for (const core::SplitSpec& split : job.splits) add_groups(split.pattern, parts);
    for (const FieldSpec& field : job.fields) check_field(job, field, parts);
    for (const auto& [input, fields] : job.field_overrides) {
        for (const FieldSpec& field : fields) check_field(job, field, parts);
    }
}

} // namespace ordermill::app
