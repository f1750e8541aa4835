#include "app/preview/explain.hpp"

#include "app/base/errors.hpp"
#include "app/job/job_file.hpp"
#include "app/job/job_names.hpp"
#include "app/job/job_print.hpp"
#include "app/job/job_settings.hpp"
#include "app/job_syntax/job_lines.hpp"
#include "app/job_syntax/job_words.hpp"
#include "app/preview/explain_fields.hpp"
#include "app/terminal/aligned_table.hpp"
#include "core/field/lookup_read.hpp"
#include "core/number/human_numbers.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace ordermill::app {
namespace {

constexpr std::size_t most_files_listed = 20;

std::string counted(std::size_t count, std::string_view one, std::string_view many = "") {
    if (count == 1) return fmt::format("1 {}", one);
    return fmt::format("{} {}", core::grouped(count),
                       many.empty() ? fmt::format("{}s", one) : std::string(many));
}

/// Settings that differ from the defaults: `comment = "#"; header = no`; nothing when none does.
template<typename Target>
std::string changed(std::span<const Setting<Target>> settings, const Target& target,
                    std::initializer_list<std::string_view> leave_out = {}) {
    const Target defaults{};
    std::string text;
    for (const Setting<Target>& setting : settings) {
        const std::string value = setting.write(target);
        if (value == setting.write(defaults)) continue;
        if (std::find(leave_out.begin(), leave_out.end(), setting.key) != leave_out.end()) continue;
        text += fmt::format("{}{} = {}", text.empty() ? "" : "; ", setting.key, value);
    }
    return text;
}

std::string dialect_line(const core::InputSpec& input) {
    const core::Dialect& dialect = input.dialect;
    std::string text = fmt::format("delimiter {}, quote {}, {}", core::visible_character(dialect.delimiter),
                                   core::visible_character(dialect.quote), core::name(dialect.encoding));
    for (const std::string& more : {changed(dialect_settings(), dialect, {"delimiter", "quote", "encoding"}),
                                    changed(input_settings(), input, {"files", "missing"})}) {
        if (!more.empty()) text += "; " + more;
    }
    return text;
}

std::string missing_line(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + (word.empty() ? "an empty field" : in_quotes(word));
    return text;
}

/// What becomes of lines that are no order.
std::string found_line(const core::InputSpec& input) {
    const auto done = [](core::Unwanted what) -> std::string_view {
        switch (what) {
        case core::Unwanted::drop: return "left out";
        case core::Unwanted::reject: return "rejected";
        case core::Unwanted::keep: break;
        }
        return "kept";
    };
    return fmt::format("found: blank records are {}, repeated headers are {}{}", done(input.blank),
                       done(input.repeated_header),
                       input.dialect.comment != 0 ? ", comment lines are left out" : "");
}

class Explanation {
  public:
    Explanation(const Plan& plan, const CompiledPlan& compiled, std::string no_files)
        : plan_(plan), compiled_(compiled), spec_(compiled.spec), no_files_(std::move(no_files)) {}

    std::string text() {
        text_ = fmt::format("Job {} ({})\n", spec_.name, plan_.job_path);
        for (const std::string& text : plan_.overrides) text_ += fmt::format("  --set {}\n", text);
        inputs();
        stages();
        text_ += "\nFields, in the output's order\n" + explain_fields(plan_, compiled_);
        splits();
        lookups();
        repairs();
        drops();
        rules();
        duplicates();
        orders();
        outputs();
        return std::move(text_);
    }

  private:
    void section(std::string_view title) { text_ += fmt::format("\n{}\n", title); }
    void table(const AlignedTable& table) { text_ += table.text("  "); }

    void inputs();
    void files();
    void unused_columns();
    void stages();
    void splits();
    void lookups();
    void repairs();
    void drops();
    void rules();
    void duplicates();
    void orders();
    void outputs();

