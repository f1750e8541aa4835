#include "io/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace ordermill::io {
namespace {

/// Not every file system knows O_TMPFILE.
system::Descriptor open_nameless(const std::string& folder) {
    system::Descriptor descriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (descriptor) return descriptor;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        throw Error("write scratch files into", folder, errno);
    std::string path = folder + "/.ordermill-XXXXXX";
    system::Descriptor named(::mkostemp(path.data(), O_CLOEXEC));
    if (!named) throw Error("write scratch files into", folder, errno);
    ::unlink(path.c_str());
    return named;
}

} // namespace

void ScratchFile::check(const std::string& folder) { open_nameless(folder); }

std::uint64_t ScratchFile::append(std::string_view bytes) {
    if (!descriptor_) descriptor_ = open_nameless(folder_);
    const std::uint64_t at = size_;
    if (const int error = system::write_all_at(descriptor_.number(), bytes, size_))
        throw Error("write scratch files into", folder_, error);
    size_ += bytes.size();
    return at;
}

void ScratchFile::read(std::uint64_t offset, std::uint64_t size, core::Buffer& out) const {
    out.ensure(size);
    while (size > 0) {
        const ssize_t got = ::pread(descriptor_.number(), out.end(), size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw Error("read scratch files in", folder_, got < 0 ? errno : EIO);
        out.set_end(out.end() + got);
        offset += static_cast<std::uint64_t>(got);
        size -= static_cast<std::uint64_t>(got);
    }
}

} // namespace ordermill::io
