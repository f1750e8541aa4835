#pragma once

#include "io/error.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// One output file, written under a temporary name. Several processes may write to it at disjoint offsets.
/// A name is relative to the output folder and may have a subfolder (`rejects-raw/orders.csv`). All functions
/// throw io::Error unless they say otherwise.
namespace ordermill::io {

/// `FOLDER/SUB/NAME`: what the user sees after the commit.
std::string final_path(std::string_view folder, std::string_view name);
/// `FOLDER/SUB/.NAME.part`: what is written until then.
std::string temporary_path(std::string_view folder, std::string_view name);

/// One process' open descriptor of an output's temporary file. It never truncates the file: `prepare_folder`
/// removes what an earlier run left. Not for several threads.
class OutputFile {
  public:
    /// May throw, and then the file isn't written. It is called before the file is opened and once more
    /// before the first byte is written. A process that slept while another run took over the folder finds
    /// out there, and so never writes to that run's file. (A file that was open before was removed by the
    /// other run, or goes on with the same bytes.)
    using Fence = std::function<void()>;

    /// Opens nothing yet.
    OutputFile(std::string_view folder, std::string_view name, Fence fence = {});
    /// Closes the file and ignores errors. Call `close` first when the bytes matter.
    ~OutputFile();
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&& other) noexcept;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// The temporary path.
    const std::string& path() const noexcept { return path_; }

    /// Writes all of `bytes` at `offset` (in bytes), or throws. The first call opens or creates the file and
    /// its subfolder. It never creates the output folder: a host that can't see that folder must fail.
    /// Without bytes it makes sure that the file is there. The caller ignores SIGXFSZ, so that a file size
    /// limit is an error and not the process' end. After each `written_behind` bytes it tells the system to
    /// start writing to the disk; those bytes would otherwise wait in memory for `sync`.
    void write_at(std::uint64_t offset, std::string_view bytes);

    /// Takes the file for this process until `give_back`; false while another process of this host has it.
    /// The kernel lets one process at a time write to a file, and the others spin; a process that gets false
    /// can work on instead. It opens the file. It is always true on a file system that other hosts share
    /// (NFS, Lustre ...), where asking may cost as much as writing. The lock is advisory: only processes that
    /// ask are kept out. It ends with its process. One system call.
    bool try_take();
    void give_back() noexcept;

    /// Returns when the disk has what this process wrote. Does nothing if the file was never opened.
    void sync();
    /// Also throws the errors that a network file system reports only at close.
    void close();

    /// In bytes; large enough for a disk that must seek.
    static constexpr std::uint64_t written_behind = std::uint64_t{8} << 20;

  private:
    /// What this process wrote since it last told the system to start. Other processes may have written
    /// between `begin` and `end`.
    struct Unsent {
        std::uint64_t begin = UINT64_MAX;
        std::uint64_t end = 0;
        std::uint64_t bytes = 0;
    };
    void open();
    void write_behind(std::uint64_t offset, std::uint64_t size) noexcept;

    std::string folder_;
    std::string name_;
    std::string path_;
    Fence fence_;
    int descriptor_ = -1;
    bool takeable_ = false; ///< its file system belongs to this host alone; known once the file is open
    Unsent unsent_;
};

/// Returns when the disk has what was written to an open descriptor. `path` is for the error's sentence.
void sync_descriptor(int descriptor, const std::string& path);

/// Writes all bytes to an open descriptor (a pipe, stdout) at its position. `path` is for the error's
/// sentence.
void write_all(int descriptor, std::string_view bytes, const std::string& path);

} // namespace ordermill::io
