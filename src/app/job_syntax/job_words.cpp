#include "app/job_syntax/job_words.hpp"

#include "core/base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ordermill::app {

using core::JobError;
using core::Place;

namespace {

constexpr std::size_t npos = std::string_view::npos;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_name_start(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Of the quote that closes the one at `open`; a backslash takes the next byte's meaning away.
std::size_t closing_quote(std::string_view text, std::size_t open) {
    for (std::size_t i = open + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == text[open]) {
            return i;
        }
    }
    return npos;
}

/// `\"` and `\\` are themselves, `\n \r \t` as everywhere; any other backslash is one, so that patterns stay
/// readable.
std::string without_escapes(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        switch (next) {
        case '"':
        case '\\': plain += next; break;
        case 'n': plain += '\n'; break;
        case 'r': plain += '\r'; break;
        case 't': plain += '\t'; break;
        default: plain += text[i]; continue;
        }
        ++i;
    }
    return plain;
}

} // namespace

Piece Piece::part(std::size_t offset, std::size_t size) const {
    return {text.substr(offset, size), {place.line, place.column + static_cast<std::uint32_t>(offset)}};
}

Piece Piece::trimmed() const {
    std::size_t begin = 0;
    std::size_t end = text.size();
    while (begin < end && is_space(text[begin])) ++begin;
    while (end > begin && is_space(text[end - 1])) --end;
    return part(begin, end - begin);
}

bool is_name(std::string_view text) noexcept {
    return !text.empty() && is_name_start(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_name_start(c) || is_digit(c); });
}

void require_name(const Piece& piece, std::string_view what) {
    if (is_name(piece.text)) return;
    throw JobError(piece.place,
                   fmt::format("\"{}\" can't be {}: use letters, digits and \"_\"", piece.text, what));
}

std::string joined(std::span<const std::string> words, std::string_view last_separator) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? last_separator : ", ";
        text += words[i];
    }
    return text;
}

void unknown(Place place, std::string_view what, std::string_view word, std::span<const std::string> known) {
    constexpr std::size_t short_list = 12;
    std::string sentence = fmt::format("unknown {} \"{}\"", what, word);
    if (const std::string_view near = core::nearest(word, known); !near.empty()) {
        sentence += fmt::format("; did you mean \"{}\"?", near);
    } else if (!known.empty() && known.size() <= short_list) {
        sentence += fmt::format("; expected {}", joined(known));
    }
    throw JobError(place, sentence);
}

Breaks find_breaks(std::string_view text, Syntax syntax, bool with_comments) {
    Breaks breaks{text.size(), {}, npos};
    bool expression = syntax == Syntax::expression;
    int depth = 0;
    std::size_t words = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_space(c)) continue;
        const bool starts_word = i == 0 || is_space(text[i - 1]);
        const char next = i + 1 < text.size() ? text[i + 1] : ' ';
        if (starts_word) ++words;
        const bool second_word = syntax == Syntax::field && starts_word && words == 2 && breaks.bars.empty();
        if (c == '|' && starts_word && is_space(next) && depth == 0) {
            breaks.bars.push_back(i);
            expression = syntax == Syntax::expression;
        } else if (c == '#' && with_comments && starts_word && i > 0 && !(second_word && is_digit(next))) {
            breaks.end = i;
            break;
        } else if (second_word && c == ':' && next == '=') {
            expression = true;
        } else if (expression ? c == '"' || c == '\'' : c == '"' && (starts_word || text[i - 1] == ',')) {
            const std::size_t close = expression ? text.find(c, i + 1) : closing_quote(text, i);
            if (close == npos) {
                breaks.unclosed_quote = i;
                break;
            }
            i = close;
        } else if (expression) {
            depth += static_cast<int>(c == '(') - static_cast<int>(c == ')');
            if (depth < 0) depth = 0;
        }
    }
    return breaks;
}

std::vector<Piece> split_steps(const Piece& value, Syntax syntax) {
    std::vector<Piece> pieces;
    std::size_t begin = 0;
    for (const std::size_t bar : find_breaks(value.text, syntax, false).bars) {
        pieces.push_back(value.part(begin, bar - begin).trimmed());
        begin = bar + 1;
    }
    pieces.push_back(value.part(begin).trimmed());
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        if (pieces[i].empty()) throw JobError(pieces[i].place, "expected a step after \"|\"");
    }
    return pieces;
}

Piece Cursor::rest() { return rest_ = rest_.trimmed(); }

bool Cursor::take(std::string_view mark) {
    if (!rest().text.starts_with(mark)) return false;
    advance(mark.size());
    return true;
}

bool Cursor::take_word(std::string_view word) {
    const std::string_view text = rest().text;
    if (!text.starts_with(word) || (text.size() > word.size() && !is_space(text[word.size()]))) return false;
    advance(word.size());
    return true;
}

Word Cursor::quoted() {
    const std::size_t close = closing_quote(rest_.text, 0);
    if (close == npos) throw JobError(rest_.place, "this quote is never closed");
    const Piece inside = rest_.part(1, close - 1);
    advance(close + 1);
    if (!rest_.empty() && !is_space(rest_.text.front()) && rest_.text.front() != ',') {
        throw JobError(rest_.place, fmt::format("unexpected \"{}\" after the closing quote", rest_.text));
    }
    return {without_escapes(inside.text), inside.place, true};
}

