#pragma once

#include "core/base/fault.hpp"

#include <cstdint>
#include <string_view>

namespace ordermill::core {

/// What a field or expression is made of. Dates are days since 1970-01-01; timestamps microseconds since
/// 1970-01-01T00:00:00 (no zone unless a format has %z, then UTC); booleans 0 or 1; numbers units of
/// 10^-scale, where the scale is known when the job is compiled and stands beside the value, not in it.
enum class Kind : std::uint8_t { text, number, boolean, date, timestamp };

struct ValueType {
    Kind kind = Kind::text;
    std::uint8_t scale = 0;  ///< numbers: fraction digits, 0 to max_scale
    bool trim_zeros = false; ///< numbers: printed without trailing zeros (no scale was asked for)
    bool zoned = false;      ///< timestamps: UTC, printed with `Z`
    friend bool operator==(const ValueType&, const ValueType&) = default;
};

enum class State : std::uint8_t {
    missing, ///< no value: empty, one of the field's `missing` strings, or blanked
    present,
    kept,   ///< the source's text written as it is after a fault (`else keep`); no typed value
    faulty, ///< a fault for which the record is rejected
};

/// One field of one record. `text` is set for Kind::text and State::kept (a view of the chunk, the recipe or
/// the record's arena); `number` for every other kind.
struct Value {
    const char* data = nullptr;
    std::int64_t number = 0;
    std::uint32_t size = 0;
    State state = State::missing;
    Reason reason = Reason::none; ///< why it is faulty, kept, blanked or defaulted

    std::string_view text() const noexcept { return {data, size}; }
    void set_text(std::string_view view) noexcept {
        data = view.data();
        size = static_cast<std::uint32_t>(view.size());
        state = State::present;
    }
    void set_number(std::int64_t n) noexcept {
        number = n;
        state = State::present;
    }
};

} // namespace ordermill::core
