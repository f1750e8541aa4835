#include "app/job/job_rules.hpp"

#include "app/job/job_fields.hpp"
#include "app/job/job_names.hpp"
#include "app/job/job_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {

using core::FieldSpec;
using core::FieldType;
using core::JobError;
using core::JobSpec;
using core::OnFault;

namespace {

const Entry* find_entry(const Section& section, std::string_view key) {
    for (const Entry& entry : section.entries) {
        if (entry.key.text == key) return &entry;
    }
    return nullptr;
}

const Entry& need_entry(const Section& section, std::string_view key) {
    if (const Entry* entry = find_entry(section, key)) return *entry;
    throw JobError(section.place, fmt::format("[{}.{}] needs \"{}\"", section.kind, section.name, key));
}

void require_keys(const Section& section, const std::vector<std::string>& keys) {
    for (const Entry& entry : section.entries) {
        if (std::find(keys.begin(), keys.end(), entry.key.text) == keys.end()) {
            unknown(entry.key.place, "key", entry.key.text, keys);
        }
    }
}

/// `"A" or "B"`: quoted alternatives, or one name as it stands.
std::vector<std::string> read_columns(const Piece& piece) {
    Cursor cursor(piece);
    if (cursor.peek() != '"') return {one_text(piece).text};
    std::vector<std::string> columns = alternatives(cursor);
    cursor.expect_end();
    return columns;
}

/// Columns of a look-up: `price:decimal, name "Full Name"`.
std::vector<FieldSpec> read_lookup_columns(const Piece& piece) {
    static constexpr std::array<Name<FieldType>, 7> types{{
        {"text", FieldType::text},
        {"code", FieldType::code},
        {"integer", FieldType::integer},
        {"decimal", FieldType::decimal},
        {"date", FieldType::date},
        {"timestamp", FieldType::timestamp},
        {"boolean", FieldType::boolean},
    }};
    std::vector<FieldSpec> columns;
    Cursor cursor(piece);
    while (!cursor.at_end()) {
        const Word word = cursor.word(",");
        const Piece whole{word.text, word.place};
        const std::size_t colon = std::min(whole.text.find(':'), whole.text.size());
        require_name(whole.part(0, colon), "a column's name");
        FieldSpec column;
        column.name = whole.text.substr(0, colon);
        column.place = word.place;
        if (colon < whole.text.size()) column.type = choice(whole.part(colon + 1), types, "type");
        if (cursor.peek() == '"') column.columns = {cursor.word().text};
        columns.push_back(std::move(column));
        if (!cursor.take(",")) cursor.expect_end();
    }
    return columns;
}

void require_different(const std::vector<FieldSpec>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (columns[i].name == columns[j].name) {
                throw JobError(columns[i].place, fmt::format("\"{}\" is listed twice", columns[i].name));
            }
        }
    }
}

/// Names of fields, each once.
std::vector<std::string> read_field_list(const Piece& piece, const JobSpec& job) {
    std::vector<std::string> names;
    for (const Word& word : word_list(piece)) {
        require_field(job, word.text, word.place);
        if (std::find(names.begin(), names.end(), word.text) != names.end()) {
            throw JobError(word.place, fmt::format("\"{}\" is listed twice", word.text));
        }
        names.push_back(word.text);
    }
    return names;
}

std::string read_one_field(const Piece& piece, const JobSpec& job) {
    std::vector<std::string> names = read_field_list(piece, job);
    if (names.size() != 1)
        throw JobError(piece.place, fmt::format("expected one field, not \"{}\"", piece.text));
    return names.front();
}

/// The ` | reject` or ` | flag` behind a rule; rejects when there is none.
OnFault read_action(const std::vector<Piece>& pieces) {
    static constexpr std::array<Name<OnFault>, 2> actions{
        {{"reject", reject_record}, {"flag", keep_and_flag}}};
    if (pieces.size() > 2)
        throw JobError(pieces[2].place,
                       fmt::format("unexpected \"{}\": a rule has only one action", pieces[2].text));
    return pieces.size() == 2 ? choice(pieces[1], actions, "action") : reject_record;
}

core::KeepSpec read_criterion(Cursor& cursor, const JobSpec& job) {
    using Criterion = core::KeepSpec::Criterion;
    const Word word = cursor.word(",(");
    core::KeepSpec keep{choice({word.text, word.place}, criterion_names, "criterion"), {}};
    const bool alone = keep.criterion == Criterion::first || keep.criterion == Criterion::last;
    if (alone) return keep;
    const std::size_t close = cursor.rest().text.find(')');
    if (!cursor.rest().text.starts_with('(') || close == std::string_view::npos) {
        throw JobError(cursor.rest().place,
                       fmt::format("expected fields in parentheses after {}", word.text));
    }
    keep.fields = read_field_list(cursor.rest().part(1, close - 1), job);
    if (keep.fields.empty() || (keep.criterion != Criterion::most_complete && keep.fields.size() > 1)) {
        throw JobError(cursor.rest().place,
                       fmt::format("{} takes {}", word.text,
                                   keep.criterion == Criterion::most_complete ? "fields" : "one field"));
    }
    cursor = Cursor(cursor.rest().part(close + 1));
    return keep;
}

