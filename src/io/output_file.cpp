#include "io/output_file.hpp"

#include "io/file_system.hpp"
#include "system/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ordermill::io {

namespace fs = std::filesystem;

namespace {

/// Creates the folders between `folder`, which must be there, and the file of this name.
void create_subfolders(const std::string& folder, const std::string& name) {
    fs::path below = folder;
    for (const fs::path& part : fs::path(name).parent_path()) {
        below /= part;
        if (::mkdir(below.c_str(), 0777) != 0 && errno != EEXIST)
            throw Error("create", below.string(), errno);
    }
}

} // namespace

std::string final_path(std::string_view folder, std::string_view name) {
    return (fs::path(folder) / name).string();
}

std::string temporary_path(std::string_view folder, std::string_view name) {
    const fs::path path = fs::path(folder) / name;
    return (path.parent_path() / ("." + path.filename().string() + ".part")).string();
}

void sync_descriptor(int descriptor, const std::string& path) {
    while (::fsync(descriptor) != 0) {
        // Pipes, and some file systems, have nothing to sync.
        if (errno == EINVAL || errno == ENOTSUP) return;
        if (errno != EINTR) throw Error("sync", path, errno);
    }
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

} // namespace ordermill::io
