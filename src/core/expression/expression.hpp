#pragma once

#include "core/base/job_error.hpp"
#include "core/base/value.hpp"
#include "core/memory/arena.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ordermill::core {

class LookupTable;
namespace expression {
struct Program;
}

/// What an expression may name: the job's fields (their slot in the record's array of values) and its
/// look-ups.
struct Scope {
    struct Variable {
        std::string name;
        ValueType type;
        std::uint32_t slot;
    };
    std::vector<Variable> variables;
    std::vector<std::shared_ptr<const LookupTable>> lookups;
    std::size_t longest_text = 16 << 20; ///< bytes of a text; what becomes longer is Reason::field_too_long

    /// Null when there is none of this name. Cost: a look-up in an index that grows with `variables`.
    const Variable* find(std::string_view name) const;

  private:
    mutable std::unordered_map<std::string, std::size_t> by_name_;
    mutable std::size_t indexed_ = 0;
};

/// The names in an expression that may be fields', some perhaps twice; none when it can't be read.
std::vector<std::string> names_in(std::string_view source, Place place);

/// What the value will be used as. For numbers, `scale` is what the result is rounded to, once, half away
/// from zero.
struct Target {
    std::optional<Kind> kind{}; ///< nothing: whatever the expression is
    std::optional<int> scale{}; ///< numbers; nothing: what the operands need, as `Expression` says
    bool when_exact = false;    ///< a result that would have to be rounded is Reason::inexact
};

/// An expression of the job file, type-checked and compiled to a flat program.
///
/// Literals: `12.50`, `"text"` or `'text'` (the quote doubled stands for itself, a backslash is a backslash),
/// `true`, `false`; a text literal beside a date or timestamp stands for one and is ISO 8601 (`date >=
/// "2011-01-01"`). Operators, loosest first: `implies` (right), `or`, `and`, `not`, `= != < <= > >=` and
/// `matches "RE2"` (the whole text; none of these chain), `in (a, b, ...)`, `+ -`, `* /`, unary `-`.
/// Functions: abs round(x[, digits]) coalesce if(condition, then, else) concat substring(text, from 1[,
/// length]) upper lower length starts_with ends_with contains replace(text, RE2, with \1) year quarter month
/// month_name day days_between(from, to) format_date(date, "%Y-%m", as DateWriter has it) date(timestamp)
/// missing(x) number(text) text(x), and `lookup.column(key, ...)`. Kinds never mix by themselves, but a date
/// beside a timestamp is its midnight.
///
/// Numbers are exact: sums and products of decimals keep every digit, a division stays a fraction (128-bit
/// numerator and denominator), and the result is rounded once to the target's scale, halves away from zero.
/// What doesn't fit is Reason::out_of_range; division by zero Reason::divided_by_zero. Without a target's
/// scale, the result's is: of + - and choices the largest operand's, of * the sum (at most 9), of round(x, n)
/// n, of number(text) 9, and 6 wherever there is a division; it is trimmed of zeros when an operand is, and
/// after a division.
///
/// Missing operands make the result missing, except: in and, or, implies and in as SQL has it (`false and
/// missing` is false); `if` takes a missing condition as false; concat takes what is missing as empty;
/// coalesce gives its first value, and missing(x) is true, when there is no value for whatever reason, a
/// fault included. Elsewhere a fault (division by zero, a key that isn't found) makes the result faulty,
/// before missing. Only the branch that `if` takes is evaluated.
class Expression {
  public:
    /// Throws JobError at the offending character (`place` is where `source` begins): syntax, an unknown name
    /// (with the nearest known one), wrong types, the wrong number of arguments, a bad regular expression.
    static Expression compile(std::string_view source, Place place, const Scope& scope, Target target = {});

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    ~Expression();

    ValueType type() const noexcept;
    /// The slots it reads, each once, ascending.
    std::span<const std::uint32_t> operands() const noexcept;

    /// The shapes that most derived fields have, for those who can do better with them than `evaluate` does.
    /// The exact product of two slots' numbers, in the units of type(); missing when one of them is.
    struct Product {
        std::uint32_t a;
        std::uint32_t b;
    };
    std::optional<Product> as_product() const noexcept;
    /// `yes` if the slot has a text that begins with `prefix`, else `no`; never missing, never a fault.
    struct PrefixChoice {
        std::uint32_t slot;
        std::string_view prefix;
        std::string_view yes;
        std::string_view no;
    };
    std::optional<PrefixChoice> as_prefix_choice() const noexcept;

    /// Missing, present, or faulty with the reason (out_of_range, divided_by_zero, inexact, not_found,
    /// field_too_long; of number(text) those of parse_decimal). Text results are views of operands, the
    /// program, a look-up table or the arena. A `kept` or `faulty` operand counts as missing. No allocation
    /// but the arena's.
    Value evaluate(std::span<const Value> slots, Arena& arena) const;

  private:
    explicit Expression(std::unique_ptr<const expression::Program> program);
    std::unique_ptr<const expression::Program> program_;
};

} // namespace ordermill::core
