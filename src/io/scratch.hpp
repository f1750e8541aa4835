#pragma once

#include "core/memory/buffer.hpp"
#include "io/error.hpp"
#include "system/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ordermill::io {

/// A file of this process for data that doesn't fit in memory. Its name is removed as soon as it is open, so
/// nothing stays of it, however the process ends. All functions throw io::Error. Not for several threads.
class ScratchFile {
  public:
    explicit ScratchFile(std::string folder) : folder_(std::move(folder)) {}

    /// Appends the bytes and returns their offset. The first call creates the file.
    std::uint64_t append(std::string_view bytes);
    /// Appends `size` bytes, from `offset` on, to what `out` holds.
    void read(std::uint64_t offset, std::uint64_t size, core::Buffer& out) const;
    /// Bytes appended so far. The space of bytes that nobody needs any more isn't used again.
    std::uint64_t size() const noexcept { return size_; }

    /// Creates a file in the folder and removes it, to find out before work begins whether that works.
    static void check(const std::string& folder);

  private:
    std::string folder_;
    system::Descriptor descriptor_;
    std::uint64_t size_ = 0;
};

} // namespace ordermill::io
