#pragma once

#include "core/base/job_error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ordermill::core::expression {

enum class TokenKind : std::uint8_t { end, number, text, name, symbol };

/// `text` is a view of the source: a text literal's stands without its quotes, a doubled quote inside still
/// doubled.
struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text;
    std::size_t offset = 0; ///< of its first byte, the quote included

    bool is(std::string_view word) const noexcept {
        return (kind == TokenKind::symbol || kind == TokenKind::name) && text == word;
    }
};

/// Cuts an expression into tokens. Knows where the source stands in the job file.
class Lexer {
  public:
    Lexer(std::string_view source, Place start) : source_(source), start_(start) {}

    /// The next token; `end`, at the source's length, for ever after. Throws JobError: a character that
    /// begins nothing, a text without its closing quote, a number that isn't digits[.digits].
    Token next();
    Place place(std::size_t offset) const noexcept;

  private:
    Token take(TokenKind kind, std::size_t size) noexcept;
    Token number();
    Token text();
    Token symbol();

    std::string_view source_;
    Place start_;
    std::size_t position_ = 0;
};

/// What a text literal means: its doubled quotes made single.
std::string unquote(std::string_view text, char quote);

} // namespace ordermill::core::expression
