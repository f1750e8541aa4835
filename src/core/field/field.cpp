#include "core/field/field.hpp"

#include "core/pattern/regex.hpp"
#include "core/pattern/replace.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ordermill::core {
namespace {

/// Digits that a decimal without a stated scale can have; it is printed without trailing zeros.
constexpr std::uint8_t open_scale = 6;

[[gnu::noinline]] void set_too_long(Value& value) noexcept {
    value.state = State::faulty;
    value.reason = Reason::field_too_long;
}

class BoundedText {
  public:
    BoundedText(std::uint64_t most, Arena& arena) : most_(most), arena_(arena) {}
    void spend(std::uint64_t effort) { arena_.spend(effort); }
    bool append(std::string_view more) {
        if (text_.size() + more.size() > most_) return false;
        text_ += more;
        return true;
    }
    std::string take() { return std::move(text_); }

  private:
    std::uint64_t most_;
    Arena& arena_;
    std::string text_;
};

ValueType type_of(const FieldSpec& spec) noexcept {
    switch (spec.type) {
    case FieldType::integer: return {.kind = Kind::number};
    case FieldType::decimal:
        return {.kind = Kind::number,
                .scale = spec.scale ? static_cast<std::uint8_t>(*spec.scale) : open_scale,
                .trim_zeros = !spec.scale};
    case FieldType::date: return {.kind = Kind::date};
    case FieldType::timestamp: return {.kind = Kind::timestamp};
    case FieldType::boolean: return {.kind = Kind::boolean};
    default: return {.kind = Kind::text};
    }
}

const std::vector<std::string>& iso_formats(FieldType type) {
    static const std::vector<std::string> dates{"%Y-%m-%d"};
    static const std::vector<std::string> timestamps{"%Y-%m-%d %H:%M:%S",    "%Y-%m-%dT%H:%M:%S",
                                                     "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f",
                                                     "%Y-%m-%d %H:%M",       "%Y-%m-%dT%H:%M"};
    return type == FieldType::date ? dates : timestamps;
}

} // namespace

Field Field::compile(const FieldSpec& spec) {
    Field field;
    field.name_ = spec.name;
    field.type_ = spec.type;
    field.value_type_ = type_of(spec);
    field.required_ = spec.required;
    field.hidden_ = spec.hidden;
    field.trim_ = spec.trim;
    field.steps_ = spec.steps;
    field.on_fault_ = spec.on_fault;
    field.phone_format_ = spec.phone_format;
    field.strip_suffix_ = spec.strip_suffix;
    for (const auto& [pattern, with] : spec.replace) {
        std::string why;
        auto compiled = compile_regex(pattern, why);
        if (!compiled) throw JobError(spec.place_of("replace"), fmt::format("field {}: {}", spec.name, why));
        if (!compiled->CheckRewriteString(with, &why)) {
            throw JobError(spec.place_of("replace"),
                           fmt::format("field {}: replacement \"{}\": {}", spec.name, with, why));
        }
        field.replacements_.emplace_back(std::move(compiled), with);
    }
    field.rewrites_ = !field.strip_suffix_.empty() || !field.replacements_.empty();
    if (!spec.country.empty()) {
        field.country_ = country_code(spec.country);
        if (field.country_.empty()) {
            throw JobError(spec.place,
                           fmt::format("field {}: unknown country \"{}\"", spec.name, spec.country));
        }
    }
    field.compile_numbers(spec);
    field.compile_dates(spec);
    field.compile_words(spec);
    field.compile_limits(spec);
    if (spec.default_text)
        field.default_ = field.constant(*spec.default_text, spec.place_of("default"), "default");
    return field;
}

void Field::compile_numbers(const FieldSpec& spec) {
    number_ = spec.number;
    number_.scale = value_type_.scale;
    if (number_.thousands != 0 && number_.thousands == number_.decimal_point) {
        throw JobError(
            spec.place,
            fmt::format("field {}: the thousands separator and the decimal point are the same character",
                        spec.name));
    }
}

void Field::compile_dates(const FieldSpec& spec) {
    if (value_type_.kind != Kind::date && value_type_.kind != Kind::timestamp) return;
    const auto& formats = spec.formats.empty() ? iso_formats(spec.type) : spec.formats;
    dates_ = DateFormats::compile(formats, value_type_.kind, spec.pivot, spec.place_of("formats"));
    value_type_.zoned = dates_.zoned();
}

