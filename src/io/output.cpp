#include "io/output.hpp"

#include "io/file_system.hpp"
#include "system/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ordermill::io {

namespace {

namespace fs = std::filesystem;

fs::path parent_of(std::string_view folder, std::string_view name) {
    return fs::path(final_path(folder, name)).parent_path();
}

/// Some file systems and all pipes have nothing to sync and say EINVAL.
void sync_descriptor(int descriptor, const std::string& path) {
    while (::fsync(descriptor) != 0) {
        if (errno == EINVAL || errno == ENOTSUP) return;
        if (errno != EINTR) throw Error("sync", path, errno);
    }
}

/// Makes renames in a folder last through a power cut.
void sync_folder(const fs::path& folder) {
    const std::string path = folder.empty() ? "." : folder.string();
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw Error("open", path, errno);
    try {
        sync_descriptor(descriptor, path);
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    ::close(descriptor);
}

void remove_if_there(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
        throw Error("remove", path, errno);
}

/// Creates the folders between `folder`, which must be there, and the file of this name.
void create_subfolders(const std::string& folder, const std::string& name) {
    fs::path below = folder;
    for (const fs::path& part : fs::path(name).parent_path()) {
        below /= part;
        if (::mkdir(below.c_str(), 0777) != 0 && errno != EEXIST)
            throw Error("create", below.string(), errno);
    }
}

void check_final_name(const std::string& path, bool force) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return;
        throw Error("write", path, errno);
    }
    if (!force)
        throw OutputExists(path +
                           " exists already: give --force to replace the file, or choose another --output");
    if (S_ISDIR(status.st_mode)) throw Error("replace", path, EISDIR);
}

void check_temporary(const std::string& path) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) throw Error("find", path, errno);
}

} // namespace

std::string final_path(std::string_view folder, std::string_view name) {
    return (fs::path(folder) / name).string();
}

std::string temporary_path(std::string_view folder, std::string_view name) {
    const fs::path path = fs::path(folder) / name;
    return (path.parent_path() / ("." + path.filename().string() + ".part")).string();
}

OutputFile::OutputFile(std::string_view folder, std::string_view name, Fence fence)
    : folder_(folder), name_(name), path_(temporary_path(folder, name)), fence_(std::move(fence)) {}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : folder_(std::move(other.folder_)), name_(std::move(other.name_)), path_(std::move(other.path_)),
      fence_(std::move(other.fence_)), descriptor_(std::exchange(other.descriptor_, -1)),
      takeable_(other.takeable_), unsent_(other.unsent_) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
    std::swap(folder_, other.folder_);
    std::swap(name_, other.name_);
    std::swap(path_, other.path_);
    std::swap(fence_, other.fence_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(takeable_, other.takeable_);
    std::swap(unsent_, other.unsent_);
    return *this;
}

void OutputFile::open() {
    if (fence_) fence_(); // else it might make a file
    const auto try_open = [&] { return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666); };
    descriptor_ = try_open();
    if (descriptor_ < 0 && errno == ENOENT) {
        create_subfolders(folder_, name_);
        descriptor_ = try_open();
    }
    if (descriptor_ < 0) throw Error("create", path_, errno);
    if (fence_) fence_();
    takeable_ = file_system_of_one_host(descriptor_);
}

bool OutputFile::try_take() {
    if (descriptor_ < 0) open();
    return !takeable_ || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void OutputFile::give_back() noexcept {
    if (descriptor_ >= 0 && takeable_) ::flock(descriptor_, LOCK_UN);
}

void OutputFile::write_at(std::uint64_t offset, std::string_view bytes) {
    if (descriptor_ < 0) open();
    const std::uint64_t begin = offset;
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw Error("write", path_, written < 0 ? errno : EIO);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    write_behind(begin, offset - begin);
}

/// A hint: what goes wrong is told by `sync`.
void OutputFile::write_behind(std::uint64_t offset, std::uint64_t size) noexcept {
    unsent_.begin = std::min(unsent_.begin, offset);
    unsent_.end = std::max(unsent_.end, offset + size);
    unsent_.bytes += size;
    if (unsent_.bytes < written_behind) return;
    ::sync_file_range(descriptor_, static_cast<off_t>(unsent_.begin),
                      static_cast<off_t>(unsent_.end - unsent_.begin), SYNC_FILE_RANGE_WRITE);
    unsent_ = {};
}

void OutputFile::sync() {
    if (descriptor_ < 0) return;
    sync_descriptor(descriptor_, path_);
    unsent_ = {};
}

void OutputFile::close() {
    if (descriptor_ < 0) return;
    // On Linux the descriptor is gone even after EINTR.
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) throw Error("write", path_, errno);
}

