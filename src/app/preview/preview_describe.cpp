// What became of the record in hand: its values before and after, what was done to them, and why.
#include "app/preview/preview.hpp"
#include "app/terminal/aligned_table.hpp"
#include "core/csv/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

using core::Recipe;

const Recipe::Step& Preview::step_of(std::uint32_t field) const {
    for (const auto steps : {recipe_->parse_steps(), recipe_->derive_steps()}) {
        for (const Recipe::Step& step : steps) {
            if (step.field == field) return step;
        }
    }
    throw std::logic_error("a field without a step");
}

std::string Preview::column_text(std::int32_t column) const {
    const auto index = static_cast<std::size_t>(column);
    return column < 0 || index >= texts_.size() ? std::string() : texts_[index];
}

/// As `clean` writes it, but for quotes and the text for missing values.
std::string Preview::after(std::uint32_t field) const {
    const core::Value& value = cleaner_->values()[field];
    const core::ValueType& type = recipe_->fields()[field].type();
    if (value.state == core::State::missing || value.state == core::State::faulty) return {};
    if (value.state == core::State::kept || type.kind == core::Kind::text) return std::string(value.text());
    char written[core::date_capacity];
    return {written, core::write_value(written, value, type)};
}

std::string Preview::operands(const core::Expression& expression) const {
    std::string text;
    for (const std::uint32_t field : expression.operands()) {
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", recipe_->fields()[field].name(),
                            shown(after(field)));
    }
    return text;
}

std::string Preview::example_value(const Event& event) const {
    switch (event.of) {
    case Event::Of::record: return shown(raw_);
    case Event::Of::split:
        return shown(column_text(mapping_->column_of[recipe_->splits()[event.index].column]));
    case Event::Of::rule: return operands(recipe_->rules()[event.index].expression);
    case Event::Of::field: break;
    }
    const Recipe::Step& step = step_of(static_cast<std::uint32_t>(event.index));
    switch (step.source) {
    case Recipe::Source::column: return shown(column_text(mapping_->column_of[step.index]));
    case Recipe::Source::expression: return operands(recipe_->expressions()[step.index]);
    case Recipe::Source::part: break;
    }
    for (const Recipe::Split& split : recipe_->splits()) {
        if (std::find(split.parts.begin(), split.parts.end(), step.index) != split.parts.end())
            return shown(column_text(mapping_->column_of[split.column]));
    }
    return {};
}

PreviewField Preview::describe_field(std::uint32_t field) const {
    PreviewField described;
    described.name = recipe_->fields()[field].name();
    described.after = after(field);
    const Recipe::Step& step = step_of(field);
    if (step.source == Recipe::Source::column) {
        described.before = column_text(mapping_->column_of[step.index]);
        if (*described.before != described.after) described.change = PreviewField::Change::written;
    } else {
        described.change = PreviewField::Change::made;
    }
    describe_repairs(described, field);
    return described;
}

void Preview::describe_repairs(PreviewField& described, std::uint32_t field) const {
    for (const Event& event : events_) {
        if (event.of != Event::Of::field || event.index != field || single_.tally[event.counter] == 0)
            continue;
        if (event.fault) {
            described.change = PreviewField::Change::faulty;
        } else if (described.change != PreviewField::Change::faulty) {
            described.change = PreviewField::Change::repaired;
        }
        described.why +=
            fmt::format("{}{}, {}", described.why.empty() ? "" : "; ", event.reason, event.outcome);
    }
}

void Preview::add_remarks(PreviewRecord& record) const {
    for (const Event& event : events_) {
        if (single_.tally[event.counter] == 0) continue;
        if (event.of == Event::Of::rule || event.of == Event::Of::split)
            record.remarks.push_back(fmt::format("{} {}: {}, {}", event.fault ? '!' : ' ', event.where,
                                                 event.reason, event.outcome));
    }
}

/// From the rejects as `clean` writes them.
void Preview::add_faults(PreviewRecord& record) const {
    constexpr std::size_t error_type = 5;
    constexpr std::size_t error_message = 8;
    const core::Dialect dialect{.max_record = UINT64_MAX};
    core::Buffer rendered;
    const std::string_view rejects = single_.rejects.render(record.line, rendered);
    core::RecordReader reader(dialect, error_message + 1);
    reader.open(rejects, 0, true);
    while (reader.next() == core::RecordReader::Next::record) {
        const auto text = [&](std::size_t index) {
            const core::FieldView& field = reader.fields()[index];
            std::string value(field.view());
            if (field.escaped)
                value.resize(
                    static_cast<std::size_t>(core::unescape(field, dialect, value.data()) - value.data()));
            return value;
        };
        record.faults.push_back({text(error_type), text(error_message)});
    }
}

PreviewRecord Preview::describe(std::uint64_t line) const {
    PreviewRecord record;
    record.file = file_;
    record.line = line;
    record.raw = raw_;
    const core::Accounts& accounts = single_.accounts;
    if (accounts.clean.records > 0) {
        for (std::uint32_t i = 0; i < recipe_->fields().size(); ++i)
            record.fields.push_back(describe_field(i));
        add_remarks(record);
    } else if (accounts.rejected.records > 0) {
        record.outcome = PreviewRecord::Outcome::rejected;
        add_faults(record);
    } else if (accounts.dropped.records > 0) {
        record.outcome = PreviewRecord::Outcome::dropped;
        for (std::size_t i = 0; i < recipe_->drops().size(); ++i) {
            if (single_.tally[recipe_->shape().dropped(i)] > 0) record.note = recipe_->drops()[i].name;
        }
    } else {
        record.outcome = PreviewRecord::Outcome::skipped;
        record.note = accounts.blank.records > 0     ? "blank"
                      : accounts.comment.records > 0 ? "a comment"
                                                     : "a repeated header";
    }
    return record;
}

} // namespace ordermill::app
