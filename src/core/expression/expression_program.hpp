#pragma once

#include "core/date/date_write.hpp"
#include "core/expression/expression.hpp"
#include "core/expression_syntax/expression_syntax.hpp"
#include "core/memory/arena.hpp"
#include "core/number/rational.hpp"
#include "core/pattern/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace ordermill::core::expression {

/// Postfix operations on a stack of operands; `top` is the one on top, `a` and `b` the two on top (b the
/// upper). Most take their operands off and push their result; of missing or faulty operands they make a
/// missing or faulty result.
enum class Op : std::uint8_t {
    load,     ///< push the slot `index`
    constant, ///< push the number `constants[index]`
    text,     ///< push `texts[index]`

    scale_up,       ///< top * 10^small
    scale_down,     ///< top / 10^small, rounded; when `strict`, inexact instead
    to_fraction,    ///< top is a count of 10^-small
    round_fraction, ///< to a count of 10^-small; when `strict`, inexact instead
    to_units,       ///< out_of_range unless it fits in 64 bits; the program's result need not be made so
    negate,
    absolute,
    add,
    subtract,
    multiply,
    divide, ///< a * 10^small / (b * 10^small_of_b): a fraction
    add_fraction,
    subtract_fraction,
    multiply_fraction,
    divide_fraction,

    compare, ///< `relation` of a * 10^small and b * 10^small_of_b
    compare_fraction,
    compare_text,
    matches,     ///< `patterns[index]`
    in_texts,    ///< one of `count` texts from `index` on
    copy_second, ///< push what is below the top once more
    drop_second, ///< take away what is below the top

    logical_not,
    logical_and,
    logical_or,
    jump,            ///< to `target`
    jump_if_false,   ///< to `target`, keeping it; otherwise keep it too
    jump_if_true,    ///< likewise
    jump_if_present, ///< to `target`, keeping it; otherwise take it off
    branch, ///< take the condition off; false or missing: to `target`; a fault: keep it, and to `index`
    missing,

    midnight, ///< date -> timestamp
    date,     ///< timestamp -> date
    year,     ///< of a date; so the next ones
    quarter,
    month,
    month_name,
    day,
    days_between,

    concat, ///< the upper `count`
    substring,
    substring_of_length,
    upper,
    lower,
    length,
    starts_with,
    ends_with,
    contains,
    replace,      ///< `replacements[index]`
    read_number,  ///< text -> a count of 10^-max_scale
    write_number, ///< units of 10^-small -> text; trimmed when `strict`
    write_boolean,
    write_date,
    write_timestamp, ///< with Z when `strict`
    format_date,     ///< `date_writers[index]`

    lookup, ///< `lookups[index]`, column `target`, the upper `count` being its key

    // Several of the above in one, for what most jobs say:
    multiply_slots,   ///< the slots `index` and `target`
    slot_starts_with, ///< the slot `index`, `texts[target]`
};

struct Instruction {
    Op op;
    std::uint8_t small = 0;
    std::uint8_t small_of_b = 0;
    bool strict = false;
    Relation relation = Relation::equal;
    std::uint8_t count = 0;
    std::uint32_t index = 0;
    std::uint32_t target = 0; ///< of jumps: an instruction
};

struct Replacement {
    std::shared_ptr<const re2::RE2> pattern;
    std::string rewrite; ///< \0 to \9 stand for what the groups matched
};

/// Deep enough for whatever people write; deeper expressions are refused.
inline constexpr std::size_t stack_size = 64;
inline constexpr std::size_t most_key_columns = 16;

struct Program {
    std::vector<Instruction> instructions;
    std::vector<std::int64_t> constants;
    std::vector<std::string> texts;
    std::vector<Pattern> patterns;
    std::vector<Replacement> replacements;
    std::vector<DateWriter> date_writers;
    std::vector<std::shared_ptr<const LookupTable>> lookups;
    std::vector<std::uint32_t> slots; ///< that it reads, ascending
    ValueType type;
    std::size_t longest_text = 0; ///< bytes
};

/// Throws JobError: a bad regular expression, an expression too deep for the operand stack.
Program generate(const Node& root, Place start, const Scope& scope, const Target& target);

Value run(const Program& program, std::span<const Value> slots, Arena& arena);

} // namespace ordermill::core::expression