void write_all(int descriptor, std::string_view bytes, const std::string& path) {
    if (const int error = system::write_all(descriptor, bytes)) throw Error("write", path, error);
}

void create_folder(const std::string& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) throw Error("create", folder, failed.value());
    if (::access(folder.c_str(), W_OK | X_OK) != 0) throw Error("write into", folder, errno);
}

void prepare_folder(const std::string& folder, bool force, const std::vector<std::string>& names) {
    create_folder(folder);
    const std::vector<std::string> possible = names_in_folders_there(folder, names);
    for (const std::string& name : possible) check_final_name(final_path(folder, name), force);
    for (const std::string& name : possible) remove_if_there(temporary_path(folder, name));
}

std::vector<std::string> names_in_folders_there(const std::string& folder,
                                                const std::vector<std::string>& names) {
    std::map<std::string_view, bool, std::less<>> is_there;
    std::vector<std::string> possible;
    for (const std::string& name : names) {
        const std::size_t slash = name.rfind('/');
        const std::string_view subfolder =
            slash == std::string::npos ? std::string_view() : std::string_view(name).substr(0, slash);
        const auto [found, is_new] = is_there.try_emplace(subfolder, true);
        if (is_new && !subfolder.empty())
            found->second = ::access(final_path(folder, subfolder).c_str(), F_OK) == 0;
        if (found->second) possible.push_back(name);
    }
    return possible;
}

namespace {

/// The old mark goes first, the new one comes last; between them those of `names` that have temporary files.
void put_all_in_place(const std::string& folder, const std::vector<std::string>& names,
                      const std::string& mark, const std::function<void()>& check) {
    const auto checked = [&check] {
        if (check) check();
    };
    const fs::path folder_of_mark = parent_of(folder, mark);
    checked();
    remove_if_there(final_path(folder, mark));
    sync_folder(folder_of_mark);

    std::set<fs::path> changed;
    for (const std::string& name : names) {
        if (name == mark || ::access(temporary_path(folder, name).c_str(), F_OK) != 0) continue;
        checked();
        put_in_place(folder, name);
        changed.insert(parent_of(folder, name));
    }
    // A subfolder's own name is an entry of the output folder.
    changed.insert(folder);
    for (const fs::path& path : changed) sync_folder(path);

    checked();
    put_in_place(folder, mark);
    sync_folder(folder_of_mark);
}

} // namespace

void commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
            const std::function<void()>& check) {
    for (const std::string& name : names) check_temporary(temporary_path(folder, name));
    check_temporary(temporary_path(folder, mark));
    put_all_in_place(folder, names, mark, check);
}

void finish_commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
                   const std::function<void()>& check) {
    const auto there = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
    for (const std::string& name : names) {
        if (!there(temporary_path(folder, name))) check_temporary(final_path(folder, name));
    }
    if (there(temporary_path(folder, mark))) return put_all_in_place(folder, names, mark, check);
    check_temporary(final_path(folder, mark)); // only the run's own traces were left
}

void discard(const std::string& folder, const std::vector<std::string>& names) noexcept {
    try {
        std::set<fs::path> subfolders;
        for (const std::string& name : names) {
            ::unlink(temporary_path(folder, name).c_str());
            if (fs::path(name).has_parent_path()) subfolders.insert(parent_of(folder, name));
        }
        for (const fs::path& subfolder : subfolders) ::rmdir(subfolder.c_str());
    } catch (...) {
        // Out of memory while clearing up: the next run's prepare_folder removes what is left.
    }
}

void put_in_place(std::string_view folder, std::string_view name) {
    const std::string from = temporary_path(folder, name);
    const std::string to = final_path(folder, name);
    if (std::rename(from.c_str(), to.c_str()) != 0) throw Error("rename", from + " to " + to, errno);
}

void write_whole_file(const std::string& path, std::string_view bytes) {
    const std::string folder = fs::path(path).parent_path().string();
    const std::string name = fs::path(path).filename().string();
    remove_if_there(temporary_path(folder, name));
    try {
        OutputFile file(folder, name);
        file.write_at(0, bytes);
        file.sync();
        file.close();
        put_in_place(folder, name);
    } catch (...) {
        ::unlink(temporary_path(folder, name).c_str());
        throw;
    }
    sync_folder(folder);
}

} // namespace ordermill::io
