// Cleaner's general way through one record's fields: split, parsed, repaired, settled, derived.
#include "core/clean/clean.hpp"

#include "core/text/encoding.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace ordermill::core {
namespace {

constexpr std::size_t most_groups = 16;

} // namespace

/// The column's text as UTF-8; nothing when its bytes mean nothing in the file's encoding.
std::optional<std::string_view> Cleaner::column_text(std::int32_t column, std::span<const FieldView> fields) {
    if (column < 0) return std::string_view();
    const FieldView& field = fields[static_cast<std::size_t>(column)];
    std::string_view text = field.view();
    if (field.escaped) {
        char* const out = arena_.reserve(field.size + 1);
        text = arena_.commit(out, unescape(field, recipe_.dialect(), out));
    }
    if (recipe_.dialect().encoding == Encoding::utf8) return text; // checked for the whole record
    return to_utf8(text, recipe_.dialect().encoding, arena_);
}

void Cleaner::parse_fields(std::span<const FieldView> fields) {
    if (!recipe_.splits().empty()) split_columns(fields);
    for (const QuickStep& quick : quick_) {
        parse_value(quick, fields);
        if (all_settled_at_once_) settle_value(quick);
    }
    if (!all_settled_at_once_) {
        run_repairs();
        for (const Recipe::Step& step : recipe_.parse_steps()) settle(step.field);
    }
    for (const Recipe::Step& step : recipe_.derive_steps()) derive(step);
}

void Cleaner::parse_value(const QuickStep& quick, std::span<const FieldView> fields) {
    if (!quick.quick || !parse_quickly(quick, fields)) parse_field(quick.step, fields);
}

void Cleaner::settle_value(const QuickStep& quick) {
    const State state = slots_[quick.step.field].state;
    const bool settled =
        state == State::present ? !quick.checked : state == State::missing && !quick.settle_missing;
    if (!settled) settle(quick.step.field);
}

/// The common case of parse_field; false when it isn't one.
bool Cleaner::parse_quickly(const QuickStep& quick, std::span<const FieldView> fields) {
    const std::int32_t column = mapping_->column_of[quick.step.index];
    if (column < 0) return false;
    const FieldView& source = fields[static_cast<std::size_t>(column)];
    if (source.escaped) return false;
    const std::uint32_t index = quick.step.field;
    const std::string_view text = trim(source.view());
    Value& value = slots_[index];
    value.size = 0;
    value.state = State::missing;
    value.reason = Reason::none;
    sources_[index] = text;
    if (text.empty() || (quick.words && quick.field->is_missing(text))) return true;
    bool rounded = false;
    quick.field->parse(text, value, arena_, {}, rounded);
    if (rounded) [[unlikely]]
        count(recipe_.shape().rounded(index));
    return true;
}

void Cleaner::parse_field(const Recipe::Step& step, std::span<const FieldView> fields) {
    const Field& field = recipe_.fields()[step.field];
    Value& value = slots_[step.field];
    value = Value{};
    sources_[step.field] = {};
    std::optional<std::string_view> text;
    if (step.source == Recipe::Source::column) {
        text = column_text(mapping_->column_of[step.index], fields);
        if (!text) {
            value.state = State::faulty;
            value.reason = Reason::invalid_encoding;
            return;
        }
    } else {
        text = parts_[step.index];
        if (!text) return;
    }
    if (field.trimmed()) text = trim(*text);
    sources_[step.field] = *text;
    if (field.is_missing(*text)) return;
    bool rounded = false;
    std::string_view country;
    if (const std::uint32_t from = recipe_.country_from(step.field); from != Recipe::npos) {
        if (slots_[from].state == State::present) country = country_code(slots_[from].text());
    }
    field.parse(*text, value, arena_, country, rounded);
    if (rounded) count(recipe_.shape().rounded(step.field));
}

void Cleaner::split_columns(std::span<const FieldView> fields) {
    std::fill(parts_.begin(), parts_.end(), std::nullopt);
    for (std::uint32_t i = 0; i < recipe_.splits().size(); ++i) {
        const Recipe::Split& split = recipe_.splits()[i];
        auto text = column_text(mapping_->column_of[split.column], fields);
        Reason reason = text ? Reason::none : Reason::invalid_encoding;
        if (text) {
            text = trim(*text);
            if (recipe_.input_misses(*text)) continue;
            re2::StringPiece groups[most_groups];
            const int wanted = static_cast<int>(std::min(most_groups, split.parts.size()));
            if (split.pattern->Match({text->data(), text->size()}, 0, text->size(), re2::RE2::ANCHOR_BOTH,
                                     groups, wanted)) {
                for (std::size_t group = 1; group < static_cast<std::size_t>(wanted); ++group) {
                    if (split.parts[group] == Recipe::npos || groups[group].data() == nullptr) continue;
                    parts_[split.parts[group]] = std::string_view(groups[group].data(), groups[group].size());
                }
                continue;
            }
            reason = Reason::split_mismatch;
        }
        const Note note{Note::Of::split, i, reason};
        if (split.on_fault.action == OnFault::Action::reject && !split.on_fault.flag) {
            faults_.push_back(note);
            continue;
        }
        count(recipe_.shape().split_flagged(i));
        if (split.on_fault.flag) flags_.push_back(note);
    }
}

