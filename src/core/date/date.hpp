#pragma once

#include "core/date/date_shape.hpp"
#include "core/base/fault.hpp"
#include "core/base/job_error.hpp"
#include "core/base/value.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

struct CivilDate {
    int year;
    int month;
    int day;
};

/// Proleptic Gregorian calendar, any year in 0..9999. Source: Howard Hinnant, chrono-Compatible Low-Level
/// Date Algorithms.
std::int64_t days_from_civil(CivilDate date) noexcept;
CivilDate civil_from_days(std::int64_t days) noexcept;
/// Sunday is 0. From 0000-01-01, a Saturday, on.
int weekday_of(std::int64_t days) noexcept;

struct ParsedDate {
    std::int64_t value = 0;       ///< days (Kind::date) or microseconds (Kind::timestamp) since 1970-01-01
    Reason reason = Reason::none; ///< not_a_date: no format reads the text, or it names no real day or time
};

/// A field's list of formats, compiled. Directives: `%Y` (four digits) `%y` (two digits, with the pivot) `%m
/// %d %H %I %M %S` (one or two digits) `%f` (1 to 6 fraction digits) `%p` (AM PM, any case) `%b %B` (English
/// month names, short or full, any case) `%a %A` (English weekday, checked) `%j` (day of the year, 1 to 3
/// digits) `%z` (+hh:mm, +hhmm, +hh, Z) `%%`. A space in the format takes one or more spaces; anything else
/// takes itself. The whole text must be read. Where digits run on without a separator (`%Y%m%d`), directives
/// take exactly their full number of digits (a `%f` that ends the run still takes 1 to 6).
class DateFormats {
  public:
    /// `kind` is date or timestamp; for a date, time parts are read, checked and dropped. `pivot`: two-digit
    /// years below it are 20yy, the others 19yy (69, as POSIX has it: 00-68 are 2000-2068). Throws JobError:
    /// an unknown directive, no day, the same part twice, formats of which some have %z and some don't, or
    /// two formats that can read the same text as different values (the sentence shows such a text and both
    /// readings). Cost: a few milliseconds for each pair of formats whose texts can look alike.
    static DateFormats compile(std::span<const std::string> formats, Kind kind, int pivot, Place place);

    /// `text` is trimmed and not empty. The first format that reads it counts. Years outside 0000-9999 (a %z
    /// can lead there) are not dates. Some 15 to 20 ns for a plain format (see Format).
    ParsedDate parse(std::string_view text) const noexcept;
    bool zoned() const noexcept { return zoned_; }

    /// How a text of at most DateShape::capacity bytes is read, and every text of its shape: what the shape
    /// gives is what `parse` gives, provided that its numbers make a day and a time.
    DateShape shape_of(std::string_view text) const noexcept;
    int whole_year(int short_year) const noexcept { return short_year + (short_year < pivot_ ? 2000 : 1900); }
    Kind kind() const noexcept { return kind_; }

  private:
    struct Item {
        char directive; ///< `Y`, `m`, ...; 0: a literal; a space: white space
        char literal;
        bool exact; ///< digits run on to a neighbour: takes exactly its own number of them
        friend bool operator==(const Item&, const Item&) = default;
    };
    /// One number of a plain format, and what follows it.
    struct Step {
        std::uint8_t part;
        std::uint8_t digits; ///< 4 or 2; 0: one or two
        char separator;      ///< a space: white space; 0: nothing
    };
    struct Format {
        std::vector<Item> items;
        /// Set for plain formats: nothing but Y y m d H M S, with at most one literal or space between two.
        std::vector<Step> steps;
        bool short_year = false; ///< has %y
    };
    struct Parts;
    struct Shape;
    class AmbiguitySearch;

    static Format compile_format(const std::string& format, Place place);
    void check_unambiguous(std::span<const std::string> texts, Place place) const;
    static void mark_exact(std::vector<Item>& items);
    static std::vector<Step> plain_steps(std::span<const Item> items);
    static bool read_item(const Item& item, std::string_view& text, Parts& parts) noexcept;
    static bool fits(const Format& format, DateShape& shape, std::size_t size) noexcept;
    bool read(const Format& format, std::string_view text, std::int64_t& value) const noexcept;
    bool read_plain(const Format& format, std::string_view text, std::int64_t& value) const noexcept;
    bool read_general(const Format& format, std::string_view text, std::int64_t& value) const noexcept;

    std::vector<Format> formats_;
    Kind kind_ = Kind::date;
    int pivot_ = 69;
    bool zoned_ = false;
};

/// Each writes at `out` and returns the end; at most `date_capacity` bytes. ISO 8601: `2011-02-28`,
/// `2011-02-28T09:30:00` (fraction only when it isn't zero, without trailing zeros; `Z` when zoned).
inline constexpr int date_capacity = 32;
char* write_date(char* out, std::int64_t days) noexcept;
char* write_timestamp(char* out, std::int64_t microseconds, bool zoned) noexcept;

} // namespace ordermill::core
