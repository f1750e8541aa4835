#include "core/recipe/recipe.hpp"

#include "core/base/suggest.hpp"
#include "core/csv/csv_write.hpp"
#include "core/groups/duplicates.hpp"
#include "core/pattern/regex.hpp"
#include "core/recipe/derivation_order.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace ordermill::core {
namespace {

std::vector<FieldSpec> fields_for(const JobSpec& spec, const InputSpec& input) {
    std::vector<FieldSpec> fields = spec.fields;
    const auto found = spec.field_overrides.find(input.name);
    if (input.name.empty() || found == spec.field_overrides.end()) return fields;
    std::unordered_map<std::string_view, const FieldSpec*> changed;
    for (const FieldSpec& field : found->second) changed[field.name] = &field;
    for (FieldSpec& field : fields) {
        if (const auto other = changed.find(field.name); other != changed.end()) field = *other->second;
    }
    return fields;
}

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_word(char c) noexcept {
    return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) > 127;
}

/// `Customer Name`, `CustomerName` and `CUSTOMER-NAME` as `customer_name`. A name without a letter or digit
/// stays.
std::string snake_name(const std::string& name) {
    std::string snake;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (!is_word(name[i])) continue;
        const bool gap = i > 0 && !is_word(name[i - 1]);
        const bool rise = i > 0 && is_upper(name[i]) &&
                          (!is_upper(name[i - 1]) ||
                           (i + 1 < name.size() && is_word(name[i + 1]) && !is_upper(name[i + 1])));
        if (!snake.empty() && (gap || rise)) snake += '_';
        snake += name[i];
    }
    if (snake.empty()) return name;
    Arena arena;
    return std::string(normalise(snake, {.letter_case = Case::lower}, arena));
}

/// The names of the columns that the program adds, each with what to do when something else has that name.
std::map<std::string, std::string> added_columns(const OutputSpec& output, bool has_flags) {
    std::map<std::string, std::string> added;
    const auto add = [&](const std::string& name, const std::string& remedy) {
        if (added.emplace(name, remedy).second) return;
        throw JobError(output.provenance_place,
                       fmt::format("provenance: two output columns would have the name \"{}\"", name));
    };
    if (has_flags) add("flags", "rename it, or remove the column of flags with flags = never");
    const auto rename = [](std::string_view what) {
        return fmt::format("rename that column, for example provenance = {0} as source_{0}", what);
    };
    if (output.file_column) add(output.file_name, rename("file"));
    if (output.line_column) add(output.line_name, rename("line"));
    return added;
}

/// The carried columns' names in the output. Throws when two of all its columns would have one name.
std::vector<std::string> carried_names(const JobSpec& spec, const std::vector<std::string>& rest,
                                       bool has_flags) {
    const auto added = added_columns(spec.output, has_flags);
    const auto refuse_added = [&](const std::string& name, Place place, const std::string& what) {
        const auto found = added.find(name);
        if (found == added.end()) return;
        throw JobError(
            place, fmt::format("{} would be the second output column \"{}\", besides that of {}; {}", what,
                               name, name == "flags" && has_flags ? "flags" : "provenance", found->second));
    };
    std::set<std::string> taken;
    for (const FieldSpec& field : spec.fields) {
        if (field.hidden) continue;
        refuse_added(field.name, field.place, fmt::format("the field \"{}\"", field.name));
        taken.insert(field.name);
    }
    std::vector<std::string> names;
    for (const std::string& name : rest) {
        names.push_back(spec.rest_snake ? snake_name(name) : name);
        const std::string what = fmt::format("rest = *: the column \"{}\"", name);
        refuse_added(names.back(), spec.rest_place, what);
        if (!taken.insert(names.back()).second) {
            throw JobError(
                spec.rest_place,
                fmt::format(
                    "{} would be the second output column \"{}\"; give this column a field of its own", what,
                    names.back()));
        }
    }
    return names;
}

bool flags_after_broken(const JobSpec& spec) {
    const auto flags = [](const InputSpec& input) { return input.after_broken == AfterBroken::flag; };
    return flags(spec.input) || std::any_of(spec.inputs.begin(), spec.inputs.end(), flags);
}

