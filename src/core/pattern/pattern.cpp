#include "core/pattern/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <optional>

namespace ordermill::core {
namespace {

using Piece = PatternPiece;
constexpr std::uint16_t no_limit = Piece::no_limit;

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

/// Of the pieces' states: how many of a piece's bytes were taken. A piece without a limit stays where it has
/// as many as it needs.
class TableMaker {
  public:
    explicit TableMaker(const std::vector<Piece>& pieces) : pieces_(pieces) {
        for (const Piece& piece : pieces) {
            first_state_.push_back(states_);
            states_ += 1U + (piece.most == no_limit ? std::max<std::size_t>(piece.least, 1) : piece.most);
        }
        first_state_.push_back(states_++);
        find_classes();
    }

    std::size_t size() const noexcept { return (states_ + 1) * class_count_; }
    std::size_t row(std::size_t state) const noexcept { return (state + 1) * class_count_; }
    const std::array<std::uint8_t, 256>& classes() const noexcept { return class_of_; }

    void fill(std::vector<std::uint16_t>& next, std::vector<std::uint8_t>& accepting) const {
        next.assign(size(), 0);
        accepting.assign(size(), 0);
        for (std::size_t piece = 0; piece <= pieces_.size(); ++piece) {
            const std::size_t end = piece < pieces_.size() ? first_state_[piece + 1] : states_;
            for (std::size_t state = first_state_[piece]; state < end; ++state) {
                const std::size_t taken = state - first_state_[piece];
                accepting[row(state)] = may_end(piece, taken) ? 1 : 0;
                for (int byte = 0; byte < 128; ++byte) {
                    const auto of = class_of_[static_cast<std::size_t>(byte)];
                    next[row(state) + of] = after(piece, taken, static_cast<char>(byte));
                }
            }
        }
    }

  private:
    /// Bytes that the same pieces take are one class; class 0 is taken by none.
    void find_classes() {
        std::map<std::vector<bool>, std::uint8_t> known{{std::vector<bool>(pieces_.size()), 0}};
        for (int byte = 0; byte < 128; ++byte) {
            std::vector<bool> takers;
            for (const Piece& piece : pieces_) takers.push_back(piece.set.has(static_cast<char>(byte)));
            const auto next = static_cast<std::uint8_t>(known.size());
            class_of_[static_cast<std::size_t>(byte)] = known.emplace(takers, next).first->second;
        }
        class_count_ = known.size();
    }

    bool enough(std::size_t piece, std::size_t taken) const { return taken >= pieces_[piece].least; }

    bool may_end(std::size_t piece, std::size_t taken) const {
        for (; piece < pieces_.size(); ++piece, taken = 0) {
            if (!enough(piece, taken)) return false;
        }
        return true;
    }

    std::uint16_t after(std::size_t piece, std::size_t taken, char byte) const {
        for (; piece < pieces_.size(); ++piece, taken = 0) {
            const bool unlimited = pieces_[piece].most == no_limit;
            if (pieces_[piece].set.has(byte) && (unlimited || taken < pieces_[piece].most)) {
                const std::size_t last = first_state_[piece + 1] - first_state_[piece] - 1;
                return static_cast<std::uint16_t>(row(first_state_[piece] + std::min(taken + 1, last)));
            }
            if (!enough(piece, taken)) return 0;
        }
        return 0;
    }

    const std::vector<Piece>& pieces_;
    std::vector<std::size_t> first_state_;
    std::size_t states_ = 0;
    std::size_t class_count_ = 0;
    std::array<std::uint8_t, 256> class_of_{};
};

/// Beyond it RE2 is as good, and a state has 16 bits.
constexpr std::size_t largest_table = UINT16_MAX;

} // namespace

Pattern Pattern::compile(std::string_view source, Place place) {
    Pattern pattern;
    pattern.source_ = source;
    re2::RE2::Options options(re2::RE2::Quiet);
    auto general = std::make_shared<const re2::RE2>(pattern.source_, options);
    if (!general->ok()) throw JobError(place, fmt::format("pattern \"{}\": {}", source, general->error()));
    const auto pieces = SimpleParser(source).parse();
    std::optional<TableMaker> table;
    if (pieces) table.emplace(*pieces);
    if (!table || table->size() > largest_table) {
        pattern.general_ = std::move(general);
        return pattern;
    }
    table->fill(pattern.next_, pattern.accepting_);
    pattern.class_of_ = table->classes();
    pattern.shapes_ = PatternShapes(*pieces);
    pattern.start_ = static_cast<std::uint32_t>(table->row(0));
    return pattern;
}

bool Pattern::matches_general(std::string_view text) const noexcept {
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *general_);
}

} // namespace ordermill::core
