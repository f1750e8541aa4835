#pragma once

#include "core/arena.hpp"
#include "core/job_error.hpp"
#include "core/value.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

class LookupTable;

/// What an expression may name: the job's fields (their slot in the record's array of values) and its look-ups.
struct Scope {
    struct Variable {
        std::string name;
        ValueType type;
        std::uint32_t slot;
    };
    std::vector<Variable> variables;
    std::vector<std::shared_ptr<const LookupTable>> lookups;
};

/// What the value will be used as. For numbers, `scale` is what the result is rounded to, once, half away from zero.
struct Target {
    std::optional<Kind> kind;       ///< nothing: whatever the expression is
    std::optional<int> scale;       ///< numbers; nothing: what the operands need (at most max_scale; 6 after a division)
    bool when_exact = false;        ///< a result that would have to be rounded is Reason::inexact
};

/// An expression of the job file, type-checked and compiled to a flat program.
///
/// Literals: `12.50`, `"text"` or `'text'`, `true`, `false`, dates as text compared with a date field (`date >= "2011-01-01"`).
/// Operators, loosest first: `implies` (right), `or`, `and`, `not`, `= != < <= > >=` and `matches "RE2"` (the whole text),
/// `in (a, b, ...)`, `+ -`, `* /`, unary `-`. Functions: abs round(x[, digits]) coalesce if(condition, then, else) concat
/// substring(text, from 1[, length]) upper lower length starts_with ends_with contains replace(text, RE2, with) year quarter month
/// month_name day days_between(a, b) missing(x) number(text) text(x), and `lookup.column(key, ...)`.
///
/// Numbers are exact: sums and products of decimals keep every digit, a division stays a fraction (128-bit numerator and denominator), and the
/// result is rounded once to the target's scale. What doesn't fit is Reason::out_of_range; division by zero Reason::divided_by_zero.
/// Missing operands make the result missing (SQL's three-valued logic for and/or/not/implies: `false and missing` is false), except in
/// coalesce, if, missing and concat (where missing is empty).
class Expression {
  public:
    /// Throws JobError at the offending character (`place` is where `source` begins): syntax, an unknown name (with the nearest known
    /// one), wrong types, the wrong number of arguments, a bad regular expression.
    static Expression compile(std::string_view source, Place place, const Scope& scope, Target target = {});

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    ~Expression();

    ValueType type() const noexcept;
    /// The slots it reads, each once, ascending.
    std::span<const std::uint32_t> operands() const noexcept;

    /// Missing, present, or faulty with the reason (out_of_range, divided_by_zero, inexact, not_found). Text results are views of operands, the program, a look-up table
    /// or the arena. A `kept` or `faulty` operand counts as missing. No allocation but the arena's.
    Value evaluate(std::span<const Value> slots, Arena& arena) const;

  private:
    struct Program;
    explicit Expression(std::unique_ptr<const Program>);
    std::unique_ptr<const Program> program_;
};

} // namespace ordermill::core
