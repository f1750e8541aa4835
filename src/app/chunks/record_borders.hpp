#pragma once

#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"

#include <cstdint>

namespace ordermill::app {

/// The records' borders, followed through the chunks in the order of the inputs: a chunk is right when its
/// first record begins where the record before it ended. The only thing that crosses from a chunk to the next
/// one.
class RecordBorders {
  public:
    /// At the first file's first record. The plan must outlive it.
    explicit RecordBorders(const Plan& plan);
    /// At a place up to which everything is done.
    void resume(std::uint32_t file, std::uint64_t offset, std::uint64_t lines);

    enum class Finding : std::uint8_t {
        right,
        covered,     ///< the record before it reaches over all of it
        wrong_start, ///< its guess was wrong: to be cleaned again from `expected()`
        needs_more,  ///< its start is right, but its last record needs more bytes
    };
    /// What the chunk that comes next is; it ends at `end` and is of file().
    Finding examine(std::uint64_t end, const CleanReply& cleaned) const noexcept;
    /// Goes on behind a chunk that is right. The number of its first line, from 1.
    std::uint64_t pass(const CleanReply& cleaned) noexcept;
    /// Every record of file() is passed, and its data ended at `data_end`. Throws std::logic_error when they
    /// don't add up to its bytes.
    void close_file(std::uint64_t data_end);

    std::uint32_t file() const noexcept { return file_; }
    /// The file offset at which the next record begins.
    std::uint64_t expected() const noexcept { return expected_; }

  private:
    void begin_file();

    const Plan& plan_;
    std::uint32_t file_ = 0;
    std::uint64_t expected_ = 0;
    std::uint64_t lines_ = 0; ///< physical lines before the next record
};

} // namespace ordermill::app
