#pragma once

#include "core/base/job_error.hpp"
#include "core/contact/contact.hpp"
#include "core/date/date.hpp"
#include "core/number/number.hpp"
#include "core/text/encoding.hpp"
#include "core/text/text.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A job as written: what the job-file reader fills and `Recipe::compile` takes. Plain data, checked for form
/// only; every text that came from the file carries its Place, so that later errors can point at it.
namespace ordermill::core {

/// The specs below compare by what they say.
inline bool operator==(const TextSteps& a, const TextSteps& b) noexcept {
    return a.nfc == b.nfc && a.collapse == b.collapse && a.letter_case == b.letter_case;
}
inline bool operator==(const NumberFormat& a, const NumberFormat& b) noexcept {
    return a.scale == b.scale && a.rounding == b.rounding && a.decimal_point == b.decimal_point &&
           a.thousands == b.thousands && a.currency == b.currency && a.parentheses == b.parentheses &&
           a.trailing_minus == b.trailing_minus && a.zero_fraction == b.zero_fraction;
}

enum class LineEnd : std::uint8_t { any, lf, crlf, cr };

/// How a file's bytes make records and fields.
struct Dialect {
    char delimiter = ',';
    char quote = '"'; ///< 0: none
    /// escape = backslash: inside quotes `\x` is x; otherwise a doubled quote is a quote.
    bool backslash = false;
    bool lenient_quotes = false; ///< a stray quote is data, not a fault
    bool strict_inside = false;  ///< a quote inside an unquoted field is a fault, not data
    char comment = 0;            ///< 0: none; else records that begin with it are dropped
    LineEnd line_end = LineEnd::any;
    Encoding encoding = Encoding::utf8;
    std::uint64_t max_record = 1 << 20; ///< bytes, line end included
    friend bool operator==(const Dialect&, const Dialect&) = default;
};

/// What happens to a clean record that may be a part of the broken one before it.
enum class AfterBroken : std::uint8_t { keep, flag, reject };

enum class Unwanted : std::uint8_t { drop, reject, keep };

struct InputSpec {
    std::string name; ///< of `[input.NAME]`; empty for `[input]`
    Place place;
    std::vector<std::string> files; ///< paths and globs; relative ones to the current folder
    Place files_place;
    Dialect dialect;
    bool header = true;
    bool header_any_case = false;
    std::vector<std::string> names; ///< given column names (header = no, or instead of the header's)
    std::uint32_t preamble_lines = 0;
    std::uint32_t footer_lines = 0;
    Unwanted repeated_header = Unwanted::drop; ///< drop or reject or keep (as a record)
    Unwanted blank = Unwanted::drop;
    AfterBroken after_broken = AfterBroken::keep;
    std::uint64_t max_field =
        16 << 20; ///< bytes of a field's text, whatever steps and expressions make of it
    /// What means "no value", after trimming; "" is always among them unless a field says otherwise.
    std::vector<std::string> missing = {""};
    bool missing_any_case = false;
    /// Names, sorted, of settings given in this section (the rest is inherited from `[input]`).
    std::vector<std::string> overridden;
    friend bool operator==(const InputSpec&, const InputSpec&) = default;
};

enum class FieldType : std::uint8_t {
    // clang-format off
    text, code, integer, decimal, date, timestamp, boolean, enumeration, map, email, phone
    // clang-format on
};

/// `else ...`: what happens to a record whose field or rule has a fault.
struct OnFault {
    enum class Action : std::uint8_t { reject, blank, keep, use_default };
    Action action = Action::reject;
    bool flag = false; ///< the fault is named in the `flags` column
    friend bool operator==(const OnFault&, const OnFault&) = default;
};

/// Where the arguments of a field's steps stand, or the steps that have none. Never part of a comparison.
struct StepPlaces {
    std::vector<std::pair<std::string, Place>> places;
    friend bool operator==(const StepPlaces&, const StepPlaces&) noexcept { return true; }
};

struct FieldSpec {
    std::string name;
    Place place;
    StepPlaces step_places;
    /// Of a step's argument (for a quoted one, behind the quote), or of its name when it has none; the
    /// field's own place when it has no such step. The names are the job file's; `formats`, `aliases`, `case`
    /// also stand for `format`, `alias`, `upper` and its kind.
    Place place_of(std::string_view step) const noexcept {
        for (const auto& [name_of_step, where] : step_places.places)
            if (name_of_step == step) return where;
        return place;
    }

