#include "study/rows/files.hpp"

#include "system/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <unistd.h>

namespace ordermill::study {
namespace {

system::Descriptor open_file(const std::string& path, int flags, std::string_view verb) {
    system::Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0666));
    if (!file) throw FileError(verb, path, errno);
    return file;
}

void write_all(const std::string& path, int flags, std::string_view text) {
    const system::Descriptor file = open_file(path, flags, "write");
    if (const int error = system::write_all(file.number(), text)) throw FileError("write", path, error);
}

} // namespace

FileError::FileError(std::string_view verb, const std::string& path, int error_number)
    : std::system_error(error_number, std::generic_category(), "cannot " + std::string(verb) + ' ' + path) {}

std::string read_part(const std::string& path, std::uint64_t offset, std::size_t size) {
    const system::Descriptor file = open_file(path, O_RDONLY | O_NONBLOCK, "read");
    std::string text;
    char block[65536];
    while (text.size() < size) {
        const ssize_t got = ::pread(file.number(), block, std::min(sizeof block, size - text.size()),
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
