#include "core/fast/fast_program.hpp"

#include "core/csv/csv_write.hpp"

#include <algorithm>

namespace ordermill::core {
namespace {

/// A field's operation comes behind those that it needs: so deep do their compilation's calls nest.
constexpr std::size_t most_derived = 1000;

bool has_instructions() noexcept {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

std::uint64_t lengths_of_missing(const Field& field) noexcept {
    if (field.missing_words().empty()) return 0;
    if (field.missing_any_case()) return ~std::uint64_t{0};
    std::uint64_t lengths = 0;
    for (const std::string& word : field.missing_words())
        lengths |= std::uint64_t{1} << std::min<std::size_t>(word.size(), 63);
    return lengths;
}

/// Whether it helps to know that a record is plain: its fields must not need quotes in the output, and enough
/// of its columns must be read.
bool helps_to_find_plain(const Recipe& recipe, const std::vector<std::size_t>& takers) noexcept {
    const Dialect& dialect = recipe.dialect();
    if (dialect.delimiter != recipe.output().delimiter || (dialect.quote != 0 && dialect.quote != '"'))
        return false;
    const auto unused = static_cast<std::size_t>(std::count(takers.begin(), takers.end(), 0));
    return 2 * unused <= takers.size();
}

/// A phone whose country is another phone's field: what it sees there hangs on the order of the steps.
bool countries_in_a_chain(const Recipe& recipe) noexcept {
    for (std::uint32_t i = 0; i < recipe.fields().size(); ++i) {
        const std::uint32_t from = recipe.country_from(i);
        if (from != Recipe::npos && recipe.country_from(from) != Recipe::npos) return true;
    }
    return false;
}

bool is_letter(char byte) noexcept { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }

/// Whether an operation goes on where another one, on a text, ended.
bool continues_texts(const FastOperation& before, const FastOperation& op) noexcept {
    return op.kind == FastOperation::Kind::text && op.column == before.column + 1 &&
           op.case_flip == before.case_flip && op.case_first == before.case_first;
}

class Compiler {
  public:
    Compiler(const Recipe& recipe, FastProgram& program)
        : recipe_(recipe), program_(program), step_of_(recipe.fields().size()),
          has_value_(recipe.fields().size(), false), repaired_(recipe.fields().size(), false) {
        for (std::uint32_t i = 0; i < recipe.parse_steps().size(); ++i)
            step_of_[recipe.parse_steps()[i].field] = {i, false};
        for (std::uint32_t i = 0; i < recipe.derive_steps().size(); ++i)
            step_of_[recipe.derive_steps()[i].field] = {i, true};
        for (const Recipe::Repair& repair : recipe.repairs()) repaired_[repair.field] = true;
    }

    void run() {
        for (const std::uint32_t field : recipe_.visible()) add_written(field);
        for (std::uint32_t field = 0; field < recipe_.fields().size(); ++field) add_value(field);
    }

  private:
    struct StepOf {
        std::uint32_t index = 0;
        bool derived = false;
    };

    void add_written(std::uint32_t field) {
        if (has_value_[field]) {
            FastOperation op = op_for(field);
            op.kind = op.compiled = FastOperation::Kind::written;
            program_.ops.push_back(op);
            return;
        }
        has_value_[field] = true;
        add_needed(field);
        FastOperation op = op_for(field);
        specialise(op);
        op.compiled = op.kind;
        program_.ops.push_back(op);
    }

    void add_value(std::uint32_t field) {
        if (has_value_[field]) return;
        has_value_[field] = true;
        add_needed(field);
        FastOperation op = op_for(field);
        op.kind = op.compiled = FastOperation::Kind::value;
        program_.ops.push_back(op);
    }

    void add_needed(std::uint32_t field) {
        const StepOf step = step_of_[field];
        if (step.derived) {
            const Expression& expression = recipe_.expressions()[recipe_.derive_steps()[step.index].index];
            for (const std::uint32_t operand : expression.operands()) add_value(operand);
        } else if (const std::uint32_t country = recipe_.country_from(field); country != Recipe::npos) {
            add_value(country);
        }
    }

    FastOperation op_for(std::uint32_t index) const {
        const Field& field = recipe_.fields()[index];
        FastOperation op;
        op.derived = step_of_[index].derived;
        op.step = step_of_[index].index;
        op.slot = index;
        op.field = &field;
        op.type = field.type();
        op.may_be_missing = !field.required() && !field.default_value() && !repaired_[index];
        op.must_be_present = repaired_[index];
        op.utf8 = recipe_.dialect().encoding == Encoding::utf8;
        op.any_bytes = op.utf8 && !field.steps().any();
        op.missing_lengths = lengths_of_missing(field);
        op.quote_always = recipe_.output().quoting == OutputSpec::Quoting::all ? ~0U : 0U;
        return op;
    }

    void specialise(FastOperation& op) {
        const Field& field = *op.field;
        if (op.derived) return derive(op);
        if (!recipe_.takes_plain_column(recipe_.parse_steps()[op.step])) return;
        switch (field.field_type()) {
        case FieldType::text:
        case FieldType::code:
            if (field.has_words() || field.rewrites() || field.steps().letter_case == Case::title)
                return remember(op);
            return make_text(op);
        case FieldType::email:
            if (field.rewrites() || field.steps().letter_case == Case::title) return;
            op.email = true;
            op.any_bytes = false;
            return make_text(op);
        case FieldType::enumeration:
        case FieldType::map:
        case FieldType::boolean: return remember(op);
        case FieldType::integer:
        case FieldType::decimal:
            if (field.rewrites()) return;
            op.kind = field.field_type() == FieldType::integer ? FastOperation::Kind::integer
                                                               : FastOperation::Kind::decimal;
            op.decimal_point = field.number_format().decimal_point;
            return set_limits(op);
        case FieldType::date:
        case FieldType::timestamp:
            if (field.rewrites() || field.type().zoned) return;
            op.kind = FastOperation::Kind::date;
            op.special = static_cast<std::uint32_t>(program_.shapes.size());
            program_.shapes.emplace_back();
            return set_limits(op);
        case FieldType::phone: return;
        }
    }

    void make_text(FastOperation& op) const {
        if (recipe_.output().formulas == OutputSpec::Formulas::quote) return;
        const Field& field = *op.field;
        op.kind = FastOperation::Kind::text;
        op.two_spaces = field.steps().collapse ? ~0U : 0U;
        if (field.steps().letter_case != Case::as_is) {
            op.case_first = field.steps().letter_case == Case::upper ? 'a' : 'A';
            op.case_flip = 'a' ^ 'A';
        }
        op.pattern = field.pattern();
        op.check_all = field.checks_more_than_pattern();
        op.text_rules = op.pattern != nullptr || op.email || op.check_all;
        op.checked = op.text_rules || op.missing_lengths != 0 || !op.may_be_missing;
    }

    void remember(FastOperation& op) {
        op.kind = FastOperation::Kind::memo;
        op.special = static_cast<std::uint32_t>(program_.memos.size());
        program_.memos.emplace_back();
    }

    void set_limits(FastOperation& op) const {
        const Field& field = *op.field;
        const auto& excluded = field.excluded_numbers();
        const std::int64_t least = field.minimum().value_or(std::numeric_limits<std::int64_t>::min());
        const std::int64_t most = field.maximum().value_or(std::numeric_limits<std::int64_t>::max());
        op.check_all = excluded.size() > 1 || least > most;
        if (excluded.size() == 1) op.excluded = excluded.front();
        if (least > most) return;
        op.minimum = least;
        op.range = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
    }

    void derive(FastOperation& op) {
        const Expression& expression = recipe_.expressions()[recipe_.derive_steps()[op.step].index];
        if (const auto product = expression.as_product(); product && op.field->type().kind == Kind::number) {
            op.kind = FastOperation::Kind::product;
            op.special = product->a;
            op.other = product->b;
            return set_limits(op);
        }
        const auto choice = expression.as_prefix_choice();
        if (!choice || op.field->type().kind != Kind::text) return;
        FastChoice compiled{.slot = choice->slot, .prefix = std::string(choice->prefix), .yes = {}, .no = {}};
        if (!settles(op, choice->yes, compiled.yes) || !settles(op, choice->no, compiled.no)) return;
        op.kind = FastOperation::Kind::choice;
        op.special = static_cast<std::uint32_t>(program_.choices.size());
        program_.choices.push_back(std::move(compiled));
    }

    /// What becomes of a constant as the field's value; false when it isn't simply written.
    bool settles(const FastOperation& op, std::string_view text, FastChoice::Outcome& outcome) const {
        if (op.field->is_missing(text)) return false;
        Arena arena;
        Value value;
        bool rounded = false;
        op.field->parse(text, value, arena, {}, rounded);
        if (value.state != State::present || op.field->check(value) != Reason::none) return false;
        outcome.text = value.text();
        if (recipe_.output().formulas == OutputSpec::Formulas::quote && is_formula(outcome.text))
            return false;
        Buffer written;
        append_field(written, outcome.text, recipe_.output().delimiter,
                     recipe_.output().quoting == OutputSpec::Quoting::all);
        return outcome.written.set(written.view());
    }

    const Recipe& recipe_;
    FastProgram& program_;
    std::vector<StepOf> step_of_;
    std::vector<bool> has_value_;
    std::vector<bool> repaired_;
};

} // namespace

FastProgram FastProgram::compile(const Recipe& recipe, std::span<Value> slots) {
    FastProgram program;
    if (recipe.derive_steps().size() > most_derived || recipe.dialect().max_record > recipe.input().max_field)
        return program;
    const OutputSpec& output = recipe.output();
    Buffer missing;
    if (!output.missing.empty()) append_field(missing, output.missing, output.delimiter);
    Compiler(recipe, program).run();
    for (FastOperation& op : program.ops) op.value = &slots[op.slot];
    program.ops.emplace_back().kind = FastOperation::Kind::end;
    program.ops.back().compiled = FastOperation::Kind::end;
    program.ops.back().value = slots.data(); // it has none of its own
    static_assert(FastText::capacity <= date_capacity + field_slack &&
                  ValueCache::longest <= FastText::capacity);
    program.room = program.ops.size() * (date_capacity + field_slack + 1) + row_padding;
    program.usable = has_instructions() && output.quoting == OutputSpec::Quoting::minimal &&
                     !countries_in_a_chain(recipe) && !recipe.visible().empty() &&
                     program.missing.set(missing.view());
    return program;
}

void FastProgram::resolve(const Recipe& recipe, const HeaderMapping& mapping) {
    std::vector<std::size_t> takers(mapping.columns(), 0);
    for (FastOperation& op : ops) {
        if (op.derived || op.compiled >= FastOperation::Kind::product) continue;
        op.column = mapping.column_of[recipe.parse_steps()[op.step].index];
        op.kind = op.column < 0 ? FastOperation::Kind::general : op.compiled;
        if (op.column >= 0) ++takers[static_cast<std::size_t>(op.column)];
    }
    plain_helps = helps_to_find_plain(recipe, takers);
    join_texts(recipe.output().delimiter);
    room_factor = takers.empty() ? 0 : *std::max_element(takers.begin(), takers.end());
}

/// Texts that stand side by side in the file as in the output, and change their case alike, can be taken from
/// a plain record at once, delimiters included.
void FastProgram::join_texts(char delimiter) {
    if (missing.size != 0 || is_letter(delimiter)) return;
    for (std::size_t first = 0; first < ops.size();) {
        std::size_t behind = first + 1;
        while (ops[first].kind == FastOperation::Kind::text && continues_texts(ops[behind - 1], ops[behind]))
            ++behind;
        ops[first].others = static_cast<std::uint32_t>(behind - first - 1);
        if (ops[first].others > 0) ops[first].kind = FastOperation::Kind::texts;
        first = behind;
    }
}

} // namespace ordermill::core
