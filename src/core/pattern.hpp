#pragma once

#include "core/job_error.hpp"

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
/// compiled to byte tables and run without RE2; both give the same answer, which the tests prove.
class Pattern {
  public:
    /// Throws JobError with RE2's explanation.
    static Pattern compile(std::string_view source, Place place);

    bool matches(std::string_view text) const noexcept;
    /// True when it runs without RE2.
    bool simple() const noexcept { return !steps_.empty() || empty_; }
    const std::string& source() const noexcept { return source_; }

  private:
    struct Step {
        std::uint64_t bits[2]; ///< which of the 128 ASCII bytes
        std::uint16_t least;
        std::uint16_t most;
    };
    std::string source_;
    std::vector<Step> steps_;
    bool empty_ = false;
    std::shared_ptr<const re2::RE2> general_;
};

} // namespace ordermill::core
