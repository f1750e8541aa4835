#pragma once

#include "app/chunks/chunk.hpp"
#include "app/plan/plan.hpp"
#include "app/resume/checkpoint.hpp"

#include <cstdint>
#include <string_view>

namespace ordermill::app {

/// What the chunks that are written come to, added in the order of the inputs: the outputs' lengths and
/// checksums, the accounts of each input, and the place up to which everything is written.
class WrittenTotals {
  public:
    /// Both must outlive it.
    WrittenTotals(const Plan& plan, const CompiledPlan& compiled);
    /// What stands at the beginning of the outputs.
    void begin(std::string_view clean, std::string_view rejects, std::string_view duplicates);
    /// Goes on from there: all files before its file are done.
    void resume(const Checkpoint& from);

    /// The next chunk, written, with its tally. Not one without records.
    void add(const Chunk& written);
    /// The data of that file ended there.
    void close_file(std::uint32_t file, std::uint64_t data_end) { totals_.data_ends[file] = data_end; }

    const Totals& totals() const noexcept { return totals_; }
    /// With the totals: what a run could go on from when everything so far is on the disk.
    Checkpoint checkpoint() const;
    /// Records that crashed the process that cleaned them.
    std::uint64_t crashes() const;

  private:
    OutputTotal& raw(std::uint32_t file);

    const Plan& plan_;
    const CompiledPlan& compiled_;
    Totals totals_;
    Checkpoint place_; ///< up to which chunks are written; without its totals
};

} // namespace ordermill::app
