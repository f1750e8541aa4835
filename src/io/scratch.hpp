#pragma once

#include "core/memory/buffer.hpp"
#include "io/error.hpp"
#include "system/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ordermill::io {

/// A file of this process' own for what doesn't fit its memory. It has no name from the moment that it is
/// opened, so nothing is left of it however the process ends. All functions throw io::Error. Not for several
/// threads.
class ScratchFile {
  public:
    explicit ScratchFile(std::string folder) : folder_(std::move(folder)) {}

    /// Returns the offset at which the bytes stand. The first call creates the file.
    std::uint64_t append(std::string_view bytes);
    /// `size` bytes from `offset` on, behind what `out` holds.
    void read(std::uint64_t offset, std::uint64_t size, core::Buffer& out) const;
    /// Written so far, in bytes; space isn't reused.
    std::uint64_t size() const noexcept { return size_; }

    /// Opens a file in the folder and forgets it again: throws if that can't be done.
    static void check(const std::string& folder);

  private:
    std::string folder_;
    system::Descriptor descriptor_;
    std::uint64_t size_ = 0;
};

} // namespace ordermill::io
