#pragma once

#include "io/error.hpp"

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Output files: written under temporary names, renamed when all of them are whole. A name is relative to the
/// output folder and may have a subfolder (`rejects-raw/orders.csv`). All functions throw io::Error unless
/// they say otherwise.
namespace ordermill::io {

/// An output is already there and must not be replaced: the user's decision, so a usage error and not an
/// io::Error.
class OutputExists : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// `FOLDER/SUB/NAME`, and `FOLDER/SUB/.NAME.part`.
std::string final_path(std::string_view folder, std::string_view name);
std::string temporary_path(std::string_view folder, std::string_view name);

/// One process' hand on an output that several processes write at disjoint offsets, under its temporary name.
/// Never truncates: what an earlier run left is removed by `prepare_folder`. Not for several threads.
class OutputFile {
  public:
    /// `fence` is called when the file is to be opened and again when it was, before the first byte is
    /// written, and may throw: a process that slept while another run took the folder must not write to that
    /// one's file. (A file that was open before is removed or goes on with the same bytes.)
    using Fence = std::function<void()>;
    OutputFile(std::string_view folder, std::string_view name, Fence fence = {});
    /// Closes without reporting errors: call `close` when the bytes matter.
    ~OutputFile();
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&& other) noexcept;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    const std::string& path() const noexcept { return path_; }

    /// The first call opens or creates the file, and its subfolder, but never the output folder: a host that
    /// doesn't see that must fail. Without bytes it only makes sure that the file is there. SIGXFSZ must be
    /// ignored for a file size limit to be an error. From time to time it has the system begin to put on the
    /// disk what was written, which else waits in memory for `sync`.
    void write_at(std::uint64_t offset, std::string_view bytes);
    /// The kernel lets one process at a time write to a file and the others spin. This one takes the file
    /// until `give_back`; false while another process of this host has it. Opens the file. Always true on a
    /// file system that isn't this host's own (NFS, Lustre ...), where asking may cost as much as writing.
    /// Only processes that ask are kept out, and a process that dies gives back.
    bool try_take();
    void give_back() noexcept;
    /// What this process wrote is on the disk when it returns.
    void sync();
    /// Also reports what a network file system only says at close.
    void close();

    /// So much is written before the system is told to begin with it: enough for a disk that must seek.
    static constexpr std::uint64_t written_behind = std::uint64_t{8} << 20;

  private:
    /// What was written and isn't on its way to the disk. Others may have written between its ends.
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
    bool takeable_ = false; ///< since it was opened: its file system is this host's own
    Unsent unsent_;
};

/// Writes all bytes to an open descriptor at its position (a pipe, stdout); `path` is for the error only.
void write_all(int descriptor, std::string_view bytes, const std::string& path);

/// Before anything is written, on rank 0: creates `folder` with its parents, checks that it can be written
/// to, and removes the temporary files that an earlier run left under these names. Throws OutputExists if one
/// of `names` is there and not `force`. With `force` the old files stay as they are until `commit`.
void prepare_folder(const std::string& folder, bool force, const std::vector<std::string>& names);
/// Those of `names` whose subfolder is there: of the others no file is. Costs one system call a subfolder.
std::vector<std::string> names_in_folders_there(const std::string& folder,
                                                const std::vector<std::string>& names);
/// The first part of prepare_folder.
void create_folder(const std::string& folder);

/// On rank 0, when every writer has synced: the temporary files get their final names, `mark` last. An old
/// mark goes first, so `mark` is there exactly if every output beside it belongs to the same, whole run.
/// `names` needn't contain `mark`. A temporary file that is missing is found before anything is touched.
/// `check` is called before each rename and may throw.
void commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
            const std::function<void()>& check = {});

/// Finishes a commit that was interrupted: renames what is still under its temporary name. Throws io::Error
/// when a file is under neither.
void finish_commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
                   const std::function<void()>& check = {});

/// After a failure: removes the temporary files, and the subfolders that this leaves empty. As well as it
/// can.
void discard(const std::string& folder, const std::vector<std::string>& names) noexcept;

/// Renames one temporary file to its final name, over an old one.
void put_in_place(std::string_view folder, std::string_view name);

/// A small file by one process: temporary name, sync, rename. The folder must exist.
void write_whole_file(const std::string& path, std::string_view bytes);

} // namespace ordermill::io
