#pragma once

#include "core/base/job_error.hpp"
#include "core/base/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// From 1, in English.
std::string_view name_of_month(int month) noexcept;

/// A date's format to write with, compiled. The directives of DateFormats, at full width: `%Y` four digits,
/// `%y %m %d %H %I %M %S` two, `%j` three, `%f` six; `%b` and `%a` the name's first three letters, `%B` and
/// `%A` all of it; `%p` AM or PM; `%z` is Z. Anything else stands for itself. Unlike formats to read with,
/// it need not name a whole date.
class DateWriter {
  public:
    /// `type` is of a date or timestamp. Throws JobError: an unknown directive, a time of day of a date, `%z`
    /// of what has no zone.
    static DateWriter compile(std::string_view format, const ValueType& type, Place place);

    /// The most bytes that `write` writes.
    std::size_t capacity() const noexcept { return capacity_; }
    /// `value`: days or microseconds since 1970-01-01, in the years 0 to 9999. Returns the end.
    char* write(char* out, std::int64_t value) const noexcept;

  private:
    struct Item {
        char directive; ///< 0: `literal`
        char literal;
    };
    std::vector<Item> items_;
    std::size_t capacity_ = 0;
    bool of_date_ = true;
};

} // namespace ordermill::core