bool flags_anything(const JobSpec& spec) {
    const auto flags = [](const auto& part) { return part.on_fault.flag; };
    const auto any = [&](const auto& parts) { return std::any_of(parts.begin(), parts.end(), flags); };
    return any(spec.order.rules) || spec.order.rejected_line == OrderSpec::RejectedLine::flag ||
           flags_after_broken(spec) || any(spec.fields) || any(spec.rules) || any(spec.splits) ||
           std::any_of(spec.field_overrides.begin(), spec.field_overrides.end(),
                       [&](const auto& of_input) { return any(of_input.second); });
}

Target target_of(const FieldSpec& spec, const ValueType& type) {
    Target target{.kind = type.kind, .scale = std::nullopt, .when_exact = spec.when_exact};
    if (type.kind == Kind::number && (spec.scale || spec.type == FieldType::integer))
        target.scale = type.scale;
    return target;
}

} // namespace

Recipe Recipe::compile(const JobSpec& spec, const InputSpec& input,
                       std::vector<std::shared_ptr<const LookupTable>> lookups,
                       std::vector<std::string> rest) {
    Recipe recipe;
    recipe.input_ = input;
    recipe.output_ = spec.output;
    // The same for the files of all inputs: they share a clean file.
    recipe.has_flags_ = spec.output.flags == OutputSpec::Flags::when_used
                            ? flags_anything(spec)
                            : spec.output.flags == OutputSpec::Flags::always;
    recipe.rest_names_ = carried_names(spec, rest, recipe.has_flags_);
    recipe.rest_ = std::move(rest);
    recipe.rest_place_ = spec.rest_place;
    const std::vector<FieldSpec> specs = fields_for(spec, input);
    if (specs.empty() && !spec.rest) throw JobError({}, "the job has no section [fields]");
    recipe.add_splits(spec);
    recipe.add_fields(specs);
    if (recipe.visible_.empty() && !spec.rest)
        throw JobError(specs.front().place, "every field is hidden, so nothing would be written");
    recipe.order_parse_steps(specs);
    recipe.order_derived(specs, std::move(lookups));
    recipe.add_rules(spec);
    recipe.add_duplicates(spec);
    if (!spec.order.id.empty()) recipe.add_orders(spec.order);
    recipe.shape_ = {.fields = static_cast<std::uint32_t>(recipe.fields_.size()),
                     .rules = static_cast<std::uint32_t>(recipe.rules_.size()),
                     .splits = static_cast<std::uint32_t>(recipe.splits_.size()),
                     .steps = static_cast<std::uint32_t>(recipe.repairs_.size()),
                     .drops = static_cast<std::uint32_t>(recipe.drops_.size()),
                     .order_rules =
                         static_cast<std::uint32_t>(recipe.orders_ ? recipe.orders_->rules.size() : 0)};
    return recipe;
}

std::uint32_t Recipe::column_index(const std::vector<std::string>& names, std::uint32_t position,
                                   bool optional, Place place) {
    const auto number = static_cast<std::uint32_t>(columns_.size());
    const auto [known, fresh] = column_numbers_.try_emplace({names, position}, number);
    if (!fresh) {
        Column& column = columns_[known->second];
        column.optional = column.optional && optional;
        return known->second;
    }
    columns_.push_back({names, position, optional, place});
    return number;
}

void Recipe::add_splits(const JobSpec& spec) {
    for (const SplitSpec& split : spec.splits) {
        // The whole text must match, as everywhere.
        std::string why;
        auto pattern = compile_regex(split.pattern, why);
        if (!pattern) throw JobError(split.pattern_place, fmt::format("split {}: {}", split.name, why));
        Split compiled{.name = split.name,
                       .column = column_index(split.columns, 0, false, split.place),
                       .pattern = pattern,
                       .parts = std::vector<std::uint32_t>(
                           static_cast<std::size_t>(pattern->NumberOfCapturingGroups()) + 1, npos),
                       .on_fault = split.on_fault};
        for (const auto& [group, number] : pattern->NamedCapturingGroups()) {
            compiled.parts[static_cast<std::size_t>(number)] = part_count_;
            part_names_.emplace_back(group, part_count_++);
        }
        if (pattern->NamedCapturingGroups().empty()) {
            throw JobError(split.pattern_place,
                           fmt::format("split {}: the pattern names no group: (?P<name>...)", split.name));
        }
        splits_.push_back(std::move(compiled));
    }
}

