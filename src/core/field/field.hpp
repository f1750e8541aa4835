#pragma once

#include "core/base/value.hpp"
#include "core/job/job_spec.hpp"
#include "core/memory/arena.hpp"
#include "core/pattern/pattern.hpp"
#include "core/text/vocabulary.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace ordermill::core {

/// One field of a job, compiled: how its text becomes a value, which values are allowed, how it is written.
/// Immutable and movable; views that it hands out live as long as it does.
class Field {
  public:
    /// Throws JobError for anything that contradicts itself: a default, minimum or listed value that isn't of
    /// the type, a bad pattern, ambiguous dates.
    static Field compile(const FieldSpec& spec);

    /// Makes a value of `text`: UTF-8, trimmed (unless the field keeps its white space), not one of the
    /// missing strings. Sets `value` to present, or faulty with the reason; missing when a suffix or
    /// replacement left nothing. `rounded` is set when digits were dropped. `country`: for phones.
    void parse(std::string_view text, Value& value, Arena& arena, std::string_view country,
               bool& rounded) const;

    /// The rules on a present value: range, length, pattern, excluded values. Reason::none when all hold.
    Reason check(const Value& value) const noexcept;
    /// True when there is a rule to check.
    bool checked() const noexcept { return checked_; }

    bool is_missing(std::string_view text) const noexcept {
        if (text.empty()) return empty_is_missing_;
        return !missing_.empty() && missing_word(text);
    }

    bool has_missing_words() const noexcept { return !missing_.empty(); }

    /// Where a fault of this field leaves the record, and what stands in for a missing value.
    const OnFault& on_fault() const noexcept { return on_fault_; }
    const std::optional<Value>& default_value() const noexcept { return default_; }

    /// What a faster way than `parse` and `check` must know to come to the same end.
    const TextSteps& steps() const noexcept { return steps_; }
    const NumberFormat& number_format() const noexcept { return number_; }
    const DateFormats& dates() const noexcept { return dates_; }
    const Pattern* pattern() const noexcept { return pattern_ ? &*pattern_ : nullptr; }
    const std::vector<std::string>& missing_words() const noexcept { return missing_; }
    bool missing_any_case() const noexcept { return missing_any_case_; }
    const std::optional<std::int64_t>& minimum() const noexcept { return min_; }
    const std::optional<std::int64_t>& maximum() const noexcept { return max_; }
    const std::vector<std::int64_t>& excluded_numbers() const noexcept { return excluded_numbers_; }
    bool has_words() const noexcept { return words_ != nullptr; }
    bool rewrites() const noexcept { return rewrites_; }
    /// True when `check` looks at more than the pattern.
    bool checks_more_than_pattern() const noexcept {
        return min_ || max_ || min_length_ || max_length_ || !excluded_numbers_.empty() ||
               !excluded_texts_.empty() || refuses_formulas_;
    }

    const std::string& name() const noexcept { return name_; }
    FieldType field_type() const noexcept { return type_; }
    const ValueType& type() const noexcept { return value_type_; }
    bool required() const noexcept { return required_; }
    bool hidden() const noexcept { return hidden_; }
    bool trimmed() const noexcept { return trim_; }

    /// Longer texts are field_too_long.
    void set_longest_text(std::uint64_t bytes) noexcept { longest_text_ = bytes; }
    /// Texts that a spreadsheet takes for formulas are faults from now on.
    void refuse_formulas() noexcept {
        refuses_formulas_ = true;
        checked_ = checked_ || value_type_.kind == Kind::text;
    }
    bool refuses_formulas() const noexcept { return refuses_formulas_; }

    /// Sets the strings that mean "no value" (the field's own list, or the input's).
    void set_missing(const std::vector<std::string>& words, bool any_case);
    /// Derived fields without a scale of their own take the expression's type.
    void set_type(const ValueType& type) noexcept { value_type_ = type; }

  private:
    void compile_numbers(const FieldSpec& spec);
    void compile_dates(const FieldSpec& spec);
    void compile_words(const FieldSpec& spec);
    void compile_limits(const FieldSpec& spec);
    Value constant(const std::string& text, Place place, std::string_view what);
    bool missing_word(std::string_view text) const noexcept;
    std::optional<std::string_view> rewrite(std::string_view text, Arena& arena) const;
    void parse_text(std::string_view text, Value& value, Arena& arena) const;
    void parse_number(std::string_view text, Value& value, bool& rounded) const noexcept;

    std::string name_;
    FieldType type_ = FieldType::text;
    ValueType value_type_;
    bool required_ = false;
    bool hidden_ = false;
    bool trim_ = true;
    bool checked_ = false;
    bool refuses_formulas_ = false;
    std::uint64_t longest_text_ = 16 << 20;
    bool rewrites_ = false;
    bool empty_is_missing_ = true;
    bool missing_any_case_ = false;
    TextSteps steps_;
    NumberFormat number_;
    PhoneFormat phone_format_ = PhoneFormat::digits;
    OnFault on_fault_;
    DateFormats dates_;
    std::vector<std::string> missing_;
    std::unique_ptr<Vocabulary> words_; ///< allowed values, aliases, or the two booleans
    bool words_required_ = false;       ///< a text that isn't among the words is a fault
    std::optional<std::int64_t> min_, max_;
    std::optional<std::uint32_t> min_length_, max_length_;
    std::optional<Pattern> pattern_;
    std::vector<std::int64_t> excluded_numbers_;
    std::vector<std::string> excluded_texts_;
    std::string strip_suffix_;
    std::vector<std::pair<std::shared_ptr<const re2::RE2>, std::string>> replacements_;
    std::string country_;
    std::unique_ptr<std::string> default_storage_;
    std::optional<Value> default_;
};

/// Writes a present or kept value of this type as text, without CSV quoting, at `out` for numbers and dates;
/// returns the end. Not for Kind::text. At most `date_capacity` bytes.
char* write_value(char* out, const Value& value, const ValueType& type) noexcept;

/// How a type is called in messages: `integer`, `date`, ...
std::string_view name(FieldType type) noexcept;

} // namespace ordermill::core
