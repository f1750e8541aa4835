#pragma once

#include "io/error.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The output folder from the run's start to its commit: outputs are written under temporary names
/// (`output_file`) and get their final names when all of them are whole. A name is relative to the folder and
/// may have a subfolder. All functions are rank 0's, and throw io::Error unless they say otherwise.
namespace ordermill::io {

/// An output is there already and must not be replaced. That is the user's decision: a usage error, not an
/// io::Error.
class OutputExists : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Creates `folder` with its parents. Throws if this process can't write into it.
void create_folder(const std::string& folder);

/// Call it before anything is written. Creates `folder`, then removes the temporary files that an earlier run
/// left under these names. Throws OutputExists if one of `names` is there and `force` is false. With `force`
/// the old files stay as they are until `commit`.
void prepare_folder(const std::string& folder, bool force, const std::vector<std::string>& names);

/// Those of `names` whose subfolder is there: of the others there is no file. One system call for each
/// subfolder.
std::vector<std::string> names_in_folders_there(const std::string& folder,
                                                const std::vector<std::string>& names);

/// Gives the temporary files their final names, `mark` last. Call it when every writer has synced. It removes
/// an old `mark` first: `mark` is there exactly if every output beside it belongs to the same whole run.
/// `names` need not contain `mark`. It throws before it touches anything if a temporary file is missing.
/// It calls `check` before each rename; `check` may throw.
void commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
            const std::function<void()>& check = {});

/// Finishes a commit that was interrupted: renames what is still under its temporary name. Throws when a file
/// is under neither name.
void finish_commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
                   const std::function<void()>& check = {});

/// After a failure: removes the temporary files, and the subfolders that this leaves empty. It ignores
/// errors.
void discard(const std::string& folder, const std::vector<std::string>& names) noexcept;

/// Renames one temporary file to its final name, over an old file.
void put_in_place(std::string_view folder, std::string_view name);

/// Writes a small file that one process owns: temporary name, sync, rename. The folder must exist.
void write_whole_file(const std::string& path, std::string_view bytes);

} // namespace ordermill::io