    FieldType type = FieldType::text;

    // where it comes from: a column (alternatives, first found), an expression, or a part of a split
    std::vector<std::string> columns; ///< empty, with no expression and no part: the field's own name
    std::uint32_t position = 0;       ///< `#3`: by position, from 1; 0: by name
    std::string expression;           ///< `:= ...`
    Place expression_place;
    std::string part; ///< `@street`: a named group of one of the splits

    bool required = false;
    bool hidden = false;
    bool optional_column = false;            ///< `optional`: a file without the column gives missing values
    std::optional<std::string> default_text; ///< for missing values, and for faults under `else default`
    std::optional<std::vector<std::string>> missing; ///< replaces the input's list
    OnFault on_fault;

    // text and code (strip_suffix and replace also before every other type)
    bool trim = true;
    TextSteps steps;
    std::string strip_suffix;
    std::vector<std::pair<std::string, std::string>> replace; ///< RE2, rewrite (\1)
    std::string pattern;
    std::optional<std::uint32_t> min_length, max_length; ///< code points

    // numbers
    std::optional<int> scale;
    NumberFormat number;     ///< its scale is set by compile
    bool when_exact = false; ///< derived: `when exact`

    // dates
    std::vector<std::string> formats; ///< empty: ISO 8601
    int pivot = 69;

    // ranges: texts of the field's own type, inclusive
    std::optional<std::string> min, max;
    /// `not 0`: values that are faults (below_minimum's sibling: not_in_list).
    std::vector<std::string> not_values;

    // enumerations and maps
    std::vector<std::string> values;                          ///< allowed; each means itself
    std::string values_lookup;                                ///< `values lookup menu`
    std::vector<std::pair<std::string, std::string>> aliases; ///< from -> to
    /// `file countries.csv`: two columns from,to (map) or one (enum); read by the application into
    /// aliases/values.
    std::string file;
    bool any_case = false;

    // booleans
    std::vector<std::string> true_values = {"true", "yes", "y", "t", "1"};
    std::vector<std::string> false_values = {"false", "no", "n", "f", "0"};