    const Plan& plan_;
    const CompiledPlan& compiled_;
    const core::JobSpec& spec_;
    std::string no_files_; ///< why there are none
    std::string text_;
};

void Explanation::inputs() {
    section("Input");
    files();
    AlignedTable about;
    about.add({"read with", dialect_line(spec_.input)});
    about.add({"missing is", missing_line(spec_.input.missing)});
    for (const core::InputSpec& input : spec_.inputs) {
        about.add({fmt::format("[input.{}]", input.name), dialect_line(input)});
        if (input.missing != spec_.input.missing) about.add({"  missing is", missing_line(input.missing)});
    }
    table(about);
}

void Explanation::files() {
    if (plan_.files.empty()) {
        text_ += fmt::format("  {}\n", no_files_);
        return;
    }
    AlignedTable files({1, 2});
    for (std::size_t i = 0; i < std::min(plan_.files.size(), most_files_listed); ++i) {
        const PlannedFile& file = plan_.files[i];
        files.add(
            {file.pipe() ? "standard input" : file.path, file.pipe() ? "" : core::human_bytes(file.size),
             counted(file.header.size(), "column"),
             file.has_header ? fmt::format("data from line {} on", file.lines_before + 1) : "no header",
             file.section < 0 ? "" : fmt::format("[input.{}]", compiled_.recipe_of(file).input().name)});
    }
    table(files);
    if (plan_.files.size() > most_files_listed) {
        text_ += fmt::format("  and {} more, {} in all\n", plan_.files.size() - most_files_listed,
                             core::human_bytes(plan_.file_bytes()));
    }
    unused_columns();
}

/// What no field reads, each list once, with the first file that has it.
void Explanation::unused_columns() {
    std::vector<std::vector<std::string>> known;
    for (const PlannedFile& file : plan_.files) {
        const auto names = compiled_.recipe_of(file).unmapped(file.header);
        if (names.empty() || std::find(known.begin(), known.end(), names) != known.end()) continue;
        known.push_back(names);
        text_ += fmt::format("  columns {}{}:\n",
                             spec_.rest ? "that no field uses, written unchanged" : "that no field uses",
                             plan_.files.size() > 1 ? " in " + file.path : "");
        text_ += wrapped_list(names, "    ");
    }
}

void Explanation::stages() {
    section("What happens to each record, in this order");
    std::vector<std::string> stages{found_line(spec_.input)};
    if (!spec_.splits.empty()) stages.emplace_back("split: columns into parts");
    stages.emplace_back("parsed: each field's text is trimmed, compared with the missing words, changed by "
                        "its steps, and read as its type");
    if (!spec_.repairs.empty())
        stages.emplace_back(
            "repaired: each repair below runs once, in order, if its field has no usable value");
    stages.emplace_back(
        "settled: `default` fills missing values; then `required` and each field's limits are checked");
    if (!compiled_.recipes.front().derive_steps().empty())
        stages.emplace_back(
            "derived: fields with an expression are computed, each after the fields that it uses");
    if (!spec_.drops.empty())
        stages.emplace_back("dropped: records for which a condition of a [drop] section holds are left out");
    if (!spec_.rules.empty()) stages.emplace_back("checked: the rules on one record");
    if (!spec_.duplicates.empty()) stages.emplace_back("duplicates removed, over all files");
    if (!spec_.order.id.empty()) stages.emplace_back("checked: the rules on whole orders, over all files");
    stages.push_back(fmt::format("written to {}; a rejected record goes to {}, a row for each fault",
                                 clean_outputs_text(spec_.output.clean, spec_.output.parts),
                                 spec_.output.rejects));
    for (std::size_t i = 0; i < stages.size(); ++i) text_ += fmt::format("  {}. {}\n", i + 1, stages[i]);
}

void Explanation::splits() {
    if (spec_.splits.empty()) return;
    section("Splits");
    AlignedTable splits;
    for (std::size_t i = 0; i < spec_.splits.size(); ++i) {
        const core::SplitSpec& split = spec_.splits[i];
        const std::uint32_t column = compiled_.recipes.front().splits()[i].column;
        splits.add({split.name, column_source(plan_, compiled_, column),
                    "else " + print_action(split.on_fault), split.pattern});
    }
    table(splits);
}

void Explanation::lookups() {
    if (spec_.lookups.empty()) return;
    section("Look-ups");
    AlignedTable lookups;
    const auto names = [](const std::vector<core::FieldSpec>& columns) {
        std::string text;
        for (const core::FieldSpec& column : columns)
            text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", column.name, core::name(column.type));
        return text;
    };
    for (const core::LookupSpec& lookup : spec_.lookups) {
        const auto read = core::read_lookup(lookup, plan_.attachments.at(lookup.file));
        lookups.add(
            {lookup.name, lookup.file, fmt::format("{} -> {}", names(lookup.keys), names(lookup.columns)),
             counted(read->rows(), "row"), core::human_bytes(read->memory()) + " of memory on each rank"});
    }
    table(lookups);
}

void Explanation::repairs() {
    if (spec_.repairs.empty()) return;
    section("Repairs, for a field that has no usable value");
    AlignedTable repairs;
    for (const core::RepairSpec& repair : spec_.repairs) {
        repairs.add({repair.name, fmt::format("{} := {}", repair.field, repair.expression),
                     repair.when_missing && repair.when_exact
                         ? "only if it is missing and the result is exact"
                     : repair.when_missing ? "only if it is missing"
                     : repair.when_exact   ? "only if the result is exact"
                                           : ""});
    }
    table(repairs);
}

void Explanation::drops() {
    if (spec_.drops.empty()) return;
    section("Drops: a record is left out, and counted under this name, when");
    AlignedTable drops;
    for (const core::DropSpec& drop : spec_.drops) drops.add({drop.name, drop.expression});
    table(drops);
}

void Explanation::rules() {
    if (spec_.rules.empty()) return;
    section("Rules (a rule is not applied if a value that it uses is missing)");
    AlignedTable rules;
    for (const core::RuleSpec& rule : spec_.rules)
        rules.add({rule.name, rule.on_fault.flag ? "else flag" : "else reject", rule.expression});
    table(rules);
}

void Explanation::duplicates() {
    if (spec_.duplicates.empty()) return;
    section("Duplicates, in this order, among clean records");
    AlignedTable sections;
    for (const core::DuplicatesSpec& one : spec_.duplicates) {
        std::string key = one.all ? "all visible fields" : fmt::format("{}", fmt::join(one.key, ", "));
        std::string keep;
        for (const core::KeepSpec& criterion : one.keep) {
            keep += (keep.empty() ? "keep " : ", ") + name_of(criterion.criterion, criterion_names);
            if (!criterion.fields.empty()) keep += fmt::format("({})", fmt::join(criterion.fields, ", "));
        }
        sections.add({one.name, "same " + key, keep.empty() ? "keep first" : keep,
                      one.missing_equal ? "" : "missing values are never the same"});
    }
    table(sections);
}

void Explanation::orders() {
    if (spec_.order.id.empty()) return;
    section(fmt::format("Rules on whole orders (records with the same {}), among the records that are left",
                        spec_.order.id));
    AlignedTable rules;
    for (const core::OrderRule& rule : compiled_.recipes.front().orders()->rules)
        rules.add({rule.name, rule.flags ? "else flag" : "else reject", "broken when " + rule.broken});
    table(rules);
}

void Explanation::outputs() {
    section("Output");
    text_ += fmt::format("  {} in {}, {}:\n", clean_outputs_text(spec_.output.clean, spec_.output.parts),
                         plan_.output.empty() ? "out/" + spec_.name : plan_.output,
                         counted(compiled_.recipes.front().output_names().size(), "column"));
    text_ += wrapped_list(compiled_.recipes.front().output_names(), "    ");
    if (spec_.rest && plan_.files.empty()) text_ += "    and every column that no field uses\n";
    std::string settings = changed(output_settings(), spec_.output, {"delimiter"});
    if (const char delimiter = spec_.output.delimiter; delimiter != core::OutputSpec{}.delimiter)
        settings = fmt::format("delimiter {}{}{}", core::visible_character(delimiter),
                               settings.empty() ? "" : "; ", settings);
    if (!settings.empty()) text_ += fmt::format("  written with {}\n", settings);
    if (spec_.max_rejects != core::MaxRejects{})
        text_ += fmt::format("  the exit code is 1 if more records are rejected than max_rejects = {}\n",
                             run_settings().front().write(spec_.max_rejects));
}

/// Files that `--set` names stay the same ones when the job is printed: a job's own are looked for beside it.
core::JobSpec with_whole_paths(core::JobSpec spec) {
    const auto make_whole = [](std::string& file, core::Place place) {
        if (from_override(place)) file = std::filesystem::absolute(file).string();
    };
    for (core::LookupSpec& lookup : spec.lookups) make_whole(lookup.file, lookup.file_place);
    const auto make_fields_whole = [&](std::vector<core::FieldSpec>& fields) {
        for (core::FieldSpec& field : fields)
            if (!field.file.empty()) make_whole(field.file, field.place_of("file"));
    };
    make_fields_whole(spec.fields);
    for (auto& [input, fields] : spec.field_overrides) make_fields_whole(fields);
    return spec;
}

} // namespace

std::string explain_job(const ExplainOptions& options, io::PipeInput& pipe) {
    Plan plan = plan_job(options.request);
    const core::JobSpec spec = read_job(plan.job_text, plan.job_path, plan.overrides);
    if (options.as_job) return print_job(with_whole_paths(spec));
    std::string no_files = "no files: give --input to look the columns up in the files' headers";
    const bool named = !spec.input.files.empty() || !spec.inputs.empty();
    if (!options.request.inputs.empty()) {
        plan = make_plan(options.request, pipe);
    } else if (named) {
        // Files that the job names needn't be here to understand it.
        try {
            plan = make_plan(options.request, pipe);
        } catch (const io::InputError& error) {
            no_files = fmt::format("no files: {}", error.what());
        }
    }
    return Explanation(plan, compile_plan(plan), no_files).text();
}

} // namespace ordermill::app