void Recipe::add_fields(const std::vector<FieldSpec>& specs) {
    for (const FieldSpec& spec : specs) {
        Field field = Field::compile(spec);
        field.set_missing(spec.missing ? *spec.missing : input_.missing, input_.missing_any_case);
        field.set_longest_text(input_.max_field);
        field_numbers_.emplace(spec.name, static_cast<std::uint32_t>(fields_.size()));
        if (!field.hidden() && output_.formulas == OutputSpec::Formulas::reject) field.refuse_formulas();
        if (!field.hidden()) visible_.push_back(static_cast<std::uint32_t>(fields_.size()));
        fields_.push_back(std::move(field));
    }
    country_from_.assign(fields_.size(), npos);
}

std::uint32_t Recipe::field_named(const std::string& name, Place place, std::string_view what) const {
    if (const auto found = field_numbers_.find(name); found != field_numbers_.end()) return found->second;
    std::vector<std::string> names;
    for (const Field& field : fields_) names.push_back(field.name());
    throw JobError(place, fmt::format("{} names no field \"{}\"{}", what, name, did_you_mean(name, names)));
}

/// Fields from columns and parts in the job's order; a phone after the field that holds its country.
void Recipe::order_parse_steps(const std::vector<FieldSpec>& specs) {
    std::vector<Step> late;
    for (std::uint32_t i = 0; i < specs.size(); ++i) {
        const FieldSpec& spec = specs[i];
        if (!spec.expression.empty()) {
            if (!spec.country_from.empty()) {
                throw JobError(spec.place_of("country"),
                               fmt::format("field {}: country_from needs a phone that is read from a column; "
                                           "for a derived one give country",
                                           spec.name));
            }
            continue;
        }
        Step step{.field = i, .source = Source::column, .index = 0};
        if (!spec.part.empty()) {
            const auto part = std::find_if(part_names_.begin(), part_names_.end(),
                                           [&](const auto& known) { return known.first == spec.part; });
            if (part == part_names_.end()) {
                std::vector<std::string> names;
                for (const auto& known : part_names_) names.push_back(known.first);
                throw JobError(spec.place, fmt::format("field {}: no split has a group \"{}\"{}", spec.name,
                                                       spec.part, did_you_mean(spec.part, names)));
            }
            step.source = Source::part;
            step.index = part->second;
        } else {
            const auto names =
                spec.columns.empty() && spec.position == 0 ? std::vector{spec.name} : spec.columns;
            step.index = column_index(names, spec.position, spec.optional_column, spec.place);
        }
        if (!spec.country_from.empty()) {
            const std::string what = fmt::format("field {}: country_from", spec.name);
            country_from_[i] = field_named(spec.country_from, spec.place, what);
            if (!specs[country_from_[i]].expression.empty()) {
                throw JobError(spec.place, fmt::format("{} names {}, which is derived only later", what,
                                                       spec.country_from));
            }
            if (specs[country_from_[i]].type == FieldType::phone) {
                throw JobError(
                    spec.place_of("country"),
                    fmt::format("{} names {}, which is a phone, not a country", what, spec.country_from));
            }
            late.push_back(step);
        } else {
            parse_steps_.push_back(step);
        }
    }
    parse_steps_.insert(parse_steps_.end(), late.begin(), late.end());
}

/// Derived fields, each after the ones that it needs. The scope grows as their types become known.
void Recipe::order_derived(const std::vector<FieldSpec>& specs,
                           std::vector<std::shared_ptr<const LookupTable>> lookups) {
    scope_.lookups = std::move(lookups);
    scope_.longest_text = input_.max_field;
    for (std::uint32_t i = 0; i < specs.size(); ++i) {
        if (specs[i].expression.empty()) scope_.variables.push_back({specs[i].name, fields_[i].type(), i});
    }
    for (const std::uint32_t i : derivation_order(specs)) {
        const FieldSpec& spec = specs[i];
        Expression expression = Expression::compile(spec.expression, spec.expression_place, scope_,
                                                    target_of(spec, fields_[i].type()));
        if (spec.type == FieldType::decimal && !spec.scale) fields_[i].set_type(expression.type());
        scope_.variables.push_back({spec.name, fields_[i].type(), i});
        derive_steps_.push_back({i, Source::expression, static_cast<std::uint32_t>(expressions_.size())});
        expressions_.push_back(std::move(expression));
    }
}

