#pragma once

#include "app/chunks/chunk_sizes.hpp"
#include "app/plan/plan.hpp"
#include "app/resume/checkpoint.hpp"
#include "io/input.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace ordermill::app {

/// A range of bytes of one input, to be a chunk.
struct CutRange {
    std::uint32_t file = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool known_start = false;    ///< a record begins at `begin`
    SavedPlace saved;            ///< where an earlier run kept what came out of it
    std::uint64_t range_end = 0; ///< then: no record of it begins at or behind this
};

/// Cuts the inputs into ranges, one after the other, anywhere: where records begin is found out later. No
/// range goes beyond the end of a stripe of the outputs' parts. It
/// also knows how far the data of a pipe goes, which is what it cuts by.
class InputCutter {
  public:
    /// At the first file's first record. All must outlive it.
    InputCutter(const Plan& plan, const CompiledPlan& compiled, io::PipeInput& pipe);
    /// Goes on at a place where a record begins. Before the first range.
    void resume(std::uint32_t file, std::uint64_t offset);
    /// Ranges whose outcome an earlier run kept are cut as they were. Before the first range.
    void resume(const std::vector<SavedRange>& saved);

    /// The next range, of a size for that worker; nothing when everything is cut, or when a pipe has brought
    /// too little. `wait`: for the pipe, as nobody has anything else to do.
    std::optional<CutRange> next(int worker, const ChunkSizes& sizes, bool wait);

    /// A line over the length limit, the last record of what is cut so far, goes on to this file offset: the
    /// next range begins there, if not behind it. `ends`: it ends there, too.
    void pass_line(std::uint32_t file, std::uint64_t offset, bool ends);

    /// Everything is cut.
    bool finished() const noexcept { return file_ >= plan_.files.size(); }
    /// The file, and its byte, at which the next range begins.
    std::uint32_t file() const noexcept { return file_; }
    std::uint64_t offset() const noexcept { return at_; }

    /// How far the data of a pipe is known to go: to what was read of it, without the lines that may turn out
    /// to be its footer. Throws std::runtime_error when a footer's line turns out to be over the length
    /// limit.
    std::uint64_t pipe_data_end(std::uint32_t file) const;
    /// Where a file's data ends; of a pipe, once it is cut to its end.
    std::uint64_t data_end(std::uint32_t file) const;
    /// Reads the pipe until its data is known to go up to `offset`. False when it has to bring more first.
    bool pipe_reaches(std::uint32_t file, std::uint64_t offset, bool wait);

  private:
    std::optional<CutRange> cut_file(int worker, const ChunkSizes& sizes);
    std::optional<CutRange> cut_pipe(bool wait, bool& too_little);
    CutRange take(std::uint64_t end);
    void next_file();
    std::uint64_t pipe_footer_begin(std::uint32_t file) const;

    const Plan& plan_;
    const CompiledPlan& compiled_;
    io::PipeInput& pipe_;
    std::uint32_t file_ = 0;
    std::uint64_t at_ = 0;
    std::uint64_t uncut_ = 0;              ///< bytes of data that aren't cut yet, pipes apart
    bool starts_at_record_ = false;        ///< the next range, though not at its file's beginning
    std::vector<std::uint64_t> pipe_ends_; ///< by file
    std::map<std::pair<std::uint32_t, std::uint64_t>, SavedRange> saved_; ///< by file and begin
};

} // namespace ordermill::app
