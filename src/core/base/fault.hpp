#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ordermill::core {

/// Every reason for which a record can be rejected or a value repaired. The order is part of no file format:
/// outputs carry `name(reason)`.
enum class Reason : std::uint8_t {
    none,
    // the record's structure
    missing_columns,
    too_many_columns,
    stray_quote,
    quote_inside, ///< where `quotes = strict_inside`
    unclosed_quote,
    record_too_long,
    nul_byte,
    invalid_encoding,
    repeated_header, ///< where `repeated_header = reject`
    blank_record,    ///< where `blank = reject`
    after_broken,    ///< where `after_broken = reject`
    // one field
    required,
    not_an_integer,
    not_a_number,
    too_many_digits,
    out_of_range,
    below_minimum,
    above_maximum,
    not_a_date,
    not_a_boolean,
    not_an_email,
    not_a_phone,
    not_in_list,
    excluded_value, ///< one that the step `not` names
    pattern_mismatch,
    too_short,
    too_long,
    field_too_long,
    formula, ///< where `formulas = reject`
    // derived values, splits, look-ups, rules
    divided_by_zero,
    inexact,
    split_mismatch,
    not_found,
    rule_broken,
    // whole orders, and the run itself
    order_rule_broken,
    worker_crash,
    count_,
};

inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::count_);

/// The reason as outputs name it (`error_type` in rejects.csv, the part after the colon in `flags`): upper
/// case, words joined by `_`, DuckDB's names where it has one (MISSING_COLUMNS, TOO_MANY_COLUMNS).
std::string_view name(Reason reason) noexcept;

/// The reason as a clause that completes "column price: ...", without a full stop.
std::string_view describe(Reason reason) noexcept;

} // namespace ordermill::core
