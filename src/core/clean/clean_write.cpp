// The writing half of Cleaner: a record's row in the clean file, or its rows among the rejects.
#include "core/clean/clean.hpp"
#include "core/csv/csv_write.hpp"
#include "core/text/encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace ordermill::core {
namespace {

/// A record with thousands of faults would fill the memory with its text.
constexpr std::size_t most_whole_rows = 16;

} // namespace

/// Writes the job's fields, a delimiter behind each, and ends the row. Returns where it begins.
std::size_t Cleaner::write_clean(std::span<const FieldView> fields) {
    Buffer& bytes = batch_->clean.bytes;
    const std::size_t begin = bytes.size();
    std::size_t room = fixed_room_;
    for (const OutputStep& step : outputs_) room += 2 * slots_[step.slot].size;
    bytes.ensure(room);
    char* out = bytes.end();
    if (recipe_.output().quoting == OutputSpec::Quoting::all) {
        out = write_quoted_fields(out);
    } else {
        for (const OutputStep& step : outputs_) {
            out = write_slot(out, slots_[step.slot], step.type);
            *out++ = recipe_.output().delimiter;
        }
    }
    bytes.set_end(out);
    end_row(begin, fields);
    return begin;
}

/// The text, or one with an apostrophe in front that is valid until the next call.
std::string_view Cleaner::safe_text(std::string_view text) {
    if (!quotes_formulas_ || !is_formula(text)) return text;
    count(recipe_.shape().formulas_quoted());
    made_.clear();
    made_.push_back('\'');
    made_.append(text);
    return made_.view();
}

char* Cleaner::write_slot(char* out, const Value& value, const ValueType& type) {
    const OutputSpec& output = recipe_.output();
    if (value.state == State::missing)
        return output.missing.empty() ? out : write_field(out, output.missing, output.delimiter, false);
    if (value.state == State::kept || type.kind == Kind::text) {
        const bool always = output.quoting == OutputSpec::Quoting::all;
        if (quotes_formulas_) [[unlikely]]
            return write_field(out, safe_text(value.text()), output.delimiter, always);
        return write_field(out, value.text(), output.delimiter, always);
    }
    return write_value(out, value, type);
}

/// What comes behind the job's fields, which have been written from `begin` on, and the line end.
void Cleaner::end_row(std::size_t begin, std::span<const FieldView> fields) {
    Buffer& bytes = batch_->clean.bytes;
    fields_end_ = bytes.size() - 1;
    if (carries_) write_carried(fields);
    if (bytes.size() == begin + 1) { // a record of one empty field would be a blank line
        bytes.set_end(bytes.data() + begin);
        bytes.append("\"\",");
        fields_end_ = bytes.size() - 1;
    }
    bytes.data()[bytes.size() - 1] = '\n';
}

/// `quoting = all`: numbers, dates and missing values as well.
char* Cleaner::write_quoted_fields(char* out) {
    const OutputSpec& output = recipe_.output();
    for (const OutputStep& step : outputs_) {
        const Value& value = slots_[step.slot];
        if (value.state == State::missing) {
            out = write_field(out, output.missing, output.delimiter, true);
        } else if (value.state == State::kept || step.type.kind == Kind::text) {
            out = write_field(out, safe_text(value.text()), output.delimiter, true);
        } else {
            *out++ = '"';
            out = write_value(out, value, step.type);
            *out++ = '"';
        }
        *out++ = output.delimiter;
    }
    return out;
}

/// Everything behind the job's fields: carried columns, provenance, flags; each with a delimiter behind it.
void Cleaner::write_carried(std::span<const FieldView> fields) {
    const OutputSpec& output = recipe_.output();
    const bool always = output.quoting == OutputSpec::Quoting::all;
    LinedText& clean = batch_->clean;
    for (const std::uint32_t column : mapping_->rest) {
        const auto text = column_text(static_cast<std::int32_t>(column), fields);
        append_field(clean.bytes, safe_text(text.value_or(std::string_view())), output.delimiter, always);
        clean.bytes.push_back(output.delimiter);
    }
    fields_end_ = clean.bytes.size() - 1;
    if (output.file_column) {
        append_field(clean.bytes, safe_text(chunk_->file), output.delimiter, always);
        clean.bytes.push_back(output.delimiter);
    }
    if (output.line_column) {
        if (always) clean.bytes.push_back('"');
        clean.mark_line(line_);
        if (always) clean.bytes.push_back('"');
        clean.bytes.push_back(output.delimiter);
    }
    if (recipe_.has_flags()) write_flags();
}

void Cleaner::write_flags() {
    const OutputSpec& output = recipe_.output();
    Buffer& bytes = batch_->clean.bytes;
    std::string text;
    for (const Note& note : flags_) {
        const std::string_view who = note.of == Note::Of::record ? "record" : note_name(note);
        text += fmt::format("{}{}:{}", text.empty() ? "" : ";", who, name(note.reason));
    }
    append_field(bytes, text, output.delimiter, output.quoting == OutputSpec::Quoting::all);
    bytes.push_back(output.delimiter);
}

std::string_view Cleaner::note_name(const Note& note) const {
    switch (note.of) {
    case Note::Of::field: return recipe_.fields()[note.index].name();
    case Note::Of::rule: return recipe_.rules()[note.index].name;
    case Note::Of::split: return recipe_.splits()[note.index].name;
    case Note::Of::carried: return mapping_->names[note.index];
    case Note::Of::record: break;
    }
    return {};
}

