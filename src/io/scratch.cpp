#include "io/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace ordermill::io {
namespace {

/// Not every file system knows O_TMPFILE.
int open_nameless(const std::string& folder) {
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0) return descriptor;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        throw Error("write scratch files into", folder, errno);
    std::string path = folder + "/.ordermill-XXXXXX";
    const int named = ::mkostemp(path.data(), O_CLOEXEC);
    if (named < 0) throw Error("write scratch files into", folder, errno);
    ::unlink(path.c_str());
    return named;
}

} // namespace

ScratchFile::~ScratchFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void ScratchFile::check(const std::string& folder) { ::close(open_nameless(folder)); }

std::uint64_t ScratchFile::append(std::string_view bytes) {
    if (descriptor_ < 0) descriptor_ = open_nameless(folder_);
    const std::uint64_t at = size_;
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw Error("write scratch files into", folder_, written < 0 ? errno : EIO);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
    return at;
}

void ScratchFile::read(std::uint64_t offset, std::uint64_t size, core::Buffer& out) const {
    out.ensure(size);
    while (size > 0) {
        const ssize_t got = ::pread(descriptor_, out.end(), size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw Error("read scratch files in", folder_, got < 0 ? errno : EIO);
        out.set_end(out.end() + got);
        offset += static_cast<std::uint64_t>(got);
        size -= static_cast<std::uint64_t>(got);
    }
}

} // namespace ordermill::io