/// `1..100`, `2..`, `..100` or `5`
void read_lines_rule(const Piece& piece, core::OrderRuleSpec& rule) {
    const std::size_t dots = piece.text.find("..");
    if (dots == std::string_view::npos) {
        rule.least = rule.most = whole_number(piece, 0, UINT64_MAX);
        return;
    }
    const Piece least = piece.part(0, dots).trimmed();
    const Piece most = piece.part(dots + 2).trimmed();
    if (least.empty() && most.empty()) throw JobError(piece.place, "expected a range such as 1..100");
    if (!least.empty()) rule.least = whole_number(least, 0, UINT64_MAX);
    if (!most.empty()) rule.most = whole_number(most, rule.least, UINT64_MAX);
}

/// `total equals order_total within 0.01`
void read_sum_rule(const Piece& piece, const JobSpec& job, core::OrderRuleSpec& rule) {
    Cursor cursor(piece);
    const auto field = [&] {
        const Word word = cursor.word();
        require_field(job, word.text, word.place);
        rule.fields.push_back(word.text);
    };
    field();
    if (!cursor.take_word("equals"))
        throw JobError(cursor.rest().place, "expected FIELD equals FIELD [within 0.01]");
    field();
    if (cursor.at_end()) return;
    if (!cursor.take_word("within")) throw JobError(cursor.rest().place, "expected \"within\" and a number");
    const Piece tolerance = cursor.rest();
    constexpr std::string_view digits = "0123456789";
    const std::size_t point = std::min(tolerance.text.find('.'), tolerance.text.size());
    const std::string_view whole = tolerance.text.substr(0, point);
    const std::string_view fraction = tolerance.text.substr(std::min(point + 1, tolerance.text.size()));
    if (whole.empty() || whole.find_first_not_of(digits) != std::string_view::npos ||
        tolerance.text.ends_with('.') || fraction.find_first_not_of(digits) != std::string_view::npos) {
        throw JobError(tolerance.place,
                       fmt::format("expected a number such as 0.01, not \"{}\"", tolerance.text));
    }
    rule.tolerance = tolerance.text;
}

/// `KIND = ...` or `NAME.KIND = ...`
core::OrderRuleSpec read_order_rule(const Entry& entry, const JobSpec& job) {
    using Kind = core::OrderRuleSpec::Kind;
    const std::size_t dot = entry.key.text.rfind('.');
    const bool named = dot != std::string_view::npos;
    const Piece kind = named ? entry.key.part(dot + 1) : entry.key;
    std::vector<std::string> known = known_texts(order_rule_names);
    if (!named) known.insert(known.end(), {"id", "rejected_line"});
    if (std::find(known.begin(), known.end(), kind.text) == known.end())
        unknown(kind.place, "key", kind.text, known);
    const Piece name = named ? entry.key.part(0, dot) : kind;
    require_name(name, "a rule's name");

    const std::vector<Piece> pieces = split_steps(entry.value, Syntax::plain);
    const Piece& what = pieces.front();
    core::OrderRuleSpec rule;
    rule.name = name.text;
    rule.kind = choice(kind, order_rule_names);
    rule.place = entry.value.place;
    rule.on_fault = read_action(pieces);
    switch (rule.kind) {
    case Kind::same:
    case Kind::unique: rule.fields = read_field_list(what, job); break;
    case Kind::cancels: rule.fields = {read_one_field(what, job)}; break;
    case Kind::sum: read_sum_rule(what, job, rule); break;
    case Kind::lines: read_lines_rule(what, rule); break;
    }
    if (rule.fields.empty() && rule.kind != Kind::lines) throw JobError(what.place, "expected a field");
    return rule;
}

} // namespace

void read_split(const Section& section, JobSpec& job) {
    // There is no text to keep: either the record is rejected, or the parts are missing.
    static constexpr std::array<Name<OnFault>, 3> actions{{
        {"reject", reject_record},
        {"blank", {OnFault::Action::blank, false}},
        {"flag", {OnFault::Action::blank, true}},
    }};
    require_keys(section, {"from", "pattern", "else"});
    core::SplitSpec split;
    split.name = section.name;
    split.place = section.place;
    split.columns = read_columns(need_entry(section, "from").value);
    const Word pattern = one_text(need_entry(section, "pattern").value);
    split.pattern = pattern.text;
    split.pattern_place = pattern.place;
    if (const Entry* action = find_entry(section, "else"))
        split.on_fault = choice(action->value, actions, "action");
    job.splits.push_back(std::move(split));
}

