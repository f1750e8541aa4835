#pragma once

#include "core/base/job_error.hpp"
#include "core/pattern/pattern_shapes.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace ordermill::core {

/// A regular expression (RE2 syntax) that must match the whole text. Patterns that are a sequence of ASCII
/// classes, each once, optional or counted with fixed bounds (`C?[0-9]{6}[A-Z]?`, `^TXN_\d{7}$`), are
/// compiled to a table of states and run without RE2; both give the same answer, which the tests prove.
class Pattern {
  public:
    /// Throws JobError with RE2's explanation.
    static Pattern compile(std::string_view source, Place place);

    /// Two loads a byte where the pattern is simple.
    bool matches(std::string_view text) const noexcept {
        if (!simple()) return matches_general(text);
        std::uint32_t state = start_;
        for (const char byte : text) state = next_[state + class_of_[static_cast<unsigned char>(byte)]];
        return accepting_[state] != 0;
    }
    /// True when it runs without RE2.
    bool simple() const noexcept { return !next_.empty(); }
    /// What texts it takes; a pattern that isn't simple knows none.
    const PatternShapes& shapes() const noexcept { return shapes_; }
    const std::string& source() const noexcept { return source_; }

  private:
    bool matches_general(std::string_view text) const noexcept;

    std::string source_;
    PatternShapes shapes_;
    /// A state is where its row begins in `next_`: the states that follow, by class of bytes. Row 0 is for
    /// texts that can't match any more.
    std::uint32_t start_ = 0;
    std::array<std::uint8_t, 256> class_of_{};
    std::vector<std::uint16_t> next_;
    std::vector<std::uint8_t> accepting_; ///< by state: a text may end here
    std::shared_ptr<const re2::RE2> general_;
};

} // namespace ordermill::core
