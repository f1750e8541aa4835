#pragma once

#include "core/expression_syntax/expression_syntax.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace ordermill::core::expression {

/// A function's name and how many arguments it takes.
struct Signature {
    std::string_view name;
    Function function;
    std::size_t least;
    std::size_t most;
};

/// As many as the operand stack holds, and room for what surrounds them.
inline constexpr std::size_t any_number = 50;

inline constexpr std::array<Signature, 24> signatures = {{{"abs", Function::abs, 1, 1},
                                                          {"round", Function::round, 1, 2},
                                                          {"coalesce", Function::coalesce, 1, any_number},
                                                          {"if", Function::condition, 3, 3},
                                                          {"concat", Function::concat, 1, any_number},
                                                          {"substring", Function::substring, 2, 3},
                                                          {"upper", Function::upper, 1, 1},
                                                          {"lower", Function::lower, 1, 1},
                                                          {"length", Function::length, 1, 1},
                                                          {"starts_with", Function::starts_with, 2, 2},
                                                          {"ends_with", Function::ends_with, 2, 2},
                                                          {"contains", Function::contains, 2, 2},
                                                          {"replace", Function::replace, 3, 3},
                                                          {"year", Function::year, 1, 1},
                                                          {"quarter", Function::quarter, 1, 1},
                                                          {"month", Function::month, 1, 1},
                                                          {"month_name", Function::month_name, 1, 1},
                                                          {"day", Function::day, 1, 1},
                                                          {"days_between", Function::days_between, 2, 2},
                                                          {"format_date", Function::format_date, 2, 2},
                                                          {"date", Function::date, 1, 1},
                                                          {"missing", Function::missing, 1, 1},
                                                          {"number", Function::number, 1, 1},
                                                          {"text", Function::text, 1, 1}}};

} // namespace ordermill::core::expression
