#include "core/expression/expression_operand.hpp"
#include "core/expression/expression_program.hpp"

#include "core/date/date.hpp"
#include "core/text/text.hpp"

#include <algorithm>

namespace ordermill::core::expression {
namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;

bool holds(Relation relation, int order) noexcept {
    switch (relation) {
    case Relation::equal: return order == 0;
    case Relation::not_equal: return order != 0;
    case Relation::less: return order < 0;
    case Relation::at_most: return order <= 0;
    case Relation::greater: return order > 0;
    case Relation::at_least: return order >= 0;
    }
    return false;
}

void set_result(Operand& operand, bool fits, const Fraction& result) noexcept {
    if (fits) {
        operand.set_fraction(result);
    } else {
        operand.set_fault(Reason::out_of_range);
    }
}

template<bool (*Calculate)(Int128, Int128, Int128&) noexcept>
void count_operation(Operand& a, const Operand& b) noexcept {
    if (both_present(a, b) && !Calculate(a.number, b.number, a.number)) a.set_fault(Reason::out_of_range);
}

template<bool (*Calculate)(Fraction&, Fraction) noexcept>
void fraction_operation(Operand& a, const Operand& b) noexcept {
    if (!both_present(a, b)) return;
    Fraction result = a.fraction();
    const bool fits = Calculate(result, b.fraction());
    set_result(a, fits, result);
}

bool subtract(Fraction& a, Fraction b) noexcept { return add(a, {-b.numerator, b.denominator}); }

void divide_fractions(Operand& a, const Operand& b) noexcept {
    if (!both_present(a, b)) return;
    if (b.number == 0) return a.set_fault(Reason::divided_by_zero);
    fraction_operation<divide>(a, b);
}

void divide_counts(Operand& a, const Operand& b, const Instruction& how) noexcept {
    if (!both_present(a, b)) return;
    if (b.number == 0) return a.set_fault(Reason::divided_by_zero);
    Fraction result{a.number, b.number};
    if (scale_up(result.numerator, how.small) && scale_up(result.denominator, how.small_of_b)) {
        if (b.number < 0) result = {-result.numerator, -result.denominator};
        return a.set_fraction(result);
    }
    result = {a.number, 1};
    const bool fits = divide(result, {b.number, 1}) &&
                      multiply(result, {power_of_ten(how.small), power_of_ten(how.small_of_b)});
    set_result(a, fits, result);
}

void to_units(Operand& top) noexcept {
    if (top.number != static_cast<std::int64_t>(top.number)) top.set_fault(Reason::out_of_range);
}

void round_fraction(Operand& top, const Instruction& how) noexcept {
    const Rounded rounded = round_to(top.fraction(), how.small);
    if (!rounded.fits) return top.set_fault(Reason::out_of_range);
    if (how.strict && !rounded.exact) return top.set_fault(Reason::inexact);
    top.set_number(rounded.units);
}

void compare_counts(Operand& a, const Operand& b, const Instruction& how) noexcept {
    if (!both_present(a, b)) return;
    const bool alike = how.small == how.small_of_b;
    const int order = !alike                ? compare_scaled(a.number, how.small, b.number, how.small_of_b)
                      : a.number < b.number ? -1
                                            : static_cast<int>(a.number > b.number);
    a.set_number(holds(how.relation, order));
}

void compare_fractions(Operand& a, const Operand& b, Relation relation) noexcept {
    if (both_present(a, b)) a.set_number(holds(relation, compare(a.fraction(), b.fraction())));
}

void compare_texts(Operand& a, const Operand& b, Relation relation) noexcept {
    if (!both_present(a, b)) return;
    const bool equality = relation == Relation::equal || relation == Relation::not_equal;
    const int order = equality && a.size != b.size ? 1 : a.text().compare(b.text());
    a.set_number(holds(relation, order));
}

/// Three-valued, and faults: what decides alone (false for and, true for or) beats a fault, a fault beats
/// missing. `a` doesn't decide: it would have jumped.
void combine(Operand& a, const Operand& b, Int128 decisive) noexcept {
    if (b.present() && b.number == decisive) return a.set_number(decisive);
    both_present(a, b); // both the other value, or what isn't there
}

void find_text(Operand& top, std::span<const std::string> texts) noexcept {
    top.set_number(std::find(texts.begin(), texts.end(), top.text()) != texts.end());
}

Int128 floor_to_days(Int128 microseconds) noexcept {
    const auto whole = static_cast<std::int64_t>(microseconds);
    const std::int64_t days = whole / microseconds_per_day;
    return days - (whole % microseconds_per_day < 0 ? 1 : 0);
}

CivilDate civil(const Operand& days) noexcept {
    return civil_from_days(static_cast<std::int64_t>(days.number));
}

void starts_with(Operand& result, const Value& value, std::string_view prefix) noexcept {
    if (value.state != State::present) return result.set_missing();
    result.set_number(value.text().starts_with(prefix));
}

void starts_with(Operand& a, const Operand& b) noexcept {
    if (both_present(a, b)) a.set_number(a.text().starts_with(b.text()));
}

void ends_with(Operand& a, const Operand& b) noexcept {
    if (both_present(a, b)) a.set_number(a.text().ends_with(b.text()));
}

void contains(Operand& a, const Operand& b) noexcept {
    if (both_present(a, b)) a.set_number(a.text().find(b.text()) != std::string_view::npos);
}

void days_between(Operand& a, const Operand& b) noexcept {
    if (both_present(a, b)) a.set_number(b.number - a.number);
}

/// `length`: nothing for all that is left.
void substring(Operand& text, const Operand& from, const Operand* length) noexcept {
    if (!both_present(text, from) || (length != nullptr && !both_present(text, *length))) return;
    substring(text, from.number, length == nullptr ? everything : length->number);
}

void multiply_values(Operand& result, const Value& a, const Value& b) noexcept {
    if (a.state != State::present || b.state != State::present) return result.set_missing();
    result.set_number(Int128{a.number} * b.number);
}

/// Of one operand that is present.
void run_unary(const Program& program, const Instruction& at, Operand& top, Arena& arena) {
    switch (at.op) {
    case Op::scale_up:
        if (!scale_up(top.number, at.small)) top.set_fault(Reason::out_of_range);
        return;
    case Op::scale_down:
        if (!scale_down(top.number, at.small) && at.strict) top.set_fault(Reason::inexact);
        return;
    case Op::to_fraction: top.denominator = power_of_ten(at.small); return;
    case Op::round_fraction: return round_fraction(top, at);
    case Op::to_units: return to_units(top);
    case Op::negate: top.number = -top.number; return;
    case Op::absolute: top.number = top.number < 0 ? -top.number : top.number; return;
    case Op::matches: top.set_number(program.patterns[at.index].matches(top.text())); return;
    case Op::in_texts: return find_text(top, std::span(program.texts).subspan(at.index, at.count));
    case Op::logical_not: top.number = 1 - top.number; return;
    case Op::midnight: top.number *= microseconds_per_day; return;
    case Op::date: top.number = floor_to_days(top.number); return;
    case Op::year: top.number = civil(top).year; return;
    case Op::quarter: top.number = (civil(top).month + 2) / 3; return;
    case Op::month: top.number = civil(top).month; return;
    case Op::month_name: return top.set_text(month_name(top.number));
    case Op::day: top.number = civil(top).day; return;
    case Op::upper: return top.set_text(normalise(top.text(), {.letter_case = Case::upper}, arena));
    case Op::lower: return top.set_text(normalise(top.text(), {.letter_case = Case::lower}, arena));
    case Op::length: return top.set_number(static_cast<Int128>(core::length(top.text())));
    case Op::replace: return replace(top, program.replacements[at.index], program.longest_text, arena);
    case Op::read_number: return read_number(top);
    case Op::write_number: return write_number(top, at.small, at.strict, arena);
    case Op::write_boolean: return top.set_text(top.number != 0 ? "true" : "false");
    case Op::write_date: return write_date(top, arena);
    case Op::format_date: return format_date(top, program.date_writers[at.index], arena);
    case Op::write_timestamp: return write_timestamp(top, at.strict, arena);
    default: return;
    }
}

Value result_of(const Operand& operand, Kind kind) noexcept {
    Value value;
    value.state = operand.state;
    if (operand.state == State::faulty) {
        value.reason = operand.reason;
    } else if (operand.present() && kind == Kind::text) {
        value.set_text(operand.text());
    } else if (operand.present()) {
        value.set_number(static_cast<std::int64_t>(operand.number));
        if (value.number != operand.number) {
            value.state = State::faulty;
            value.reason = Reason::out_of_range;
        }
    }
    return value;
}

/// Where a chain of and, or, coalesce goes on.
bool is_decided(const Operand& top, Int128 decisive) noexcept {
    return top.present() && top.number == decisive;
}

} // namespace

