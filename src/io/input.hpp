#pragma once

#include "core/memory/buffer.hpp"
#include "io/error.hpp"
#include "system/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Input: which files, and their bytes, by offset from a file or in order from a pipe.
namespace ordermill::io {

/// An input that the user named isn't usable: the user's to mend, so a usage error and not an io::Error.
class InputError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Paths and globs to paths: the order as given, each glob's matches sorted by bytes; a file that is matched
/// twice comes once. `-` stays (standard input). Throws InputError: nothing matches, it isn't there, it is a
/// directory or can't be read.
std::vector<std::string> expand_inputs(std::span<const std::string> patterns);

/// A file read by offset. Not for several threads.
class InputFile {
  public:
    /// Throws InputError when it can't be opened.
    explicit InputFile(const std::string& path);

    const std::string& path() const noexcept { return path_; }
    std::uint64_t size() const noexcept { return size_; }
    std::int64_t modified() const noexcept { return modified_; } ///< nanoseconds since 1970
    /// The same, of the last change to the file or to what the system knows of it; nobody can set it.
    std::int64_t status_changed() const noexcept { return status_changed_; }
    std::uint64_t inode() const noexcept { return inode_; }

    /// Fills `out` (cleared first) with [begin, end). Throws io::Error, also when the file ends before `end`:
    /// it was cut while we read.
    void read(std::uint64_t begin, std::uint64_t end, core::Buffer& out) const;

  private:
    std::string path_;
    system::Descriptor descriptor_;
    std::uint64_t size_ = 0;
    std::int64_t modified_ = 0;
    std::int64_t status_changed_ = 0;
    std::uint64_t inode_ = 0;
};

/// A whole small file (a job, a look-up). Throws InputError.
std::string read_whole_file(const std::string& path);

/// A pipe seen through a window that moves forward. Offsets count from the pipe's first byte.
class PipeInput {
  public:
    explicit PipeInput(int descriptor) : descriptor_(descriptor) {}

    /// Reads until the window reaches `end` or the pipe ends; when not `wait`, only what is there now.
    void fill(std::uint64_t end, bool wait);
    /// [begin, end) of the window; it must be within it.
    std::string_view view(std::uint64_t begin, std::uint64_t end) const;
    /// Forgets what comes before `offset`.
    void release(std::uint64_t offset);

    std::uint64_t begin() const noexcept { return begin_; }
    std::uint64_t end() const noexcept { return begin_ + (bytes_.size() - skipped_); }
    bool ended() const noexcept { return ended_; }

  private:
    int descriptor_;
    std::string bytes_;
    std::size_t skipped_ = 0; ///< released bytes that are still in `bytes_`
    std::uint64_t begin_ = 0;
    bool ended_ = false;
};

} // namespace ordermill::io
