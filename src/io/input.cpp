#include "io/input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace ordermill::io {
namespace {

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

bool has_glob(const std::string& pattern) { return pattern.find_first_of("*?[{") != std::string::npos; }

std::vector<std::string> matches(const std::string& pattern) {
    glob_t found{};
    const int status = ::glob(pattern.c_str(), GLOB_BRACE | GLOB_TILDE, nullptr, &found);
    std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    if (status == GLOB_NOMATCH || paths.empty()) throw InputError("no file matches " + pattern);
    if (status != 0) throw InputError("cannot look for files that match " + pattern);
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// Whoever opens a pipe waits for its other end, and what it gives can be read only once.
void refuse_other_than_file(const std::string& path, const struct stat& status) {
    if (S_ISREG(status.st_mode)) return;
    const char* const kind = S_ISFIFO(status.st_mode)   ? "a pipe"
                             : S_ISSOCK(status.st_mode) ? "a socket"
                                                        : "a device";
    throw InputError(path + " is " + kind + ", not a regular file; to read data from a pipe give --input - " +
                     "and the data on standard input");
}

void check_readable(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw InputError("cannot read " + path + ": " + std::strerror(errno));
    }
    if (S_ISDIR(status.st_mode))
        throw InputError(path + " is a directory; give its files, for example " + path + "/*.csv");
    refuse_other_than_file(path, status);
    if (::access(path.c_str(), R_OK) != 0)
        throw InputError("cannot read " + path + ": " + std::strerror(errno));
}

} // namespace

std::vector<std::string> expand_inputs(std::span<const std::string> patterns) {
    std::vector<std::string> paths;
    std::set<std::string> seen;
    const auto add = [&](const std::string& path) {
        if (path != "-") check_readable(path);
        if (seen.insert(path).second) paths.push_back(path);
    };
    for (const std::string& pattern : patterns) {
        struct stat status {};
        if (!has_glob(pattern) || ::stat(pattern.c_str(), &status) == 0) {
            add(pattern);
        } else {
            for (const std::string& path : matches(pattern)) add(path);
        }
    }
    return paths;
}

InputFile::InputFile(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    struct stat status {};
    if (!descriptor_ || ::fstat(descriptor_.number(), &status) != 0)
        throw InputError("cannot read " + path + ": " + std::strerror(errno));
    refuse_other_than_file(path, status);
    size_ = static_cast<std::uint64_t>(status.st_size);
    modified_ = nanoseconds(status.st_mtim);
    status_changed_ = nanoseconds(status.st_ctim);
    identity_ = {.device = status.st_dev, .inode = status.st_ino};
}

void InputFile::read(std::uint64_t begin, std::uint64_t end, core::Buffer& out) const {
    out.clear();
    out.ensure(end - begin);
    while (begin < end) {
        const ssize_t got = ::pread(descriptor_.number(), out.end(), end - begin, static_cast<off_t>(begin));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Error("read", path_, errno);
        if (got == 0) throw Error("read", path_ + ", which became shorter during the run", EIO);
        out.set_end(out.end() + got);
        begin += static_cast<std::uint64_t>(got);
    }
}

std::string read_whole_file(const std::string& path) {
    check_readable(path);
    const InputFile file(path);
    core::Buffer bytes;
    file.read(0, file.size(), bytes);
    return std::string(bytes.view());
}

void PipeInput::fill(std::uint64_t end, bool wait) {
    constexpr std::size_t piece = std::size_t{1} << 20;
    while (!ended_ && this->end() < end) {
        if (!wait) {
            pollfd ready{descriptor_, POLLIN, 0};
            if (::poll(&ready, 1, 0) == 0) return;
        }
        const std::size_t before = bytes_.size();
        bytes_.resize(before + piece);
        const ssize_t got = ::read(descriptor_, bytes_.data() + before, piece);
        bytes_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno != EINTR && errno != EAGAIN) throw Error("read", "standard input", errno);
        if (got == 0) ended_ = true;
    }
}

std::string_view PipeInput::view(std::uint64_t begin, std::uint64_t end) const {
    return std::string_view(bytes_).substr(skipped_ + (begin - begin_), end - begin);
}

void PipeInput::release(std::uint64_t offset) {
    if (offset <= begin_) return;
    skipped_ += offset - begin_;
    begin_ = offset;
    if (skipped_ < bytes_.size() / 2) return;
    bytes_.erase(0, skipped_);
    skipped_ = 0;
}

} // namespace ordermill::io
