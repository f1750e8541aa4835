#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// Patterns that are a sequence of classes of bytes, and the texts that they take: for Pattern.
namespace ordermill::core {

/// Some of the ASCII bytes.
struct ByteSet {
    std::uint64_t bits[2] = {0, 0};
    void add(char byte) noexcept { bits[(byte >> 6) & 1] |= std::uint64_t{1} << (byte & 63); }
    void add_range(char first, char last) noexcept {
        for (int byte = first; byte <= last; ++byte) add(static_cast<char>(byte));
    }
    bool has(char byte) const noexcept { return ((bits[(byte >> 6) & 1] >> (byte & 63)) & 1) != 0; }
    bool overlaps(const ByteSet& other) const noexcept {
        return ((bits[0] & other.bits[0]) | (bits[1] & other.bits[1])) != 0;
    }
};

/// From `least` to `most` bytes of one class.
struct PatternPiece {
    static constexpr std::uint16_t no_limit = std::numeric_limits<std::uint16_t>::max();
    ByteSet set;
    std::uint16_t least = 1;
    std::uint16_t most = 1;
};

/// The short texts that a sequence of pieces takes, such that all bytes of a text are compared at once. A
/// class is a union of atoms; an atom is the bytes whose two halves are each of some set, which two shuffles
/// find. A shape says of each place of a text which atoms may stand there. A length has a shape for each way
/// that the pieces can share so many bytes among them.
/// Source of the atoms: Geoff Langdale, Daniel Lemire, "Parsing Gigabytes of JSON per Second", vectorised
/// classification.
class PatternShapes {
  public:
    static constexpr std::size_t longest = 32;
    static constexpr std::size_t most_atoms = 8; ///< a bit each
    static constexpr std::size_t most_ways = 4;  ///< of a length; one with more is left to another way

    struct alignas(longest) Shape {
        std::array<std::uint8_t, longest> atoms{}; ///< by place; behind the text's end anything
    };

    PatternShapes() = default;
    explicit PatternShapes(std::span<const PatternPiece> pieces);

    /// Whether `of` tells all shapes of texts of this size.
    bool know(std::size_t size) const noexcept { return size <= longest && known_[size]; }
    /// A text of this size is taken when each of its bytes is in one of the atoms that one of these has.
    std::span<const Shape> of(std::size_t size) const noexcept {
        return {shapes_.data() + begin_[size], shapes_.data() + begin_[size + 1]};
    }
    /// By half of a byte: the atoms that it may be of. A byte is in those that both of its halves have.
    const std::array<std::uint8_t, 16>& low_halves() const noexcept { return low_; }
    const std::array<std::uint8_t, 16>& high_halves() const noexcept { return high_; }

  private:
    alignas(16) std::array<std::uint8_t, 16> low_{};
    alignas(16) std::array<std::uint8_t, 16> high_{};
    std::array<bool, longest + 1> known_{};
    std::array<std::uint16_t, longest + 2> begin_{};
    std::vector<Shape> shapes_;
};

} // namespace ordermill::core
