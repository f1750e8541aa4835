#include "app/job/job_print.hpp"

#include "app/job/job_names.hpp"
#include "app/job/job_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

using core::FieldSpec;
using core::JobSpec;
using core::OnFault;

namespace {

template<typename Items, typename Write>
std::string listed(const Items& items, std::string_view separator, Write write) {
    std::string text;
    for (const auto& item : items) {
        if (!text.empty()) text += separator;
        text += write(item);
    }
    return text;
}

/// Items for a comma list. One alone in quotes would be read as a list itself; a comma behind it prevents
/// that.
std::string comma_list(const std::vector<std::string>& items) { return listed(items, ", ", written); }
std::string values_list(const std::vector<std::string>& items) {
    std::string text = comma_list(items);
    if (items.size() == 1 && text.front() == '"') text += ',';
    return text;
}
std::string names_list(const std::vector<std::string>& names) {
    return listed(names, ", ", [](const std::string& name) { return name; });
}
std::string columns_list(const std::vector<std::string>& columns) {
    return listed(columns, " or ", in_quotes);
}

class Page {
  public:
    void section(std::string_view header) {
        if (!text_.empty()) text_ += '\n';
        text_ += fmt::format("[{}]\n", header);
    }
    void line(std::string_view key, std::string_view value) { text_ += fmt::format("{} = {}\n", key, value); }
    /// The settings that `wanted` picks.
    template<typename Target, typename Wanted>
    void settings(std::span<const Setting<Target>> settings, const Target& target, Wanted wanted) {
        for (const Setting<Target>& setting : settings) {
            if (wanted(setting)) line(setting.key, setting.write(target));
        }
    }
    template<typename Target>
    void changed_settings(std::span<const Setting<Target>> all, const Target& target) {
        const Target defaults{};
        settings(all, target,
                 [&](const auto& setting) { return setting.write(target) != setting.write(defaults); });
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

class Steps {
  public:
    void add(std::string_view step) { text_ += fmt::format(" | {}", step); }
    void add_if(bool wanted, std::string_view step) {
        if (wanted) add(step);
    }
    void add(std::string_view step, const std::string& argument) {
        text_ += fmt::format(" | {} {}", step, argument);
    }
    void add_text(std::string_view step, const std::string& text) {
        if (!text.empty()) add(step, written(text));
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

std::string source_of(const FieldSpec& field) {
    if (!field.expression.empty())
        return fmt::format(" := {}{}", field.expression, field.when_exact ? " when exact" : "");
    if (!field.part.empty()) return " @" + field.part;
    if (field.position != 0) return fmt::format(" #{}", field.position);
    return field.columns.empty() ? "" : " " + columns_list(field.columns);
}

void add_text_steps(Steps& steps, const FieldSpec& field) {
    steps.add_if(!field.trim, "untrimmed");
    steps.add_text("strip_suffix", field.strip_suffix);
    for (const auto& [pattern, with] : field.replace)
        steps.add("replace", written(pattern) + ' ' + written(with));
    steps.add_if(field.steps.nfc, "nfc");
    steps.add_if(field.steps.collapse, "collapse");
    if (field.steps.letter_case != core::Case::as_is)
        steps.add(name_of(field.steps.letter_case, letter_case_names));
}

void add_number_steps(Steps& steps, const FieldSpec& field) {
    const core::NumberFormat& number = field.number;
    steps.add_if(number.decimal_point == ',', "decimal_comma");
    if (number.thousands != 0) steps.add("thousands", in_quotes(std::string_view(&number.thousands, 1)));
    steps.add_if(number.currency, "currency");
    steps.add_if(number.parentheses, "parentheses");
    steps.add_if(number.trailing_minus, "trailing_minus");
    steps.add_if(number.zero_fraction, "allow_zero_fraction");
    if (field.scale) steps.add("scale", std::to_string(*field.scale));
    if (number.rounding != core::Rounding::none) steps.add("round", name_of(number.rounding, rounding_names));
}

void add_word_steps(Steps& steps, const FieldSpec& field) {
    const FieldSpec plain;
    if (!field.values_lookup.empty()) steps.add("values lookup", field.values_lookup);
    if (!field.values.empty()) steps.add("values", values_list(field.values));
    steps.add_text("file", field.file);
    if (!field.aliases.empty()) {
        steps.add("aliases", listed(field.aliases, ", ", [](const auto& alias) {
                      return written(alias.first) + " -> " + written(alias.second);
                  }));
    }
    steps.add_if(field.any_case, "any_case");
    if (field.true_values != plain.true_values) steps.add("true", comma_list(field.true_values));
    if (field.false_values != plain.false_values) steps.add("false", comma_list(field.false_values));
}

void add_date_and_phone_steps(Steps& steps, const FieldSpec& field) {
    if (!field.formats.empty()) {
        steps.add(field.formats.size() == 1 ? "format" : "formats", listed(field.formats, " ", in_quotes));
    }
    if (field.pivot != FieldSpec{}.pivot) steps.add("pivot", std::to_string(field.pivot));
    if (field.phone_format != core::PhoneFormat::digits)
        steps.add("format", name_of(field.phone_format, phone_format_names));
    if (!field.country.empty()) steps.add("country", field.country);
    if (!field.country_from.empty()) steps.add("country_from", field.country_from);
}

void add_checks(Steps& steps, const FieldSpec& field) {
    if (field.default_text) steps.add("default", written(*field.default_text));
    if (field.min) steps.add("min", written(*field.min));
    if (field.max) steps.add("max", written(*field.max));
    if (!field.not_values.empty()) steps.add("not", comma_list(field.not_values));
    steps.add_text("pattern", field.pattern);
    if (field.min_length && field.min_length == field.max_length) {
        steps.add("length", std::to_string(*field.min_length));
        return;
    }
    if (field.min_length) steps.add("min_length", std::to_string(*field.min_length));
    if (field.max_length) steps.add("max_length", std::to_string(*field.max_length));
}

std::string action_of(const OnFault& on_fault) {
    const std::string flag = on_fault.flag ? " flag" : "";
    switch (on_fault.action) {
    case OnFault::Action::reject: return "reject";
    case OnFault::Action::blank: return "blank" + flag;
    case OnFault::Action::keep: return "keep" + flag;
    case OnFault::Action::use_default: return "default" + flag;
    }
    return {};
}

/// For rules, which either reject or flag.
std::string rule_action(const OnFault& on_fault) { return on_fault.flag ? " | flag" : ""; }

void print_input(Page& page, const core::InputSpec& input) {
    page.section(input.name.empty() ? "input" : "input." + input.name);
    if (input.name.empty()) {
        page.changed_settings(input_settings(), input);
        page.changed_settings(dialect_settings(), input.dialect);
        return;
    }
    const auto own = [&input](const auto& setting) {
        return std::find(input.overridden.begin(), input.overridden.end(), setting.key) !=
               input.overridden.end();
    };
    page.settings(input_settings(), input, own);
    page.settings(dialect_settings(), input.dialect, own);
}

void print_split(Page& page, const core::SplitSpec& split) {
    page.section("split." + split.name);
    page.line("from", columns_list(split.columns));
    page.line("pattern", written(split.pattern));
    if (split.on_fault.action != OnFault::Action::reject)
        page.line("else", split.on_fault.flag ? "flag" : "blank");
}

std::string print_lookup_columns(const std::vector<FieldSpec>& columns) {
    return listed(columns, ", ", [](const FieldSpec& column) {
        std::string text = column.name;
        if (column.type != core::FieldType::text) text += ':' + name_of(column.type, field_types);
        return column.columns.empty() ? text : text + ' ' + in_quotes(column.columns.front());
    });
}

void print_lookup(Page& page, const core::LookupSpec& lookup) {
    page.section("lookup." + lookup.name);
    page.line("file", written(lookup.file));
    page.line("key", print_lookup_columns(lookup.keys));
    if (!lookup.columns.empty()) page.line("columns", print_lookup_columns(lookup.columns));
    if (lookup.missing != std::vector<std::string>{""})
        page.line("missing", listed(lookup.missing, " ", written));
    page.changed_settings(dialect_settings(), lookup.dialect);
}

void print_duplicates(Page& page, const core::DuplicatesSpec& duplicates) {
    page.section("duplicates." + duplicates.name);
    page.line("key", duplicates.all ? "all" : names_list(duplicates.key));
    if (!duplicates.keep.empty()) {
        page.line("keep", listed(duplicates.keep, ", ", [](const core::KeepSpec& keep) {
                      const std::string name = name_of(keep.criterion, criterion_names);
                      return keep.fields.empty() ? name
                                                 : fmt::format("{}({})", name, names_list(keep.fields));
                  }));
    }
    if (!duplicates.missing_equal) page.line("missing_equal", "no");
}

std::string print_order_rule(const core::OrderRuleSpec& rule) {
    using Kind = core::OrderRuleSpec::Kind;
    if (rule.kind == Kind::lines) {
        const std::string most = rule.most == UINT64_MAX ? "" : fmt::format("{}", rule.most);
        return fmt::format("{}..{}", rule.least, most);
    }
    if (rule.kind != Kind::sum) return names_list(rule.fields);
    const std::string within = rule.tolerance == "0" ? "" : " within " + rule.tolerance;
    return fmt::format("{} equals {}{}", rule.fields.at(0), rule.fields.at(1), within);
}

void print_order(Page& page, const core::OrderSpec& order) {
    page.section("order");
    page.line("id", order.id);
    for (const core::OrderRuleSpec& rule : order.rules) {
        const std::string kind = name_of(rule.kind, order_rule_names);
        page.line(rule.name == kind ? kind : rule.name + '.' + kind,
                  print_order_rule(rule) + rule_action(rule.on_fault));
    }
    if (order.rejected_line != core::OrderSpec::RejectedLine::ignore) {
        page.line("rejected_line", name_of(order.rejected_line, rejected_line_names));
    }
}

void print_fields(Page& page, const JobSpec& job) {
    page.section("fields");
    for (const FieldSpec& field : job.fields) page.line(field.name, print_field(field));
    if (job.rest) page.line("rest", job.rest_snake ? "* | names snake" : "*");
    for (const auto& [input, fields] : job.field_overrides) {
        page.section("fields." + input);
        for (const FieldSpec& field : fields) page.line(field.name, print_field(field));
    }
}

void print_rules(Page& page, const JobSpec& job) {
    if (!job.repairs.empty()) page.section("repair");
    for (const core::RepairSpec& repair : job.repairs) {
        page.line(repair.name, fmt::format("{} := {}{}{}", repair.field, repair.expression,
                                           repair.when_missing ? " when missing" : "",
                                           repair.when_exact ? " when exact" : ""));
    }
    if (!job.rules.empty()) page.section("rules");
    for (const core::RuleSpec& rule : job.rules)
        page.line(rule.name, rule.expression + rule_action(rule.on_fault));
    for (const core::DropSpec& drop : job.drops) {
        page.section("drop." + drop.name);
        page.line("when", drop.expression);
    }
}

} // namespace

std::string print_steps(const FieldSpec& field) {
    Steps steps;
    steps.add_if(field.optional_column, "optional");
    steps.add_if(field.required, "required");
    if (field.missing) steps.add("missing", listed(*field.missing, " ", written));
    add_text_steps(steps, field);
    add_number_steps(steps, field);
    add_date_and_phone_steps(steps, field);
    add_word_steps(steps, field);
    add_checks(steps, field);
    steps.add_if(field.hidden, "hidden");
    std::string text = steps.take();
    return text.empty() ? text : text.substr(std::string_view(" | ").size());
}

std::string print_action(const OnFault& on_fault) { return action_of(on_fault); }

std::string print_field(const FieldSpec& field) {
    std::string text = name_of(field.type, field_types) + source_of(field);
    if (const std::string steps = print_steps(field); !steps.empty()) text += " | " + steps;
    if (field.on_fault.action != OnFault::Action::reject) text += " | else " + action_of(field.on_fault);
    return text;
}

std::string print_job(const JobSpec& job) {
    Page page;
    if (job.max_rejects != core::MaxRejects{}) page.section("run");
    page.changed_settings(run_settings(), job.max_rejects);
    if (job.input != core::InputSpec{}) print_input(page, job.input);
    for (const core::InputSpec& input : job.inputs) print_input(page, input);
    for (const core::SplitSpec& split : job.splits) print_split(page, split);
    for (const core::LookupSpec& lookup : job.lookups) print_lookup(page, lookup);
    print_fields(page, job);
    print_rules(page, job);
    for (const core::DuplicatesSpec& duplicates : job.duplicates) print_duplicates(page, duplicates);
    if (!job.order.id.empty()) print_order(page, job.order);
    if (job.output != core::OutputSpec{}) page.section("output");
    page.changed_settings(output_settings(), job.output);
    return page.take();
}

} // namespace ordermill::app
