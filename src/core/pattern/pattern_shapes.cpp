#include "core/pattern/pattern_shapes.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ordermill::core {
namespace {

using Shape = PatternShapes::Shape;

/// The atoms of some classes.
class Atoms {
  public:
    /// The class as atoms, a bit each. Once `count` is over most_atoms they mean nothing.
    std::uint8_t of(const ByteSet& set) {
        std::map<std::uint16_t, std::uint16_t> highs_of; // by the low halves that they come with
        for (unsigned high = 0; high < 8; ++high) {
            std::uint16_t lows = 0;
            for (unsigned low = 0; low < 16; ++low)
                lows = static_cast<std::uint16_t>(lows | set.has(static_cast<char>(high * 16 + low)) << low);
            if (lows != 0) highs_of[lows] = static_cast<std::uint16_t>(highs_of[lows] | 1U << high);
        }
        std::uint8_t bits = 0;
        for (const Atom atom : highs_of) {
            const std::size_t index = index_of(atom);
            if (index < PatternShapes::most_atoms) bits = static_cast<std::uint8_t>(bits | 1U << index);
        }
        return bits;
    }
    std::size_t count() const noexcept { return atoms_.size(); }
    /// By half of a byte: those that have it.
    std::array<std::uint8_t, 16> with_low() const noexcept { return with(&Atom::first); }
    std::array<std::uint8_t, 16> with_high() const noexcept { return with(&Atom::second); }

  private:
    using Atom = std::pair<std::uint16_t, std::uint16_t>; ///< low and high halves; bit n: the half n

    std::size_t index_of(const Atom& atom) {
        const auto found = std::find(atoms_.begin(), atoms_.end(), atom);
        const auto index = static_cast<std::size_t>(found - atoms_.begin());
        if (found == atoms_.end()) atoms_.push_back(atom);
        return index;
    }
    std::array<std::uint8_t, 16> with(std::uint16_t Atom::*halves) const noexcept {
        std::array<std::uint8_t, 16> with{};
        for (std::size_t atom = 0; atom < atoms_.size(); ++atom) {
            for (unsigned half = 0; half < 16; ++half)
                with[half] =
                    static_cast<std::uint8_t>(with[half] | (atoms_[atom].*halves >> half & 1) << atom);
        }
        return with;
    }

    std::vector<Atom> atoms_;
};

/// The ways in which pieces can share the bytes of a text among them.
class Sharing {
  public:
    Sharing(std::span<const PatternPiece> pieces, std::span<const std::uint8_t> atoms)
        : pieces_(pieces), atoms_(atoms), least_behind_(pieces.size() + 1), most_behind_(pieces.size() + 1) {
        for (std::size_t i = pieces.size(); i-- > 0;) {
            least_behind_[i] = least_behind_[i + 1] + pieces[i].least;
            most_behind_[i] = most_behind_[i + 1] + pieces[i].most;
        }
    }

    /// One more than `most` means that there are more. Cost: one path through the pieces a way, since none is
    /// begun that leads nowhere.
    std::vector<Shape> ways(std::size_t size, std::size_t most) {
        found_.clear();
        most_ = most;
        share(0, 0, size);
        return found_;
    }

  private:
    void share(std::size_t piece, std::size_t at, std::size_t left) {
        if (left < least_behind_[piece] || left > most_behind_[piece] || found_.size() > most_) return;
        if (piece == pieces_.size()) {
            found_.push_back(shape_);
            return;
        }
        const std::size_t most = std::min<std::size_t>(pieces_[piece].most, left);
        for (std::size_t taken = 0; taken <= most; ++taken) {
            if (taken >= pieces_[piece].least) share(piece + 1, at + taken, left - taken);
            if (taken < most) shape_.atoms[at + taken] = atoms_[piece];
        }
    }

    std::span<const PatternPiece> pieces_;
    std::span<const std::uint8_t> atoms_;
    std::vector<std::size_t> least_behind_; ///< from a piece on
    std::vector<std::size_t> most_behind_;
    std::size_t most_ = 0;
    Shape shape_;
    std::vector<Shape> found_;
};

} // namespace

PatternShapes::PatternShapes(std::span<const PatternPiece> pieces) {
    Atoms atoms;
    std::vector<std::uint8_t> of_piece;
    for (const PatternPiece& piece : pieces) of_piece.push_back(atoms.of(piece.set));
    if (atoms.count() > most_atoms) return;
    low_ = atoms.with_low();
    high_ = atoms.with_high();
    Sharing sharing(pieces, of_piece);
    for (std::size_t size = 0; size <= longest; ++size) {
        const std::vector<Shape> ways = sharing.ways(size, most_ways);
        known_[size] = ways.size() <= most_ways;
        if (known_[size]) shapes_.insert(shapes_.end(), ways.begin(), ways.end());
        begin_[size + 1] = static_cast<std::uint16_t>(shapes_.size());
    }
}

} // namespace ordermill::core