void Field::compile_words(const FieldSpec& spec) {
    const auto add = [&](const std::string& from, const std::string& to) {
        if (!words_->add(from, to)) {
            throw JobError(spec.place, fmt::format("field {}: \"{}\" is listed twice with different meanings",
                                                   spec.name, from));
        }
    };
    if (spec.type == FieldType::boolean) {
        words_ = std::make_unique<Vocabulary>(true);
        for (const std::string& word : spec.true_values) add(word, "true");
        for (const std::string& word : spec.false_values) add(word, "false");
        words_required_ = true;
        return;
    }
    if (spec.values.empty() && spec.aliases.empty()) {
        if (spec.type == FieldType::enumeration || spec.type == FieldType::map) {
            throw JobError(spec.place,
                           fmt::format("field {}: {} needs {}", spec.name, core::name(spec.type),
                                       spec.type == FieldType::map ? "aliases or a file" : "values"));
        }
        return;
    }
    words_ = std::make_unique<Vocabulary>(spec.any_case);
    for (const std::string& value : spec.values) add(value, value);
    for (const auto& [from, to] : spec.aliases) add(from, to);
    words_required_ =
        spec.type == FieldType::enumeration || spec.type == FieldType::map || !spec.values.empty();
}

void Field::compile_limits(const FieldSpec& spec) {
    min_length_ = spec.min_length;
    max_length_ = spec.max_length;
    if (!spec.pattern.empty()) pattern_ = Pattern::compile(spec.pattern, spec.place_of("pattern"));
    const auto limit = [&](const std::optional<std::string>& text,
                           std::string_view what) -> std::optional<std::int64_t> {
        if (!text) return std::nullopt;
        if (value_type_.kind == Kind::text || value_type_.kind == Kind::boolean) {
            throw JobError(spec.place, fmt::format("field {}: {} fits numbers and dates, not {}", spec.name,
                                                   what, core::name(type_)));
        }
        return constant(*text, spec.place_of(what), what).number;
    };
    min_ = limit(spec.min, "min");
    max_ = limit(spec.max, "max");
    for (const std::string& text : spec.not_values) {
        if (value_type_.kind == Kind::text) {
            excluded_texts_.push_back(text);
        } else {
            excluded_numbers_.push_back(constant(text, spec.place_of("not"), "not").number);
        }
    }
    checked_ = min_ || max_ || min_length_ || max_length_ || pattern_ || !spec.not_values.empty();
}

/// A value written in the job file: plain numbers and ISO dates whatever the source's formats are, and listed
/// words.
Value Field::constant(const std::string& text, Place place, std::string_view what) {
    Value value;
    const auto bad = [&] {
        throw JobError(place,
                       fmt::format("field {}: {} \"{}\" is not {} {}", name_, what, text,
                                   type_ == FieldType::integer || type_ == FieldType::email ? "an" : "a",
                                   core::name(type_)));
    };
    if (value_type_.kind == Kind::number) {
        const NumberFormat plain{.scale = value_type_.scale};
        const ParsedNumber parsed =
            type_ == FieldType::integer ? parse_integer(text, plain) : parse_decimal(text, plain);
        if (text.empty() || parsed.reason != Reason::none) bad();
        value.set_number(parsed.value);
    } else if (value_type_.kind == Kind::date || value_type_.kind == Kind::timestamp) {
        auto formats = iso_formats(type_);
        if (type_ == FieldType::timestamp) formats.push_back("%Y-%m-%d");
        const ParsedDate parsed = DateFormats::compile(formats, value_type_.kind, 69, place).parse(text);
        if (text.empty() || parsed.reason != Reason::none) bad();
        value.set_number(parsed.value);
    } else if (value_type_.kind == Kind::boolean) {
        const auto* word = words_->find(text);
        if (word == nullptr) bad();
        value.set_number(word->canonical == "true" ? 1 : 0);
    } else {
        default_storage_ = std::make_unique<std::string>(text);
        value.set_text(*default_storage_);
    }
    return value;
}

void Field::set_missing(const std::vector<std::string>& words, bool any_case) {
    empty_is_missing_ = false;
    missing_.clear();
    missing_any_case_ = any_case;
    for (const std::string& word : words) {
        if (word.empty()) {
            empty_is_missing_ = true;
        } else {
            missing_.push_back(word);
        }
    }
}

bool Field::missing_word(std::string_view text) const noexcept {
    for (const std::string& word : missing_) {
        if (missing_any_case_ ? equal_any_case(text, word) : text == word) return true;
    }
    return false;
}

/// Nothing when it becomes too long.
std::optional<std::string_view> Field::rewrite(std::string_view text, Arena& arena) const {
    if (!strip_suffix_.empty() && text.ends_with(strip_suffix_)) text.remove_suffix(strip_suffix_.size());
    if (!replacements_.empty()) {
        std::string changed(text);
        for (const auto& [pattern, with] : replacements_) {
            BoundedText out(longest_text_, arena);
            const Replaced replaced = replace_matches(changed, *pattern, with, out);
            if (replaced == Replaced::too_long) return std::nullopt;
            if (replaced == Replaced::some) changed = out.take();
        }
        if (changed != text) text = arena.copy(changed);
    }
    return trim_ ? trim(text) : text;
}

