#include "system/descriptor.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace ordermill::system {
namespace {

template<class Write>
int write_pieces(std::string_view bytes, const Write& write) noexcept {
    for (std::uint64_t done = 0; done < bytes.size();) {
        const ssize_t written = write(bytes.substr(done), done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        done += static_cast<std::uint64_t>(written);
    }
    return 0;
}

} // namespace

void Descriptor::reset() noexcept {
    if (number_ >= 0) ::close(release());
}

void open_standard_descriptors() noexcept {
    for (int opened = 0; opened >= 0 && opened <= STDERR_FILENO;) {
        opened = ::open("/dev/null", O_RDWR); // gets the lowest number that is free
        if (opened > STDERR_FILENO) ::close(opened);
    }
}

int write_all(int descriptor, std::string_view bytes) noexcept {
    return write_pieces(bytes, [&](std::string_view rest, std::uint64_t) {
        return ::write(descriptor, rest.data(), rest.size());
    });
}

int write_all_at(int descriptor, std::string_view bytes, std::uint64_t offset) noexcept {
    return write_pieces(bytes, [&](std::string_view rest, std::uint64_t done) {
        return ::pwrite(descriptor, rest.data(), rest.size(), static_cast<off_t>(offset + done));
    });
}

} // namespace ordermill::system
