#include "core/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

namespace ordermill::core {
namespace {

struct ByteSet {
    std::uint64_t bits[2] = {0, 0};
    void add(char byte) noexcept { bits[(byte >> 6) & 1] |= std::uint64_t{1} << (byte & 63); }
    void add_range(char first, char last) noexcept {
        for (int byte = first; byte <= last; ++byte) add(static_cast<char>(byte));
    }
    bool overlaps(const ByteSet& other) const noexcept {
        return ((bits[0] & other.bits[0]) | (bits[1] & other.bits[1])) != 0;
    }
};

struct Piece {
    ByteSet set;
    std::uint16_t least = 1;
    std::uint16_t most = 1;
};

constexpr std::uint16_t no_limit = UINT16_MAX;

/// Reads a pattern that is a sequence of ASCII classes; nothing when it is anything else, and RE2 must do it.
class SimpleParser {
  public:
    explicit SimpleParser(std::string_view source) : rest_(source) {}

    std::optional<std::vector<Piece>> parse() {
        std::vector<Piece> pieces;
        take('^'); // the whole text must match anyway
        while (!rest_.empty() && rest_ != "$") {
            Piece piece;
            if (!read_class(piece.set) || !read_count(piece)) return std::nullopt;
            pieces.push_back(piece);
        }
        return deterministic(pieces) ? std::optional(pieces) : std::nullopt;
    }

  private:
    bool take(char byte) {
        if (rest_.empty() || rest_.front() != byte) return false;
        rest_.remove_prefix(1);
        return true;
    }

    static bool is_alphanumeric(char byte) {
        return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    }

    bool read_escape(ByteSet& set) {
        if (rest_.empty()) return false;
        const char byte = rest_.front();
        rest_.remove_prefix(1);
        if (byte == 's') {
            for (const char space : {' ', '\t', '\n', '\f', '\r'}) set.add(space);
            return true;
        }
        if (byte == 'd' || byte == 'w') {
            set.add_range('0', '9');
            if (byte == 'd') return true;
            set.add_range('A', 'Z');
            set.add_range('a', 'z');
            set.add('_');
            return true;
        }
        if (is_alphanumeric(byte) || static_cast<unsigned char>(byte) > 127) return false;
        set.add(byte);
        return true;
    }

    bool read_class(ByteSet& set) {
        const char byte = rest_.front();
        if (static_cast<unsigned char>(byte) > 127) return false;
        rest_.remove_prefix(1);
        if (byte == '\\') return read_escape(set);
        if (byte == '[') return read_bracket(set);
        if (std::string_view(".^$|()?*+{}").find(byte) != std::string_view::npos) return false;
        set.add(byte);
        return true;
    }

    bool read_bracket(ByteSet& set) {
        if (rest_.empty() || rest_.front() == '^' || rest_.front() == ']') return false;
        while (!rest_.empty() && rest_.front() != ']') {
            const char first = rest_.front();
            if (static_cast<unsigned char>(first) > 127 || first == '[') return false;
            rest_.remove_prefix(1);
            if (first == '\\') {
                if (!read_escape(set)) return false;
                if (!rest_.empty() && rest_.front() == '-') return false;
                continue;
            }
            if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
                const char last = rest_[1];
                if (static_cast<unsigned char>(last) > 127 || last == '\\' || last == '[' || last < first)
                    return false;
                rest_.remove_prefix(2);
                set.add_range(first, last);
            } else {
                set.add(first);
            }
        }
        return take(']');
    }

    /// To RE2 braces around a number with a leading zero are literal text, not a count.
    bool read_number(std::uint16_t& number) {
        if (rest_.size() >= 2 && rest_[0] == '0' && rest_[1] >= '0' && rest_[1] <= '9') return false;
        std::uint32_t value = 0;
        std::size_t digits = 0;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && digits < 4) {
            value = value * 10 + static_cast<std::uint32_t>(rest_.front() - '0');
            rest_.remove_prefix(1);
            ++digits;
        }
        number = static_cast<std::uint16_t>(value);
        return digits > 0;
    }

    bool read_count(Piece& piece) {
        if (take('?')) {
            piece.least = 0;
        } else if (take('*')) {
            piece.least = 0;
            piece.most = no_limit;
        } else if (take('+')) {
            piece.most = no_limit;
        } else if (take('{')) {
            if (!read_number(piece.least)) return false;
            piece.most = piece.least;
            if (take(',') && !read_number(piece.most)) piece.most = no_limit;
            if (!take('}') || piece.most < piece.least || piece.most == 0) return false;
            // RE2 refuses larger ones; let it say so.
            if (piece.least > 1000 || (piece.most > 1000 && piece.most != no_limit)) return false;
        }
        // A lazy or possessive mark, or a second count.
        return rest_.empty() || std::string_view("?*+{").find(rest_.front()) == std::string_view::npos;
    }

    /// Taking as many as possible is right for a piece of variable count if nothing that can come next, up to
    /// and with the next piece that must come, begins with one of its bytes.
    static bool deterministic(const std::vector<Piece>& pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (pieces[i].least == pieces[i].most) continue;
            for (std::size_t next = i + 1; next < pieces.size(); ++next) {
                if (pieces[i].set.overlaps(pieces[next].set)) return false;
                if (pieces[next].least > 0) break;
            }
        }
        return true;
    }

    std::string_view rest_;
};

} // namespace

Pattern Pattern::compile(std::string_view source, Place place) {
    Pattern pattern;
    pattern.source_ = source;
    re2::RE2::Options options(re2::RE2::Quiet);
    auto general = std::make_shared<const re2::RE2>(pattern.source_, options);
    if (!general->ok()) throw JobError(place, fmt::format("pattern \"{}\": {}", source, general->error()));
    const auto pieces = SimpleParser(source).parse();
    if (!pieces) {
        pattern.general_ = std::move(general);
        return pattern;
    }
    pattern.empty_ = pieces->empty();
    for (const Piece& piece : *pieces) {
        pattern.steps_.push_back({{piece.set.bits[0], piece.set.bits[1]}, piece.least, piece.most});
    }
    return pattern;
}

bool Pattern::matches(std::string_view text) const noexcept {
    if (general_) return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *general_);
    const char* at = text.data();
    const char* const end = at + text.size();
    for (const Step& step : steps_) {
        const auto fits = [&step](char byte) {
            return static_cast<unsigned char>(byte) < 128 &&
                   ((step.bits[(byte >> 6) & 1] >> (byte & 63)) & 1) != 0;
        };
        std::size_t count = 0;
        while (at < end && (count < step.most || step.most == no_limit) && fits(*at)) {
            ++at;
            ++count;
        }
        if (count < step.least) return false;
    }
    return at == end;
}

} // namespace ordermill::core