void Field::parse(std::string_view text, Value& value, Arena& arena, std::string_view country,
                  bool& rounded) const {
    if (rewrites_) {
        const auto rewritten = rewrite(text, arena);
        if (!rewritten) return set_too_long(value);
        text = *rewritten;
        if (is_missing(text)) {
            value.state = State::missing;
            return;
        }
    }
    const auto set = [&value](std::int64_t number, Reason reason) {
        value.number = number;
        value.reason = reason;
        value.state = reason == Reason::none ? State::present : State::faulty;
    };
    switch (type_) {
    case FieldType::text:
    case FieldType::code:
    case FieldType::enumeration:
    case FieldType::map: return parse_text(text, value, arena);
    case FieldType::integer:
    case FieldType::decimal: return parse_number(text, value, rounded);
    case FieldType::date:
    case FieldType::timestamp: {
        const ParsedDate parsed = dates_.parse(text);
        return set(parsed.value, parsed.reason);
    }
    case FieldType::boolean: {
        const auto* word = words_->find(text);
        return set(word != nullptr && word->canonical == "true" ? 1 : 0,
                   word == nullptr ? Reason::not_a_boolean : Reason::none);
    }
    case FieldType::email:
        parse_text(text, value, arena);
        if (value.state == State::present) set(0, check_email(value.text()));
        return;
    case FieldType::phone: {
        const ParsedPhone parsed =
            parse_phone(text, phone_format_, country_.empty() ? country : country_, arena);
        value.set_text(parsed.text);
        return set(0, parsed.reason);
    }
    }
}

[[gnu::always_inline]] inline void Field::parse_text(std::string_view text, Value& value,
                                                     Arena& arena) const {
    if (steps_.any()) text = normalise(text, steps_, arena);
    if (words_) {
        if (const auto* word = words_->find(text)) {
            text = word->canonical;
        } else if (words_required_) {
            value.set_text(text);
            value.state = State::faulty;
            value.reason = Reason::not_in_list;
            return;
        }
    }
    if (text.size() > longest_text_) [[unlikely]]
        return set_too_long(value);
    value.set_text(text);
    value.reason = Reason::none;
}

void Field::parse_number(std::string_view text, Value& value, bool& rounded) const noexcept {
    const ParsedNumber parsed =
        type_ == FieldType::integer ? core::parse_integer(text, number_) : core::parse_decimal(text, number_);
    value.number = parsed.value;
    value.reason = parsed.reason;
    value.state = parsed.reason == Reason::none ? State::present : State::faulty;
    rounded = parsed.rounded;
}

Reason Field::check(const Value& value) const noexcept {
    if (min_ && value.number < *min_) return Reason::below_minimum;
    if (max_ && value.number > *max_) return Reason::above_maximum;
    for (const std::int64_t excluded : excluded_numbers_) {
        if (value.number == excluded) return Reason::excluded_value;
    }
    if (value_type_.kind != Kind::text) return Reason::none;
    const std::string_view text = value.text();
    if (pattern_ && !pattern_->matches(text)) return Reason::pattern_mismatch;
    if (min_length_ || max_length_) {
        const std::size_t points = length(text);
        if (min_length_ && points < *min_length_) return Reason::too_short;
        if (max_length_ && points > *max_length_) return Reason::too_long;
    }
    for (const std::string& excluded : excluded_texts_) {
        if (text == excluded) return Reason::excluded_value;
    }
    if (refuses_formulas_ && is_formula(text)) return Reason::formula;
    return Reason::none;
}

char* write_value(char* out, const Value& value, const ValueType& type) noexcept {
    switch (type.kind) {
    case Kind::number:
        if (type.scale == 0) return write_integer(out, value.number);
        return type.trim_zeros ? write_decimal_trimmed(out, value.number, type.scale)
                               : write_decimal(out, value.number, type.scale);
    case Kind::date: return write_date(out, value.number);
    case Kind::timestamp: return write_timestamp(out, value.number, type.zoned);
    case Kind::boolean: {
        const std::string_view word = value.number != 0 ? "true" : "false";
        std::memcpy(out, word.data(), word.size());
        return out + word.size();
    }
    case Kind::text: break;
    }
    return out;
}

std::string_view name(FieldType type) noexcept {
    static constexpr std::array<std::string_view, 11> names{"text", "code",      "integer", "decimal",
                                                            "date", "timestamp", "boolean", "enum",
                                                            "map",  "email",     "phone"};
    return names[static_cast<std::size_t>(type)];
}

} // namespace ordermill::core