    // phones
    PhoneFormat phone_format = PhoneFormat::digits;
    std::string country;      ///< `country DE`
    std::string country_from; ///< `country_from FIELD`
    friend bool operator==(const FieldSpec&, const FieldSpec&) = default;
};

struct RuleSpec {
    std::string name;
    std::string expression;
    Place place;      ///< where the expression begins
    OnFault on_fault; ///< reject, or keep with a flag
    friend bool operator==(const RuleSpec&, const RuleSpec&) = default;
};

struct RepairSpec {
    std::string name; ///< the step's key: `1`
    std::string field;
    std::string expression;
    bool when_exact = false;
    bool when_missing = false; ///< a faulty value isn't replaced
    Place place;
    Place expression_place;
    friend bool operator==(const RepairSpec&, const RepairSpec&) = default;
};

struct SplitSpec {
    std::string name;
    std::vector<std::string> columns; ///< `from`
    std::string pattern;
    Place pattern_place;
    OnFault on_fault; ///< reject, or blank the parts, with or without a flag
    Place place;
    friend bool operator==(const SplitSpec&, const SplitSpec&) = default;
};

struct DropSpec {
    std::string name;
    std::string expression;
    Place place; ///< where the expression begins
    friend bool operator==(const DropSpec&, const DropSpec&) = default;
};

struct LookupSpec {
    std::string name;
    std::string file;
    Place file_place;
    Dialect dialect;
    /// Columns that are the key (type text unless said: `key = item` or `key = id:integer`).
    std::vector<FieldSpec> keys;
    std::vector<FieldSpec> columns; ///< `columns = price:decimal, name:text "Full Name"`
    std::vector<std::string> missing = {""};
    Place place;
    friend bool operator==(const LookupSpec&, const LookupSpec&) = default;
};

struct KeepSpec {
    enum class Criterion : std::uint8_t { first, last, newest, largest, most_complete };
    Criterion criterion = Criterion::first;
    std::vector<std::string> fields;
    friend bool operator==(const KeepSpec&, const KeepSpec&) = default;
};

struct DuplicatesSpec {
    std::string name;
    bool all = false; ///< `key = all`
    std::vector<std::string> key;
    std::vector<KeepSpec> keep; ///< empty: first
    bool missing_equal = true;
    Place place;
    friend bool operator==(const DuplicatesSpec&, const DuplicatesSpec&) = default;
};

struct OrderRuleSpec {
    enum class Kind : std::uint8_t { same, unique, sum, lines, cancels };
    std::string name;
    Kind kind = Kind::same;
    /// same, unique, cancels; sum: the summed field and the one it must equal.
    std::vector<std::string> fields;
    std::string tolerance = "0";
    std::uint64_t least = 0, most = UINT64_MAX;
    OnFault on_fault;
    Place place;
    friend bool operator==(const OrderRuleSpec&, const OrderRuleSpec&) = default;
};

struct OrderSpec {
    std::string id; ///< empty: no order rules
    std::vector<OrderRuleSpec> rules;
    enum class RejectedLine : std::uint8_t { ignore, flag, reject } rejected_line = RejectedLine::ignore;
    Place place;
    friend bool operator==(const OrderSpec&, const OrderSpec&) = default;
};

struct OutputSpec {
    char delimiter = ',';
    enum class Quoting : std::uint8_t { minimal, all } quoting = Quoting::minimal; ///< all: every field
    /// What happens to texts that a spreadsheet would take for a formula: written as they are, or with an
    /// apostrophe in front; or they are faults.
    enum class Formulas : std::uint8_t { keep, quote, reject } formulas = Formulas::keep;
    std::string missing; ///< what a missing value is written as
    std::string clean = "clean.csv";
    static constexpr std::uint32_t most_parts = 9999;
    std::uint32_t parts = 1; ///< files that the clean records are written to
    std::string rejects = "rejects.csv";
    std::string duplicates = "duplicates.csv";
    bool file_column = false; ///< provenance
    bool line_column = false;
    std::string file_name = "file"; ///< what the provenance columns are called
    std::string line_name = "line";
    Place provenance_place;
    enum class Flags : std::uint8_t { when_used, always, never } flags = Flags::when_used;
    friend bool operator==(const OutputSpec&, const OutputSpec&) = default;
};

struct MaxRejects {
    std::optional<std::uint64_t> count;
    std::optional<double> share; ///< of the records, 0 to 1
    friend bool operator==(const MaxRejects&, const MaxRejects&) = default;
};

struct JobSpec {
    std::string name; ///< the file's name without folder and ending
    InputSpec input;
    std::vector<InputSpec> inputs; ///< `[input.NAME]`, each already completed from `input`
    std::vector<FieldSpec> fields; ///< in output order
    /// `[fields.NAME]`: fields that are read differently in the files of `[input.NAME]`; whole replacements.
    std::map<std::string, std::vector<FieldSpec>> field_overrides;
    bool rest = false;       ///< `rest = *`
    bool rest_snake = false; ///< `| names snake`
    Place rest_place;
    std::vector<SplitSpec> splits;
    std::vector<LookupSpec> lookups;
    std::vector<RepairSpec> repairs;
    std::vector<RuleSpec> rules;
    std::vector<DropSpec> drops;
    std::vector<DuplicatesSpec> duplicates;
    OrderSpec order;
    OutputSpec output;
    MaxRejects max_rejects;
    friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

} // namespace ordermill::core
