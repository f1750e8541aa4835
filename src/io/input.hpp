#pragma once

#include "core/memory/buffer.hpp"
#include "io/error.hpp"
#include "io/file_identity.hpp"
#include "system/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Inputs: which files they are, and their bytes, by offset from a file or in order from a pipe.
namespace ordermill::io {

/// An input that the user named can't be used. The user can mend that, so it is a usage error, not an
/// io::Error.
class InputError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The files that paths and globs stand for, in the order given; the matches of one glob are sorted by their
/// bytes. A file that is matched twice comes once, at its first place. `-` (standard input) stays. Throws
/// InputError if a glob matches nothing, or a path isn't there, is a folder or can't be read.
std::vector<std::string> expand_inputs(std::span<const std::string> patterns);

/// An open file, read by offset. Holds one descriptor. Not for several threads.
class InputFile {
  public:
    /// Throws InputError when it can't be opened.
    explicit InputFile(const std::string& path);

    const std::string& path() const noexcept { return path_; }
    std::uint64_t size() const noexcept { return size_; }
    std::int64_t modified() const noexcept { return modified_; } ///< nanoseconds since 1970
    /// Nanoseconds since 1970, of the last change to the file's bytes or attributes (ctime). No program can
    /// set it to another time.
    std::int64_t status_changed() const noexcept { return status_changed_; }
    FileIdentity identity() const noexcept { return identity_; }

    /// Replaces what `out` holds by the bytes [begin, end) of the file. Throws io::Error, also if the file
    /// ends before `end`, because somebody cut it after it was opened.
    void read(std::uint64_t begin, std::uint64_t end, core::Buffer& out) const;

  private:
    std::string path_;
    system::Descriptor descriptor_;
    std::uint64_t size_ = 0;
    std::int64_t modified_ = 0;
    std::int64_t status_changed_ = 0;
    FileIdentity identity_;
};

/// The bytes of a whole small file, such as a job or a look-up table. Throws InputError.
std::string read_whole_file(const std::string& path);

/// A pipe, seen through a window that only moves forward. Offsets count from the pipe's first byte. Memory:
/// the window. Throws io::Error. Not for several threads.
class PipeInput {
  public:
    /// Doesn't own the descriptor.
    explicit PipeInput(int descriptor) : descriptor_(descriptor) {}

    /// Reads until the window reaches `end` or the pipe ends. If `wait` is false, it reads only what is there
    /// now and doesn't block.
    void fill(std::uint64_t end, bool wait);
    /// The bytes [begin, end), which must lie in the window. Valid until the next `fill` or `release`.
    std::string_view view(std::uint64_t begin, std::uint64_t end) const;
    /// Moves the window's begin to `offset`.
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