/// The source column that a fault is about; -1 when it is about none.
std::int32_t Cleaner::column_of(const Note& note, const Record& record) const {
    if (note.of == Note::Of::carried) return static_cast<std::int32_t>(note.index);
    if (note.of == Note::Of::split) return mapping_->column_of[recipe_.splits()[note.index].column];
    if (note.of == Note::Of::record) {
        const bool at_field = note.reason == Reason::stray_quote || note.reason == Reason::quote_inside ||
                              note.reason == Reason::unclosed_quote;
        return at_field && record.fault_field < mapping_->columns()
                   ? static_cast<std::int32_t>(record.fault_field)
                   : -1;
    }
    if (note.of == Note::Of::field) {
        for (const Recipe::Step& step : recipe_.parse_steps()) {
            if (step.field != note.index) continue;
            if (step.source == Recipe::Source::column) return mapping_->column_of[step.index];
            for (const Recipe::Split& split : recipe_.splits()) {
                if (std::find(split.parts.begin(), split.parts.end(), step.index) != split.parts.end())
                    return mapping_->column_of[split.column];
            }
        }
    }
    return -1;
}

/// Appends what is wrong, for people. If not whole, with the beginning of the value.
void Cleaner::explain(const Note& note, const Record& record, bool whole, Buffer& out) const {
    const auto say = [&out](std::initializer_list<std::string_view> texts) {
        for (const std::string_view text : texts) out.append(text);
    };
    const std::string_view what = core::describe(note.reason);
    switch (note.of) {
    case Note::Of::field: {
        std::string_view source = sources_[note.index];
        if (!whole) source = source.substr(0, excerpt_bytes);
        say({note_name(note), ": "});
        if (note.reason != Reason::required && !source.empty()) {
            out.push_back('"');
            append_escaped(out, source);
            say({"\": "});
        }
        return say({what});
    }
    case Note::Of::rule:
        return say({"rule ", note_name(note), ": ", what, ": ", recipe_.rules()[note.index].source});
    case Note::Of::split: return say({"split ", note_name(note), ": ", what});
    case Note::Of::carried: return say({"carried column ", note_name(note), ": ", what});
    case Note::Of::record: break;
    }
    say({what});
    const bool counted = note.reason == Reason::missing_columns || note.reason == Reason::too_many_columns;
    if (counted && !record.first_line_only)
        say({fmt::format(": {} instead of {}", record.field_count, mapping_->columns())});
    if (record.long_line)
        say({fmt::format("; it has {} bytes and isn't in rejects-raw", record.end - record.begin)});
    if (record.first_line_only)
        say({"; it runs over a quoted line break, so only its first line is rejected"});
}

void Cleaner::write_rejects(const Record& record) {
    if (recipe_.orders() != nullptr) {
        batch_->orders.rejects.push_back(
            {chunk_->base + record.begin, batch_->rejects.bytes.size(), batch_->rejects_raw.size()});
    }
    for (std::size_t i = 0; i < faults_.size(); ++i) write_reject(record, faults_[i], i < most_whole_rows);
    const std::uint64_t bytes = record.end - record.begin;
    if (record.long_line) {
        batch_->tally.add(recipe_.shape().raw_left_out());
        batch_->tally.add(recipe_.shape().raw_bytes_left_out(), bytes);
    } else {
        batch_->rejects_raw.append(chunk_->bytes.substr(record.begin, bytes));
    }
}

/// If not whole, its first bytes; of a line over the length limit the rest may not be there.
std::string_view Cleaner::shown_bytes(const Record& record, bool whole) const noexcept {
    const std::size_t size = record.content_end - record.begin;
    const bool all = whole && !record.long_line;
    return chunk_->bytes.substr(record.begin, all ? size : std::min(size, excerpt_bytes));
}

/// file,line,byte_position,column_idx,column_name,error_type,rule,raw_record,error_message
void Cleaner::write_reject(const Record& record, const Note& note, bool whole) {
    const TallyShape& shape = recipe_.shape();
    Buffer& bytes = batch_->rejects.bytes;
    const auto append_number = [&bytes](std::uint64_t number) {
        bytes.ensure(number_capacity);
        bytes.set_end(write_integer(bytes.end(), static_cast<std::int64_t>(number)));
    };
    append_field(bytes, chunk_->file);
    bytes.push_back(',');
    batch_->rejects.mark_line(line_);
    const std::int32_t column = column_of(note, record);
    bytes.push_back(',');
    append_number(chunk_->base + record.begin);
    bytes.push_back(',');
    if (column >= 0) append_number(static_cast<std::uint64_t>(column) + 1);
    bytes.push_back(',');
    if (column >= 0) append_field(bytes, mapping_->names[static_cast<std::size_t>(column)]);
    bytes.push_back(',');
    bytes.append(name(note.reason));
    bytes.push_back(',');
    append_field(bytes, note_name(note));
    bytes.push_back(',');
    made_.clear();
    append_escaped(made_, shown_bytes(record, whole));
    append_field(bytes, made_.view());
    bytes.push_back(',');
    made_.clear();
    explain(note, record, whole, made_);
    if (!whole && shown_bytes(record, true).size() > excerpt_bytes)
        made_.append("; the record's first rows have more of it");
    append_field(bytes, made_.view());
    bytes.push_back('\n');

    switch (note.of) {
    case Note::Of::record:
    case Note::Of::carried: batch_->tally.add(shape.fault(shape.fields, note.reason)); break;
    case Note::Of::field: batch_->tally.add(shape.fault(note.index, note.reason)); break;
    case Note::Of::rule: batch_->tally.add(shape.rule_broken(note.index)); break;
    case Note::Of::split: batch_->tally.add(shape.split_broken(note.index)); break;
    }
}

} // namespace ordermill::core
