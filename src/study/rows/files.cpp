#include "study/rows/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <unistd.h>

namespace ordermill::study {
namespace {

/// A file descriptor that is closed with the scope.
class File {
  public:
    File(const std::string& path, int flags, std::string_view verb)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
        if (descriptor_ < 0) throw FileError(verb, path, errno);
    }
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    int descriptor() const noexcept { return descriptor_; }

  private:
    int descriptor_;
};

void write_all(const std::string& path, int flags, std::string_view text) {
    const File file(path, flags, "write");
    while (!text.empty()) {
        const ssize_t written = ::write(file.descriptor(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw FileError("write", path, errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace

FileError::FileError(std::string_view verb, const std::string& path, int error_number)
    : std::system_error(error_number, std::generic_category(), "cannot " + std::string(verb) + ' ' + path) {}

std::string read_part(const std::string& path, std::uint64_t offset, std::size_t size) {
    const File file(path, O_RDONLY, "read");
    std::string text;
    char block[65536];
    while (text.size() < size) {
        const ssize_t got = ::pread(file.descriptor(), block, std::min(sizeof block, size - text.size()),
                                    static_cast<off_t>(offset + text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw FileError("read", path, errno);
        if (got == 0) break;
        text.append(block, static_cast<std::size_t>(got));
    }
    return text;
}

std::string read_file(const std::string& path) { return read_part(path, 0, SIZE_MAX); }

void write_file(const std::string& path, std::string_view text) {
    write_all(path, O_WRONLY | O_CREAT | O_TRUNC, text);
}

void append_file(const std::string& path, std::string_view text) {
    write_all(path, O_WRONLY | O_CREAT | O_APPEND, text);
}

} // namespace ordermill::study
