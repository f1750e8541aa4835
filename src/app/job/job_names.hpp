#pragma once

#include "app/job_syntax/job_words.hpp"
#include "core/job/job_spec.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The words of a job file that stand for a value, each once: the reader and the printer share them.
namespace ordermill::app {

template<typename Value>
struct Name {
    std::string_view text;
    Value value;
};

template<typename Names>
std::vector<std::string> known_texts(const Names& names) {
    std::vector<std::string> known;
    for (const auto& name : names) known.emplace_back(name.text);
    return known;
}

/// The value that the piece names; `what` is for the error.
template<typename Value, std::size_t Size>
Value choice(const Piece& piece, const std::array<Name<Value>, Size>& names,
             std::string_view what = "value") {
    const Word word = one_text(piece);
    for (const auto& name : names) {
        if (name.text == word.text) return name.value;
    }
    unknown(piece.place, what, word.text, known_texts(names));
}

template<typename Value, std::size_t Size>
std::string name_of(Value value, const std::array<Name<Value>, Size>& names) {
    for (const auto& name : names) {
        if (name.value == value) return std::string(name.text);
    }
    return {};
}

inline constexpr std::array<Name<core::FieldType>, 11> field_types{{
    {"text", core::FieldType::text},
    {"code", core::FieldType::code},
    {"integer", core::FieldType::integer},
    {"decimal", core::FieldType::decimal},
    {"date", core::FieldType::date},
    {"timestamp", core::FieldType::timestamp},
    {"boolean", core::FieldType::boolean},
    {"enum", core::FieldType::enumeration},
    {"map", core::FieldType::map},
    {"email", core::FieldType::email},
    {"phone", core::FieldType::phone},
}};

inline constexpr std::array<Name<core::Unwanted>, 3> unwanted_names{{
    {"drop", core::Unwanted::drop},
    {"reject", core::Unwanted::reject},
    {"keep", core::Unwanted::keep},
}};

inline constexpr std::array<Name<core::LineEnd>, 4> line_end_names{{
    {"any", core::LineEnd::any},
    {"lf", core::LineEnd::lf},
    {"crlf", core::LineEnd::crlf},
    {"cr", core::LineEnd::cr},
}};

inline constexpr std::array<Name<bool>, 2> escape_names{{{"doubled", false}, {"backslash", true}}};
struct QuoteRules {
    bool lenient;
    bool strict_inside;
    friend bool operator==(const QuoteRules&, const QuoteRules&) = default;
};
inline constexpr std::array<Name<QuoteRules>, 3> quotes_names{{
    {"strict", {false, false}},
    {"strict_inside", {false, true}},
    {"lenient", {true, false}},
}};

inline constexpr std::array<Name<core::AfterBroken>, 3> after_broken_names{{
    {"keep", core::AfterBroken::keep},
    {"flag", core::AfterBroken::flag},
    {"reject", core::AfterBroken::reject},
}};

inline constexpr std::array<Name<core::OutputSpec::Quoting>, 2> quoting_names{{
    {"minimal", core::OutputSpec::Quoting::minimal},
    {"all", core::OutputSpec::Quoting::all},
}};

inline constexpr std::array<Name<core::OutputSpec::Formulas>, 3> formulas_names{{
    {"keep", core::OutputSpec::Formulas::keep},
    {"quote", core::OutputSpec::Formulas::quote},
    {"reject", core::OutputSpec::Formulas::reject},
}};

inline constexpr std::array<Name<core::OutputSpec::Flags>, 3> flags_names{{
    {"when_used", core::OutputSpec::Flags::when_used},
    {"always", core::OutputSpec::Flags::always},
    {"never", core::OutputSpec::Flags::never},
}};

inline constexpr std::array<Name<core::Case>, 3> letter_case_names{{
    {"upper", core::Case::upper},
    {"lower", core::Case::lower},
    {"title", core::Case::title},
}};

inline constexpr std::array<Name<core::Rounding>, 3> rounding_names{{
    {"half_up", core::Rounding::half_up},
    {"half_even", core::Rounding::half_even},
    {"down", core::Rounding::down},
}};

inline constexpr std::array<Name<core::PhoneFormat>, 2> phone_format_names{{
    {"digits", core::PhoneFormat::digits},
    {"e164", core::PhoneFormat::e164},
}};

inline constexpr std::array<Name<core::KeepSpec::Criterion>, 5> criterion_names{{
    {"first", core::KeepSpec::Criterion::first},
    {"last", core::KeepSpec::Criterion::last},
    {"newest", core::KeepSpec::Criterion::newest},
    {"largest", core::KeepSpec::Criterion::largest},
    {"most_complete", core::KeepSpec::Criterion::most_complete},
}};

inline constexpr std::array<Name<core::OrderRuleSpec::Kind>, 5> order_rule_names{{
    {"same", core::OrderRuleSpec::Kind::same},
    {"unique", core::OrderRuleSpec::Kind::unique},
    {"sum", core::OrderRuleSpec::Kind::sum},
    {"lines", core::OrderRuleSpec::Kind::lines},
    {"cancels", core::OrderRuleSpec::Kind::cancels},
}};

inline constexpr std::array<Name<core::OrderSpec::RejectedLine>, 3> rejected_line_names{{
    {"ignore", core::OrderSpec::RejectedLine::ignore},
    {"flag", core::OrderSpec::RejectedLine::flag},
    {"reject", core::OrderSpec::RejectedLine::reject},
}};

/// What a broken rule, of a record or an order, does.
inline constexpr core::OnFault reject_record{core::OnFault::Action::reject, false};
inline constexpr core::OnFault keep_and_flag{core::OnFault::Action::keep, true};

} // namespace ordermill::app
