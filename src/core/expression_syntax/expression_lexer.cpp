#include "core/expression_syntax/expression_lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ordermill::core::expression {
namespace {

constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_name_start(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_name_part(char c) noexcept { return is_name_start(c) || is_digit(c); }

std::size_t run(std::string_view text, std::size_t from, bool (*belongs)(char)) noexcept {
    std::size_t at = from;
    while (at < text.size() && belongs(text[at])) ++at;
    return at - from;
}

constexpr std::array<std::string_view, 14> symbols = {"!=", "<=", ">=", "=", "<", ">", "(",
                                                      ")",  ",",  "+",  "-", "*", "/", "."};

/// What other languages write, and what it is called here.
struct Foreign {
    std::string_view symbol;
    std::string_view here;
};
constexpr std::array<Foreign, 12> foreign_symbols = {{{"==", "="},
                                                      {"<>", "!="},
                                                      {"&&", "and"},
                                                      {"||", "or (texts are joined by concat)"},
                                                      {"=>", "implies, or >="},
                                                      {"=<", "<="},
                                                      {"->", "implies"},
                                                      {"&", "and (texts are joined by concat)"},
                                                      {"|", "or"},
                                                      {"!", "not"},
                                                      {"~", "matches"},
                                                      {"?", "if(condition, then, else)"}}};

/// The character at the front, whole when it is UTF-8.
std::string_view first_character(std::string_view text) noexcept {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    return text.substr(0, size);
}

} // namespace

Place Lexer::place(std::size_t offset) const noexcept {
    return {start_.line, start_.column + static_cast<std::uint32_t>(offset)};
}

Token Lexer::take(TokenKind kind, std::size_t size) noexcept {
    const Token token{kind, source_.substr(position_, size), position_};
    position_ += size;
    return token;
}

Token Lexer::next() {
    position_ += run(source_, position_, is_space);
    if (position_ == source_.size()) return {TokenKind::end, {}, position_};
    const char first = source_[position_];
    if (is_name_start(first)) return take(TokenKind::name, run(source_, position_, is_name_part));
    if (is_digit(first)) return number();
    if (first == '"' || first == '\'') return text();
    return symbol();
}

Token Lexer::number() {
    std::size_t size = run(source_, position_, is_digit);
    if (position_ + size < source_.size() && source_[position_ + size] == '.') {
        const std::size_t fraction = run(source_, position_ + size + 1, is_digit);
        if (fraction == 0) {
            throw JobError(place(position_ + size), "a digit must follow the decimal point");
        }
        size += 1 + fraction;
    }
    if (const std::size_t behind = position_ + size;
        behind < source_.size() && is_name_start(source_[behind])) {
        throw JobError(place(position_),
                       fmt::format("\"{}\" is neither a number nor a name",
                                   source_.substr(position_, size + run(source_, behind, is_name_part))));
    }
    return take(TokenKind::number, size);
}

Token Lexer::text() {
    const char quote = source_[position_];
    std::size_t at = position_ + 1;
    for (;; ++at) {
        at = source_.find(quote, at);
        if (at == std::string_view::npos) {
            throw JobError(place(position_), fmt::format("the text has no closing {}", quote));
        }
        const bool doubled = at + 1 < source_.size() && source_[at + 1] == quote;
        if (!doubled) break;
        ++at;
    }
    Token token{TokenKind::text, source_.substr(position_ + 1, at - position_ - 1), position_};
    position_ = at + 1;
    return token;
}

Token Lexer::symbol() {
    const std::string_view rest = source_.substr(position_);
    const auto starts_rest = [&](const Foreign& foreign) { return rest.starts_with(foreign.symbol); };
    const auto known = std::find_if(symbols.begin(), symbols.end(),
                                    [&](std::string_view symbol) { return rest.starts_with(symbol); });
    const auto foreign = std::find_if(foreign_symbols.begin(), foreign_symbols.end(), starts_rest);
    const std::size_t known_size = known == symbols.end() ? 0 : known->size();
    if (foreign != foreign_symbols.end() && foreign->symbol.size() > known_size) {
        throw JobError(place(position_),
                       fmt::format("unexpected \"{}\"; use {}", foreign->symbol, foreign->here));
    }
    if (known_size > 0) return take(TokenKind::symbol, known_size);
    if (rest.front() == '.')
        throw JobError(place(position_), "unexpected \".\"; a number begins with a digit");
    throw JobError(place(position_), fmt::format("unexpected \"{}\"", first_character(rest)));
}

std::string unquote(std::string_view text, char quote) {
    std::string meaning;
    meaning.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        meaning.push_back(text[i]);
        if (text[i] == quote) ++i;
    }
    return meaning;
}

} // namespace ordermill::core::expression
