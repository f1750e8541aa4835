#pragma once

#include "app/protocol/messages.hpp"
#include "core/memory/buffer.hpp"
#include "io/output_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ordermill::app {

/// A worker's file of cleaned chunks, for a run that is resumed after a crash. Each chunk is stored as the
/// reply to rank 0 and the encoded batch. The file lies in the run folder. There is one for each generation
/// and rank, so that no two processes write one file; all go with the folder when the run is complete.
/// Functions throw io::Error.
class SavedChunks {
  public:
    SavedChunks(const std::string& output, std::uint64_t generation, int rank, io::OutputFile::Fence fence);

    /// Appends a chunk and returns where it is. Syncs after every 64 MiB, so that `sync` is never long.
    SavedPlace put(const CleanReply& reply, std::string_view batch);
    /// All that was put is on the disk when it returns.
    void sync();
    std::uint64_t bytes() const noexcept { return size_; }

    /// Reads the bytes at a place, which any process may have written, into `saved`. `saved` is empty when
    /// the file is missing or too short. Doesn't throw.
    static void read(const std::string& output, const SavedPlace& place, core::Buffer& saved);
    /// The reply in the bytes that `read` gave; `batch` becomes the rest of them, a view of `saved`. Nothing
    /// when the length or the checksum isn't that of `place`.
    static std::optional<CleanReply> open(const SavedPlace& place, std::string_view saved,
                                          std::string_view& batch);
    /// Removes the files of all generations and ranks.
    static void remove_all(const std::string& output) noexcept;

  private:
    io::OutputFile file_;
    std::uint64_t generation_;
    int rank_;
    std::uint64_t size_ = 0;
    std::uint64_t synced_ = 0;
};

} // namespace ordermill::app
