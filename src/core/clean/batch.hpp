#pragma once

#include "core/groups/duplicates.hpp"
#include "core/groups/orders.hpp"
#include "core/memory/buffer.hpp"
#include "core/recipe/tally.hpp"

#include <cstdint>
#include <span>
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

    /// Takes out these ranges of `bytes`, ascending and apart, with the numbers in them.
    struct Range {
        std::size_t begin;
        std::size_t end;
    };
    void erase(std::span<const Range> ranges) noexcept;

    /// A range of `bytes`, and what stands there instead: `text`, with the number of line `line` at offset
    /// `line_at` of it.
    struct Edit {
        static constexpr std::size_t nowhere = SIZE_MAX;
        std::size_t begin;
        std::size_t end;
        std::string text;
        std::size_t line_at = nowhere;
        std::uint64_t line = 0;
    };
    /// Ascending and apart. Numbers within a range go with it; one at the beginning of an empty range comes
    /// behind its text.
    void edit(std::span<const Edit> edits);

    /// As bytes, and back. `decode` takes them off the front.
    void encode(Buffer& out) const;
    void decode(std::string_view& bytes);

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

/// A clean record of a job that removes duplicates or has rules on whole orders: where it stands, in the
/// clean text and in its file.
struct Row {
    std::size_t clean_begin = 0;
    std::uint64_t byte_position = 0;
    std::uint32_t line = 0; ///< relative
    std::uint32_t source_bytes = 0;
    std::uint32_t fields_bytes = 0; ///< of its clean text, without provenance, flags and line end
    std::uint32_t clean_bytes = 0;  ///< with all of them, without the line numbers still to be filled in
};

/// What came out of a chunk. Reused from chunk to chunk.
struct Batch {
    static constexpr std::uint64_t none = UINT64_MAX;

    std::uint64_t first_record = none; ///< file offset of the first record that begins in the chunk's range;
                                       ///< none: no record begins there
    std::uint64_t next_record = none;  ///< file offset at which the record behind the last one begins
    bool needs_more = false; ///< a record reaches beyond the bytes that were given: nothing else counts;
                             ///< clean again with more
    std::uint64_t line_goes_on = none; ///< then: file offset from which the end of a line over the length
                                       ///< limit is to be looked for, as more bytes are of no other use;
                                       ///< none: it is something else that needs more
    Accounts accounts;
    Tally tally;
    LinedText clean;
    LinedText rejects;
    Buffer rejects_raw;
    std::vector<Row> rows;          ///< jobs with duplicates or order rules only
    std::vector<Key> keys;          ///< by section, then row: section * rows.size() + row
    std::vector<Criteria> criteria; ///< beside the keys; empty when no section has any
    OrderRows orders;               ///< jobs with order rules only

    void clear() noexcept {
        first_record = next_record = line_goes_on = none;
        needs_more = false;
        accounts = {};
        tally.clear();
        clean.clear();
        rejects.clear();
        rejects_raw.clear();
        rows.clear();
        keys.clear();
        criteria.clear();
        orders.clear();
    }

    Batch() = default;
    /// With a tally of that many counters.
    explicit Batch(std::size_t counters) : tally(counters) {}
    /// Gives every record and order another key, the same one for the same `copy` (from 1 on): what was equal
    /// within a copy stays equal, and nothing is equal to what is in another one. For studies, in which the
    /// same inputs stand for others.
    void separate(std::uint64_t copy) noexcept;

    /// Takes from another batch what is told of its records' keys; all but the texts.
    void take_keys(Batch& from) noexcept;

    /// About what it holds in memory, in bytes.
    std::size_t memory() const noexcept;
    /// What is needed until the batch is written (all but the accounts and the borders), as bytes; and back
    /// into a cleared batch of the same job.
    void encode(Buffer& out) const;
    void decode(std::string_view bytes);
};

} // namespace ordermill::core
