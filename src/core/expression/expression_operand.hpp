#pragma once

#include "core/base/value.hpp"
#include "core/expression/expression_program.hpp"
#include "core/memory/arena.hpp"
#include "core/number/rational.hpp"

#include <cstddef>
#include <string_view>

namespace ordermill::core::expression {

/// A value on the evaluator's stack. Only what its kind needs is set; nothing is initialised, since a stack
/// of them is made for every evaluation.
struct Operand {
    Int128 number;      ///< numbers: the count or the numerator; 0 or 1; days; microseconds
    Int128 denominator; ///< fractions
    const char* data;   ///< texts
    std::size_t size;
    State state; ///< missing, present or faulty
    Reason reason;

    bool present() const noexcept { return state == State::present; }
    std::string_view text() const noexcept { return {data, size}; }
    Fraction fraction() const noexcept { return {number, denominator}; }

    void set_number(Int128 value) noexcept {
        number = value;
        state = State::present;
    }
    void set_text(std::string_view view) noexcept {
        data = view.data();
        size = view.size();
        state = State::present;
    }
    void set_fraction(const Fraction& value) noexcept {
        number = value.numerator;
        denominator = value.denominator;
        state = State::present;
    }
    void set_missing() noexcept { state = State::missing; }
    void set_fault(Reason why) noexcept {
        state = State::faulty;
        reason = why;
    }
    /// As it comes from a record or a look-up table: kept and faulty ones count as missing.
    void set_value(const Value& value) noexcept {
        number = value.number;
        data = value.data;
        size = value.size;
        state = value.state == State::present ? State::present : State::missing;
    }
};

/// True when both are present; otherwise `a` becomes faulty or missing, as the two have it.
inline bool both_present(Operand& a, const Operand& b) noexcept {
    if (a.present() && b.present()) return true;
    if (a.state == State::faulty) return false;
    if (b.state == State::faulty) {
        a.set_fault(b.reason);
    } else {
        a.set_missing();
    }
    return false;
}

// The functions on texts and dates. Operands are present (but for concat's and look_up's); the result
// replaces the first.
/// A length beyond that of any text, wherever it begins to count.
inline constexpr Int128 everything = Int128{1} << 66;
/// As SQL has it: the characters [from, from + length), of which those before the first, 1, aren't there.
void substring(Operand& text, Int128 from, Int128 length) noexcept;
/// A text longer than `most` bytes is field_too_long.
void replace(Operand& text, const Replacement& replacement, std::size_t most, Arena& arena);
void read_number(Operand& text) noexcept;
void write_number(Operand& number, int scale, bool trimmed, Arena& arena);
void write_date(Operand& days, Arena& arena);
void write_timestamp(Operand& microseconds, bool zoned, Arena& arena);
void format_date(Operand& moment, const DateWriter& writer, Arena& arena);
std::string_view month_name(Int128 days) noexcept;
/// `count` operands from `first` on become one text in `first`; missing ones are empty, the first fault wins;
/// field_too_long as above.
void concat(Operand* first, std::size_t count, std::size_t most, Arena& arena);
/// `count` operands from `first` on are a key; the column's value there replaces the first of them.
void look_up(Operand* first, std::size_t count, const LookupTable& table, std::size_t column) noexcept;

} // namespace ordermill::core::expression