Word Cursor::word(std::string_view stops) {
    if (peek() == '"') return quoted();
    const Piece all = rest();
    std::size_t end = 0;
    while (end < all.text.size() && !is_space(all.text[end]) && stops.find(all.text[end]) == npos) ++end;
    advance(end);
    return {std::string(all.text.substr(0, end)), all.place, false};
}

Word Cursor::text_until(std::initializer_list<std::string_view> marks) {
    if (peek() == '"') return quoted();
    const Piece all = rest();
    std::size_t end = all.text.size();
    for (const std::string_view mark : marks) end = std::min(end, all.text.find(mark));
    const Piece found = all.part(0, end).trimmed();
    if (const std::size_t quote = found.text.find(" \""); quote != npos) {
        throw JobError(found.part(quote + 1).place,
                       "unexpected quote inside an unquoted text; put the whole text in quotes");
    }
    advance(end);
    return {std::string(found.text), found.place, false};
}

void Cursor::expect_end() {
    if (!at_end()) throw JobError(rest_.place, fmt::format("unexpected \"{}\"", rest_.text));
}

Word one_text(const Piece& piece) {
    Cursor cursor(piece);
    if (cursor.peek() != '"') {
        const Piece all = cursor.rest();
        return {std::string(all.text), all.place, false};
    }
    Word word = cursor.word();
    cursor.expect_end();
    return word;
}

std::vector<Word> word_list(const Piece& piece) {
    std::vector<Word> words;
    Cursor cursor(piece);
    while (!cursor.at_end()) {
        const Word word = cursor.word(",");
        if (word.empty())
            throw JobError(word.place, "expected a value before this comma; write \"\" for an empty text");
        words.push_back(word);
        cursor.take(",");
    }
    return words;
}

std::vector<Word> item_list(const Piece& piece) {
    std::vector<Word> items;
    Cursor cursor(piece);
    while (!cursor.at_end()) {
        Word item = cursor.text_until({","});
        if (item.empty())
            throw JobError(item.place, "expected a value before this comma; write \"\" for an empty text");
        items.push_back(std::move(item));
        if (!cursor.take(",")) cursor.expect_end();
    }
    return items;
}

std::vector<std::string> alternatives(Cursor& cursor) {
    std::vector<std::string> names;
    do {
        const Word name = cursor.word();
        if (!name.quoted || name.text.empty())
            throw JobError(name.place, "expected a column's name in quotes");
        names.push_back(name.text);
    } while (cursor.take_word("or"));
    return names;
}

std::vector<std::string> texts(const std::vector<Word>& words) {
    std::vector<std::string> list;
    for (const Word& word : words) list.push_back(word.text);
    return list;
}

std::uint64_t whole_number(const Piece& piece, std::uint64_t least, std::uint64_t most) {
    const std::string_view text = piece.text;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < least ||
        number > most) {
        throw JobError(piece.place,
                       fmt::format("expected a whole number from {} to {}, not \"{}\"", least, most, text));
    }
    return number;
}

std::uint64_t byte_count(const Piece& piece) {
    static constexpr struct {
        std::string_view unit;
        int shift;
    } units[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}};
    constexpr std::uint64_t limit = 1U << 30U;
    for (const auto& [unit, shift] : units) {
        if (!piece.text.ends_with(unit)) continue;
        const Piece digits = piece.part(0, piece.text.size() - unit.size()).trimmed();
        return whole_number(digits, 1, limit >> shift) << shift;
    }
    return whole_number(piece, 1, limit);
}

bool yes_or_no(const Piece& piece) {
    if (piece.text == "yes") return true;
    if (piece.text == "no") return false;
    throw JobError(piece.place, fmt::format("expected yes or no, not \"{}\"", piece.text));
}

char one_character(const Piece& piece, bool none) {
    const Word word = one_text(piece);
    if (!word.quoted) {
        if (word.text == "tab" || word.text == "\\t") return '\t';
        if (word.text == "space") return ' ';
        if (word.text == "none" && none) return 0;
    }
    const bool printable =
        word.text.size() == 1 && (word.text[0] == '\t' || (word.text[0] >= ' ' && word.text[0] < 127));
    if (!printable) {
        throw JobError(piece.place, fmt::format("expected one ASCII character, tab{} or space, not \"{}\"",
                                                none ? ", none" : "", word.text));
    }
    return word.text[0];
}

std::string in_quotes(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        switch (c) {
        case '"':
        case '\\':
            quoted += '\\';
            quoted += c;
            break;
        case '\n': quoted += "\\n"; break;
        case '\r': quoted += "\\r"; break;
        case '\t': quoted += "\\t"; break;
        default: quoted += c;
        }
    }
    return quoted + '"';
}

std::string written(std::string_view text) {
    constexpr std::string_view words_of_the_syntax[] = {"|",   "->",     "tab",  "space", "none",
                                                        "\\t", "lookup", "flag", "all"};
    const bool plain = !text.empty() && text.front() != '"' && text.front() != '#' &&
                       text.find("->") == npos && text.find_first_of(" \t\r\n,") == npos &&
                       std::find(std::begin(words_of_the_syntax), std::end(words_of_the_syntax), text) ==
                           std::end(words_of_the_syntax);
    return plain ? std::string(text) : in_quotes(text);
}

} // namespace ordermill::app