void read_lookup(const Section& section, JobSpec& job) {
    core::LookupSpec lookup;
    lookup.name = section.name;
    lookup.place = section.place;
    const Word file = one_text(need_entry(section, "file").value);
    lookup.file = file.text;
    lookup.file_place = file.place;
    lookup.keys = read_lookup_columns(need_entry(section, "key").value);
    if (const Entry* columns = find_entry(section, "columns"))
        lookup.columns = read_lookup_columns(columns->value);
    if (const Entry* missing = find_entry(section, "missing"))
        lookup.missing = texts(word_list(missing->value));
    if (lookup.file.empty()) throw JobError(file.place, "expected a file's name");
    require_different(lookup.keys);
    require_different(lookup.columns);
    const std::vector<std::string> own{"file", "key", "columns", "missing"};
    for (const Entry& entry : section.entries) {
        if (std::find(own.begin(), own.end(), entry.key.text) != own.end()) continue;
        if (read_setting(dialect_settings(), lookup.dialect, entry)) continue;
        std::vector<std::string> keys = own;
        add_keys(dialect_settings(), keys);
        unknown(entry.key.place, "key", entry.key.text, keys);
    }
    check_dialect(lookup.dialect, section.place);
    job.lookups.push_back(std::move(lookup));
}

void read_repair(const Section& section, JobSpec& job) {
    for (const Entry& entry : section.entries) {
        if (!is_name("_" + std::string(entry.key.text))) require_name(entry.key, "a repair's number or name");
        const std::size_t assign = entry.value.text.find(":=");
        if (assign == std::string_view::npos)
            throw JobError(entry.value.place, "expected FIELD := expression");
        const Piece field = entry.value.part(0, assign).trimmed();
        require_field(job, field.text, field.place);
        Piece expression = entry.value.part(assign + 2).trimmed();
        core::RepairSpec repair;
        for (bool taken = true; taken;) { // in either order
            const bool exact = !repair.when_exact && take_when("exact", expression);
            const bool missing = !repair.when_missing && take_when("missing", expression);
            repair.when_exact = repair.when_exact || exact;
            repair.when_missing = repair.when_missing || missing;
            taken = exact || missing;
        }
        require_expression(expression);
        repair.name = entry.key.text;
        repair.field = field.text;
        repair.expression = expression.text;
        repair.place = field.place;
        repair.expression_place = expression.place;
        job.repairs.push_back(std::move(repair));
    }
}

void read_rules(const Section& section, JobSpec& job) {
    for (const Entry& entry : section.entries) {
        require_name(entry.key, "a rule's name");
        const std::vector<Piece> pieces = split_steps(entry.value, Syntax::expression);
        require_expression(pieces.front());
        core::RuleSpec rule;
        rule.name = entry.key.text;
        rule.expression = pieces.front().text;
        rule.place = pieces.front().place;
        rule.on_fault = read_action(pieces);
        job.rules.push_back(std::move(rule));
    }
}

void read_drop(const Section& section, JobSpec& job) {
    require_keys(section, {"when"});
    const Piece& when = need_entry(section, "when").value;
    require_expression(when);
    job.drops.push_back({std::string(section.name), std::string(when.text), when.place});
}

void read_duplicates(const Section& section, JobSpec& job) {
    require_keys(section, {"key", "keep", "missing_equal"});
    core::DuplicatesSpec duplicates;
    duplicates.name = section.name;
    duplicates.place = section.place;
    const Piece& key = need_entry(section, "key").value;
    duplicates.all = key.text == "all";
    if (!duplicates.all) duplicates.key = read_field_list(key, job);
    if (const Entry* keep = find_entry(section, "keep")) {
        Cursor cursor(keep->value);
        while (!cursor.at_end()) {
            duplicates.keep.push_back(read_criterion(cursor, job));
            if (!cursor.take(",")) cursor.expect_end();
        }
    }
    if (const Entry* equal = find_entry(section, "missing_equal"))
        duplicates.missing_equal = yes_or_no(equal->value);
    job.duplicates.push_back(std::move(duplicates));
}

void read_order(const Section& section, JobSpec& job) {
    job.order.place = section.place;
    for (const Entry& entry : section.entries) {
        if (entry.key.text == "id") {
            job.order.id = read_one_field(entry.value, job);
        } else if (entry.key.text == "rejected_line") {
            job.order.rejected_line = choice(entry.value, rejected_line_names);
        } else {
            core::OrderRuleSpec rule = read_order_rule(entry, job);
            for (const core::OrderRuleSpec& known : job.order.rules) {
                if (known.name == rule.name) {
                    throw JobError(entry.key.place, fmt::format("a rule \"{}\" is already given in line {}",
                                                                rule.name, known.place.line));
                }
            }
            job.order.rules.push_back(std::move(rule));
        }
    }
    if (job.order.id.empty())
        throw JobError(section.place, "[order] needs \"id\": the field that an order's lines share");
}

} // namespace ordermill::app
