#pragma once

#include "core/base/value.hpp"
#include "core/expression_syntax/expression_lexer.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The inside of core/expression/expression.hpp: source -> tokens (lexer) -> tree (parser) -> typed tree
/// (types) -> program (generator) -> values (evaluator).
namespace ordermill::core::expression {

enum class NodeKind : std::uint8_t {
    number,
    text,
    boolean,
    date,      ///< a text literal that turned out to stand for one
    timestamp, ///< likewise
    variable,
    negate,
    add,
    subtract,
    multiply,
    divide,
    compare,
    matches,
    in,
    logical_not,
    logical_and,
    logical_or,
    implies,
    call,
    lookup,
};

enum class Relation : std::uint8_t { equal, not_equal, less, at_most, greater, at_least };

enum class Function : std::uint8_t {
    abs,
    round,
    coalesce,
    condition,
    concat,
    substring,
    upper,
    lower,
    length,
    starts_with,
    ends_with,
    contains,
    replace,
    year,
    quarter,
    month,
    month_name,
    day,
    days_between,
    format_date,
    date,
    missing,
    number,
    text,
};

/// What a node's value is, and how the evaluator holds it.
struct Type {
    Kind kind = Kind::text;
    bool fraction = false;   ///< numbers: numerator and denominator; otherwise a 128-bit count of 10^-digits
    std::uint8_t digits = 0; ///< numbers that aren't fractions: exact, up to most_digits
    std::uint8_t scale = 0;  ///< numbers: what they are rounded to when nothing else is asked for
    bool trim_zeros = false;
    bool divided = false; ///< there is a division inside
    bool zoned = false;
};

/// More fraction digits than this are held as a fraction.
inline constexpr int most_digits = 18;
/// The scale of a quotient when nothing else is asked for.
inline constexpr int scale_of_quotient = 6;

struct Node {
    NodeKind kind = NodeKind::number;
    std::size_t offset = 0; ///< of the token that makes it what it is: its operator, name or literal
    std::size_t begin = 0;  ///< where its source begins and ends
    std::size_t end = 0;
    std::string text;   ///< a literal's meaning; a name; a look-up's table
    std::string column; ///< a look-up's
    std::size_t column_offset = 0;
    Relation relation = Relation::equal;
    std::vector<Node> children;
    std::uint32_t depth = 1; ///< levels of the tree from here

    // Set by the type checker:
    Type type;
    Function function = Function::abs;
    std::int64_t value = 0;  ///< of a literal: units, 0 or 1, days, microseconds
    std::uint32_t index = 0; ///< a variable's slot; a look-up's table
    std::uint32_t column_index = 0;
};

/// Deeper expressions are refused, so that no job file can exhaust the stack.
inline constexpr std::uint32_t most_levels = 500;
inline constexpr std::uint32_t most_nested = 100;

/// Throws JobError.
Node parse(std::string_view source, Place start);

/// `; did you mean "..."?`, or nothing when no candidate is near.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

} // namespace ordermill::core::expression