Value run(const Program& program, std::span<const Value> slots, Arena& arena) {
    Operand stack[stack_size + 1]; // the first one is only what the top stands on when there is nothing
    Operand* top = stack;
    const Instruction* const begin = program.instructions.data();
    const Instruction* const end = begin + program.instructions.size();
    for (const Instruction* at = begin; at != end; ++at) {
        switch (at->op) {
        case Op::load: (++top)->set_value(slots[at->index]); break;
        case Op::constant: (++top)->set_number(program.constants[at->index]); break;
        case Op::text: (++top)->set_text(program.texts[at->index]); break;
        case Op::multiply_slots: multiply_values(*++top, slots[at->index], slots[at->target]); break;
        case Op::slot_starts_with: starts_with(*++top, slots[at->index], program.texts[at->target]); break;
        case Op::copy_second: ++top, *top = top[-2]; break;

        // Of two operands.
        case Op::add: --top, count_operation<checked_add>(top[0], top[1]); break;
        case Op::subtract: --top, count_operation<checked_subtract>(top[0], top[1]); break;
        case Op::multiply: --top, count_operation<checked_multiply>(top[0], top[1]); break;
        case Op::divide: --top, divide_counts(top[0], top[1], *at); break;
        case Op::add_fraction: --top, fraction_operation<add>(top[0], top[1]); break;
        case Op::subtract_fraction: --top, fraction_operation<subtract>(top[0], top[1]); break;
        case Op::multiply_fraction: --top, fraction_operation<multiply>(top[0], top[1]); break;
        case Op::divide_fraction: --top, divide_fractions(top[0], top[1]); break;
        case Op::compare: --top, compare_counts(top[0], top[1], *at); break;
        case Op::compare_fraction: --top, compare_fractions(top[0], top[1], at->relation); break;
        case Op::compare_text: --top, compare_texts(top[0], top[1], at->relation); break;
        case Op::logical_and: --top, combine(top[0], top[1], 0); break;
        case Op::logical_or: --top, combine(top[0], top[1], 1); break;
        case Op::drop_second: --top, top[0] = top[1]; break;
        case Op::days_between: --top, days_between(top[0], top[1]); break;
        case Op::starts_with: --top, starts_with(top[0], top[1]); break;
        case Op::ends_with: --top, ends_with(top[0], top[1]); break;
        case Op::contains: --top, contains(top[0], top[1]); break;

        // Of as many as it takes.
        case Op::substring: --top, substring(top[0], top[1], nullptr); break;
        case Op::substring_of_length: top -= 2, substring(top[0], top[1], &top[2]); break;
        case Op::concat: top -= at->count - 1, concat(top, at->count, program.longest_text, arena); break;
        case Op::lookup:
            top -= at->count - 1, look_up(top, at->count, *program.lookups[at->index], at->target);
            break;

        // Where to go on; the loop adds one.
        case Op::jump: at = begin + at->target - 1; break;
        case Op::jump_if_false:
            if (is_decided(*top, 0)) at = begin + at->target - 1;
            break;
        case Op::jump_if_true:
            if (is_decided(*top, 1)) at = begin + at->target - 1;
            break;
        case Op::jump_if_present:
            if (top->present()) {
                at = begin + at->target - 1;
            } else {
                --top;
            }
            break;
        case Op::branch:
            if (top->state == State::faulty) {
                at = begin + at->index - 1;
            } else {
                if (!is_decided(*top, 1)) at = begin + at->target - 1;
                --top;
            }
            break;
        case Op::missing: top->set_number(!top->present()); break;

        default:
            if (top->present()) run_unary(program, *at, *top, arena);
        }
    }
    return result_of(*top, program.type.kind);
}

} // namespace ordermill::core::expression