void Recipe::refuse_derived(std::uint32_t field, Place place, const std::string& what) const {
    const bool derived = std::any_of(derive_steps_.begin(), derive_steps_.end(),
                                     [field](const Step& step) { return step.field == field; });
    if (!derived) return;
    throw JobError(place,
                   fmt::format("{} names {}, which is derived only later; write its expression instead", what,
                               fields_[field].name()));
}

void Recipe::add_rules(const JobSpec& spec) {
    for (const RepairSpec& repair : spec.repairs) {
        const std::uint32_t field =
            field_named(repair.field, repair.place, fmt::format("repair {}", repair.name));
        const ValueType& type = fields_[field].type();
        Target target{.kind = type.kind, .scale = std::nullopt, .when_exact = repair.when_exact};
        if (type.kind == Kind::number) target.scale = type.scale;
        Expression expression =
            Expression::compile(repair.expression, repair.expression_place, scope_, target);
        // Repairs run before fields are derived.
        refuse_derived(field, repair.place, fmt::format("repair {}", repair.name));
        for (const std::uint32_t operand : expression.operands()) {
            refuse_derived(operand, repair.expression_place, fmt::format("repair {}", repair.name));
        }
        repairs_.push_back({repair.name, field, repair.when_missing, std::move(expression)});
    }
    for (const DropSpec& drop : spec.drops) {
        drops_.push_back(
            {drop.name, Expression::compile(drop.expression, drop.place, scope_, {.kind = Kind::boolean})});
    }
    for (const RuleSpec& rule : spec.rules) {
        rules_.push_back({rule.name, rule.expression, rule.on_fault,
                          Expression::compile(rule.expression, rule.place, scope_, {.kind = Kind::boolean})});
    }
}

void Recipe::add_duplicates(const JobSpec& spec) {
    for (const DuplicatesSpec& section : spec.duplicates) {
        const std::string what = fmt::format("[duplicates.{}]", section.name);
        Duplicates compiled{.name = section.name, .all = section.all, .missing_equal = section.missing_equal};
        for (const std::string& name : section.key)
            compiled.key.push_back(field_named(name, section.place, what + " key"));
        for (const KeepSpec& keep : section.keep) {
            if (keep.criterion == KeepSpec::Criterion::first || keep.criterion == KeepSpec::Criterion::last) {
                compiled.last_wins = keep.criterion == KeepSpec::Criterion::last;
                break; // nothing behind it can matter
            }
            Criterion criterion{.kind = keep.criterion, .fields = {}};
            for (const std::string& name : keep.fields) {
                const std::uint32_t field = field_named(name, section.place, what + " keep");
                const Kind kind = fields_[field].type().kind;
                if (keep.criterion != KeepSpec::Criterion::most_complete && kind == Kind::text) {
                    throw JobError(
                        section.place,
                        fmt::format("{}: keep compares numbers and dates; {} is a text", what, name));
                }
                criterion.fields.push_back(field);
            }
            compiled.criteria.push_back(std::move(criterion));
        }
        if (compiled.criteria.size() > most_criteria) {
            throw JobError(
                section.place,
                fmt::format("{}: keep takes at most {} criteria before first or last", what, most_criteria));
        }
        duplicates_.push_back(std::move(compiled));
    }
}

bool Recipe::input_misses(std::string_view text) const noexcept {
    return std::any_of(input_.missing.begin(), input_.missing.end(), [&](const std::string& word) {
        return input_.missing_any_case ? equal_any_case(text, word) : text == word;
    });
}

std::string Recipe::duplicates_header() const {
    std::vector<std::string> names{
        "file", "line", "byte_position", "kept_file", "kept_line", "kept_byte_position", "section"};
    for (const std::uint32_t field : visible_) names.push_back(fields_[field].name());
    names.insert(names.end(), rest_names_.begin(), rest_names_.end());
    return header_record(names, output_);
}

std::vector<std::string> Recipe::output_names() const {
    std::vector<std::string> names;
    for (const std::uint32_t field : visible_) names.push_back(fields_[field].name());
    names.insert(names.end(), rest_names_.begin(), rest_names_.end());
    if (output_.file_column) names.push_back(output_.file_name);
    if (output_.line_column) names.push_back(output_.line_name);
    if (has_flags_) names.emplace_back("flags");
    return names;
}

std::string Recipe::output_header() const { return header_record(output_names(), output_); }

} // namespace ordermill::core
