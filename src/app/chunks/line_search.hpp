#pragma once

#include "app/chunks/input_cutter.hpp"
#include "app/plan/plan.hpp"
#include "core/csv/csv.hpp"
#include "core/memory/buffer.hpp"
#include "io/input.hpp"

#include <cstdint>
#include <optional>

namespace ordermill::app {

/// Rank 0's way to the end of a line over the length limit, for a worker that can't read the input itself: in
/// small steps, as other workers wait for rank 0, and in memory that doesn't depend on the line. One at a
/// time.
class LineSearch {
  public:
    /// All must outlive it.
    LineSearch(const Plan& plan, const CompiledPlan& compiled, InputCutter& cutter, io::PipeInput& pipe);

    /// For that chunk's last record, whose line goes on at a file offset.
    void begin(std::uint64_t chunk, std::uint32_t file, std::uint64_t offset);
    bool active() const noexcept { return search_.has_value(); }
    std::uint64_t chunk() const noexcept { return chunk_; }
    std::uint32_t file() const noexcept { return file_; }
    /// While it is active: the line doesn't end before this file offset.
    std::uint64_t offset() const noexcept { return search_->offset(); }

    /// Looks at a few MiB more, of a pipe at those that are there unless `wait`. The file offset behind the
    /// line's end, which ends the search. Throws io::Error.
    std::optional<std::uint64_t> step(bool wait);

  private:
    std::optional<std::uint64_t> look_at_piece(bool wait);

    const Plan& plan_;
    const CompiledPlan& compiled_;
    InputCutter& cutter_;
    io::PipeInput& pipe_;
    std::uint64_t chunk_ = 0;
    std::uint32_t file_ = 0;
    std::optional<core::LineEndSearch> search_;
    std::optional<io::InputFile> input_;
    core::Buffer buffer_;
};

} // namespace ordermill::app