void Cleaner::run_repairs() {
    for (std::uint32_t i = 0; i < recipe_.repairs().size(); ++i) {
        const Recipe::Repair& repair = recipe_.repairs()[i];
        Value& value = slots_[repair.field];
        if (value.state == State::present) continue;
        const bool faulty = value.state == State::faulty;
        if (faulty && repair.when_missing) continue;
        const Value found = evaluate(repair.expression);
        if (found.state != State::present) continue;
        value = found;
        count(recipe_.shape().step(i));
        if (faulty) count(recipe_.shape().step_over_fault(i));
    }
}

/// Default, required and the field's own rules, once its value is final.
void Cleaner::settle(std::uint32_t index) {
    const Field& field = recipe_.fields()[index];
    Value& value = slots_[index];
    if (value.state == State::faulty) return apply_fault(index, value.reason);
    if (value.state == State::missing) {
        if (const auto& standard = field.default_value()) {
            value = *standard;
            count(recipe_.shape().filled(index));
        } else if (field.required()) {
            return apply_fault(index, Reason::required);
        }
        return;
    }
    if (field.checked()) {
        if (const Reason reason = field.check(value); reason != Reason::none) apply_fault(index, reason);
    }
}

void Cleaner::apply_fault(std::uint32_t index, Reason reason) {
    const Field& field = recipe_.fields()[index];
    Value& value = slots_[index];
    const OnFault& on_fault = field.on_fault();
    if (on_fault.flag) flags_.push_back({Note::Of::field, index, reason});
    const auto repaired = [&](TallyShape::Repair repair) {
        count(recipe_.shape().repair(index, reason, repair));
    };
    switch (on_fault.action) {
    case OnFault::Action::reject:
        value.state = State::faulty;
        value.reason = reason;
        faults_.push_back({Note::Of::field, index, reason});
        return;
    case OnFault::Action::blank: value = Value{}; return repaired(TallyShape::Repair::blanked);
    case OnFault::Action::keep:
        if (field.refuses_formulas() && is_formula(sources_[index])) { // it would be written
            value.state = State::faulty;
            value.reason = Reason::formula;
            faults_.push_back({Note::Of::field, index, Reason::formula});
            return;
        }
        value.state = sources_[index].empty() ? State::missing : State::kept;
        value.data = sources_[index].data();
        value.size = static_cast<std::uint32_t>(sources_[index].size());
        return repaired(TallyShape::Repair::kept);
    case OnFault::Action::use_default:
        value = field.default_value() ? *field.default_value() : Value{};
        return repaired(TallyShape::Repair::defaulted);
    }
}

/// Carried columns are fields of no type, with few faults: bytes that mean nothing, formulas where they are
/// refused.
void Cleaner::check_carried(std::span<const FieldView> fields) {
    const bool refuses_formulas = recipe_.output().formulas == OutputSpec::Formulas::reject;
    for (const std::uint32_t column : mapping_->rest) {
        const auto text = column_text(static_cast<std::int32_t>(column), fields);
        if (!text) {
            faults_.push_back({Note::Of::carried, column, Reason::invalid_encoding});
        } else if (refuses_formulas && is_formula(*text)) {
            faults_.push_back({Note::Of::carried, column, Reason::formula});
        }
    }
}

void Cleaner::derive(const Recipe::Step& step) {
    const Field& field = recipe_.fields()[step.field];
    Value& value = slots_[step.field];
    value = evaluate(recipe_.expressions()[step.index]);
    sources_[step.field] = {};
    if (value.state == State::present && field.type().kind == Kind::text) {
        const std::string_view text = value.text();
        sources_[step.field] = text;
        bool rounded = false;
        if (field.is_missing(text)) {
            value = Value{};
        } else {
            field.parse(text, value, arena_, {}, rounded);
        }
    }
    settle(step.field);
}

} // namespace ordermill::core
