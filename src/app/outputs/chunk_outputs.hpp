#pragma once

#include "app/outputs/output_set.hpp"
#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "io/output_file.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ordermill::app {

/// What is written of a chunk.
struct ChunkTexts {
    std::string_view clean;
    std::string_view rejects;
    std::string_view raw;
    std::string_view duplicates;
    std::uint64_t bytes() const noexcept {
        return clean.size() + rejects.size() + raw.size() + duplicates.size();
    }
};

/// One process' access to all outputs. A file is opened at the first write to it, so a process that doesn't
/// see the output folder can own a ChunkOutputs, too. Functions throw io::Error, and io::Replaced once a
/// newer run has the folder.
class ChunkOutputs {
  public:
    /// `plan` must outlive it.
    ChunkOutputs(const Plan& plan, const CompiledPlan& compiled);

    /// Writes each text at its offset in `where`. The texts are used during the call only.
    void write(const WriteTask& where, const ChunkTexts& texts);
    /// The same, unless another process of this host is writing to the same file of clean records: then
    /// nothing is written, and it's false.
    bool try_write(const WriteTask& where, const ChunkTexts& texts);
    /// Whether it probably would. Costs two system calls.
    bool is_free(std::uint32_t part);
    /// What was written is on the disk when it returns.
    void sync();
    void close();

  private:
    void write_others(const WriteTask& where, const ChunkTexts& texts);

    OutputSet clean_; ///< by part
    io::OutputFile rejects_;
    io::OutputFile duplicates_;
    OutputSet raw_; ///< by input file
};

/// The fence for the output files of that run: it throws io::Replaced once a newer run has the folder.
io::OutputFile::Fence fence_of(const Plan& plan);

/// The name of a file's raw rejects within the output folder.
std::string raw_output_name(const PlannedFile& file);

} // namespace ordermill::app
