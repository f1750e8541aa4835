#include "io/file_identity.hpp"

#include <sys/stat.h>

namespace ordermill::io {

std::optional<FileIdentity> identity_of_file(const std::string& path) noexcept {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileIdentity{.device = status.st_dev, .inode = status.st_ino};
}

PathKind kind_of_path(const std::string& path) noexcept {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return PathKind::nothing;
    if (S_ISREG(status.st_mode)) return PathKind::file;
    if (S_ISDIR(status.st_mode)) return PathKind::folder;
    return S_ISLNK(status.st_mode) ? PathKind::link : PathKind::other;
}

} // namespace ordermill::io
