#include "study/files.hpp"

#include <cerrno>
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

std::string read_file(const std::string& path) {
    const File file(path, O_RDONLY, "read");
    std::string text;
    char block[65536];
    for (;;) {
        const ssize_t got = ::read(file.descriptor(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw FileError("read", path, errno);
        if (got == 0) return text;
        text.append(block, static_cast<std::size_t>(got));
    }
}

void write_file(const std::string& path, std::string_view text) {
    write_all(path, O_WRONLY | O_CREAT | O_TRUNC, text);
}

void append_file(const std::string& path, std::string_view text) {
    write_all(path, O_WRONLY | O_CREAT | O_APPEND, text);
}

} // namespace ordermill::study
