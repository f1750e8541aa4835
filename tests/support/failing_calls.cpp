// For LD_PRELOAD: system calls that fail on purpose. FAILING_CALLS in the environment is words of the form
// CALL:PATH:ERRNO:AFTER; calls of that name (pread, pwrite, fsync, open) on a file whose path contains PATH
// fail with that errno once AFTER of them have gone well. Nothing without the variable.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

namespace {

struct Failure {
    std::string call;
    std::string path;
    int number = 0;
    long after = 0;
    long seen = 0;
};

std::vector<Failure> read_failures() {
    std::vector<Failure> failures;
    const char* const variable = std::getenv("FAILING_CALLS");
    std::istringstream words(variable == nullptr ? "" : variable);
    for (std::string word; words >> word;) {
        Failure failure;
        std::string number;
        std::string after;
        std::istringstream parts(word);
        std::getline(parts, failure.call, ':');
        std::getline(parts, failure.path, ':');
        std::getline(parts, number, ':');
        std::getline(parts, after, ':');
        failure.number = std::atoi(number.c_str());
        failure.after = std::atol(after.c_str());
        failures.push_back(failure);
    }
    return failures;
}

bool fails(const char* call, const std::string& path) {
    static std::vector<Failure> failures = read_failures();
    for (Failure& failure : failures) {
        if (failure.call != call || path.find(failure.path) == std::string::npos) continue;
        if (failure.seen++ < failure.after) continue;
        errno = failure.number;
        return true;
    }
    return false;
}

std::string path_of(int descriptor) {
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size() - 1);
    return length > 0 ? path.data() : "";
}

template<typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

ssize_t pread(int descriptor, void* bytes, size_t size, off_t offset) {
    if (fails("pread", path_of(descriptor))) return -1;
    static const auto real = next<ssize_t (*)(int, void*, size_t, off_t)>("pread");
    return real(descriptor, bytes, size, offset);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
    if (fails("pwrite", path_of(descriptor))) return -1;
    static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
    return real(descriptor, bytes, size, offset);
}

int fsync(int descriptor) {
    if (fails("fsync", path_of(descriptor))) return -1;
    static const auto real = next<int (*)(int)>("fsync");
    return real(descriptor);
}

int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (fails("open", path)) return -1;
    static const auto real = next<int (*)(const char*, int, ...)>("open");
    return real(path, flags, mode);
}
}
