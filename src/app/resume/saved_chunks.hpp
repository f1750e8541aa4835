#pragma once

#include "app/protocol/messages.hpp"
#include "core/memory/buffer.hpp"
#include "io/output.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ordermill::app {

/// A worker's file of chunks that it keeps for a run that goes on after a crash: what came out of them, as
/// the encoded batch. It stands in the run folder, one of each generation and rank, so that no two processes
/// write one file, and goes with the folder when the run is complete. Functions throw io::Error.
class SavedChunks {
  public:
    SavedChunks(const std::string& output, std::uint64_t generation, int rank, io::OutputFile::Fence fence);

    /// Appends a chunk. Now and then it waits for the disk, so that `sync` never has much to do.
    SavedPlace put(const CleanReply& reply, std::string_view batch);
    /// All that was put is on the disk when it returns.
    void sync();
    std::uint64_t bytes() const noexcept { return size_; }

    /// What was put there, by any process, into `kept`; less, or nothing, when it isn't there whole.
    static void read(const std::string& output, const SavedPlace& place, core::Buffer& saved);
    /// What was put, from what was read: the batch is the rest of it. Nothing when it isn't whole.
    static std::optional<CleanReply> open(const SavedPlace& place, std::string_view saved,
                                          std::string_view& batch);
    /// Removes every generation's.
    static void remove_all(const std::string& output) noexcept;

  private:
    io::OutputFile file_;
    std::uint64_t generation_;
    int rank_;
    std::uint64_t size_ = 0;
    std::uint64_t synced_ = 0;
};

} // namespace ordermill::app
