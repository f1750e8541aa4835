#pragma once

#include "core/base/job_error.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The small change of a job file: quoted and bare texts, lists, steps. Everything here throws
/// core::JobError.
namespace ordermill::app {

/// A piece of one line and where it begins. A view of the job's text, or of a `--set`.
struct Piece {
    std::string_view text;
    core::Place place;

    Piece part(std::size_t offset, std::size_t size = std::string_view::npos) const;
    Piece trimmed() const;
    bool empty() const noexcept { return text.empty(); }
};

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }
/// A name as expressions can use it: a letter or `_`, then letters, digits and `_`.
bool is_name(std::string_view text) noexcept;
void require_name(const Piece& piece, std::string_view what);

/// `unknown step "requird"; did you mean "required"?`, or the list of what is known when nothing is near and
/// it is short.
[[noreturn]] void unknown(core::Place place, std::string_view what, std::string_view word,
                          std::span<const std::string> known);
/// `a, b or c`
std::string joined(std::span<const std::string> words, std::string_view last_separator = " or ");

/// Which marks count while a line is searched for comments and for the bars between steps.
enum class Syntax : std::uint8_t {
    plain,      ///< `"` quotes where a word begins
    expression, ///< `"` and `'` quote anywhere, backslashes mean nothing; a bar in parentheses separates
                ///< nothing
    field,      ///< plain; an expression from ` := ` to the next bar; `#3` as the second word is a position
};
struct Breaks {
    std::size_t end;               ///< where the comment begins, or the text's size
    std::vector<std::size_t> bars; ///< of every ` | `
    std::size_t unclosed_quote = std::string_view::npos;
};
Breaks find_breaks(std::string_view text, Syntax syntax, bool with_comments);

/// The pieces between ` | `, trimmed; none but the first may be empty.
std::vector<Piece> split_steps(const Piece& value, Syntax syntax);

struct Word {
    std::string text;  ///< without quotes and escapes
    core::Place place; ///< of its first byte, behind the quote
    bool quoted = false;
    bool empty() const noexcept { return text.empty() && !quoted; }
};

/// Takes words off the front of a piece.
class Cursor {
  public:
    explicit Cursor(const Piece& piece) : rest_(piece) {}

    /// What is left, trimmed.
    Piece rest();
    bool at_end() { return rest().empty(); }
    char peek() { return at_end() ? '\0' : rest_.text.front(); }
    /// Takes `mark` when it comes next.
    bool take(std::string_view mark);
    /// The same for a whole word.
    bool take_word(std::string_view word);
    /// A quoted text, or everything up to white space, one of `stops` or the end.
    Word word(std::string_view stops = "");
    /// A quoted text, or everything (trimmed) up to the first of the marks or the end.
    Word text_until(std::initializer_list<std::string_view> marks);
    /// Throws unless nothing is left.
    void expect_end();

  private:
    Word quoted();
    void advance(std::size_t size) { rest_ = rest_.part(size); }
    Piece rest_;
};

/// The whole piece as one text: quoted, or as it stands.
Word one_text(const Piece& piece);
/// `a b "c d"` or `a, b, "c d"`
std::vector<Word> word_list(const Piece& piece);
/// `Cash, Credit Card, "a, b"`; a comma may end it.
std::vector<Word> item_list(const Piece& piece);
/// `"A" or "B"`
std::vector<std::string> alternatives(Cursor& cursor);
std::vector<std::string> texts(const std::vector<Word>& words);

std::uint64_t whole_number(const Piece& piece, std::uint64_t least, std::uint64_t most);
/// `4096`, `64KiB`, `1MiB`, `1GiB`: bytes, 1 to 1 GiB.
std::uint64_t byte_count(const Piece& piece);
bool yes_or_no(const Piece& piece);
/// One ASCII character, by itself or as `tab`, `\t`, `space`; with `none`, `none` is 0.
char one_character(const Piece& piece, bool none = false);

/// How a text must be written to be read back by `one_text` and by both kinds of list: as it stands, or in
/// quotes.
std::string written(std::string_view text);
std::string in_quotes(std::string_view text);

} // namespace ordermill::app
