#pragma once

#include "core/buffer.hpp"
#include "core/tally.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// Text with line numbers still to be filled in: a chunk knows its lines only relative to its first one,
/// until the chunks before it are counted. `size(base)` and `render(base)` give the text as it is when the
/// chunk's first line is line `base`.
class LinedText {
  public:
    Buffer bytes;

    /// The number of line `relative` (0: the chunk's first) stands here.
    void mark_line(std::uint64_t relative) { holes_.push_back({bytes.size(), relative}); }
    std::uint64_t size(std::uint64_t base) const noexcept;
    /// The whole text; `out` is used only when there are numbers to fill in.
    std::string_view render(std::uint64_t base, Buffer& out) const;
    void clear() noexcept {
        bytes.clear();
        holes_.clear();
    }
    /// Forgets what was written after the bytes were `size` long.
    void rewind(std::size_t size) noexcept {
        while (!holes_.empty() && holes_.back().offset > size) holes_.pop_back();
        bytes.set_end(bytes.data() + size);
    }

    std::size_t holes() const noexcept { return holes_.size(); }
    std::uint64_t first_line() const noexcept { return holes_.empty() ? 0 : holes_.front().line; }
    std::uint64_t last_line() const noexcept { return holes_.empty() ? 0 : holes_.back().line; }

  private:
    struct Hole {
        std::size_t offset;
        std::uint64_t line;
    };
    std::vector<Hole> holes_; ///< both members ascend
};

/// The number of decimal digits.
int digit_count(std::uint64_t number) noexcept;

/// What came out of a chunk. Reused from chunk to chunk.
struct Batch {
    static constexpr std::uint64_t none = UINT64_MAX;

    std::uint64_t first_record = none; ///< file offset of the first record that begins in the chunk's range;
                                       ///< none: no record begins there
    std::uint64_t next_record = none;  ///< file offset at which the record behind the last one begins
    bool needs_more = false; ///< a record reaches beyond the bytes that were given: nothing else counts;
                             ///< clean again with more
    Accounts accounts;
    Tally tally;
    LinedText clean;
    LinedText rejects;
    Buffer rejects_raw;

    void clear() noexcept {
        first_record = next_record = none;
        needs_more = false;
        accounts = {};
        tally.clear();
        clean.clear();
        rejects.clear();
        rejects_raw.clear();
    }
};

} // namespace ordermill::core
