#pragma once

#include "core/expression/expression.hpp"
#include "core/expression_syntax/expression_syntax.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ordermill::core::expression {

/// A date or timestamp as ISO 8601 has it: `2011-02-28`, `2011-02-28T09:30[:00[.123456]][Z|+01:00]` (a space
/// may stand for the T).
struct IsoMoment {
    std::int64_t value = 0; ///< days (date) or microseconds (timestamp, UTC when zoned) since 1970-01-01
    Kind kind = Kind::date;
    bool zoned = false;
};
/// Nothing when it isn't one, or names no real day or time.
std::optional<IsoMoment> read_iso(std::string_view text) noexcept;

/// Resolves names, gives every node its type and turns text literals that stand for dates into dates. Throws
/// JobError.
void check(Node& root, std::string_view source, Place start, const Scope& scope, const Target& target);

/// The type in which both are held when one must do for both (the branches of `if`, the sides of a
/// comparison); nothing when they are of different kinds. A date beside a timestamp is its midnight.
std::optional<Type> common_type(const Type& a, const Type& b) noexcept;

} // namespace ordermill::core::expression
