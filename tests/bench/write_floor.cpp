// What the file system takes: n processes write so many bytes in all, in pieces of 1 MiB, each to a file of
// its own or all to one file at disjoint offsets.
//
//     write_floor FOLDER BYTES WRITERS FILES      FILES: 1, or as many as WRITERS
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::uint64_t piece = std::uint64_t{1} << 20;

/// Every `writers`th piece, from its own on. False for an error.
bool write_share(const std::string& path, std::uint64_t bytes, std::uint64_t writers, std::uint64_t own,
                 bool alone) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0666);
    if (file < 0) return false;
    const std::vector<char> text(piece, 'x');
    for (std::uint64_t at = own * piece, written = 0; at < bytes; at += writers * piece) {
        const std::uint64_t size = std::min(piece, bytes - at);
        const std::uint64_t offset = alone ? written : at;
        if (::pwrite(file, text.data(), size, static_cast<off_t>(offset)) != static_cast<ssize_t>(size))
            return false;
        written += size;
    }
    return ::close(file) == 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: write_floor FOLDER BYTES WRITERS FILES\n");
        return 2;
    }
    const std::string folder = argv[1];
    const std::uint64_t bytes = std::strtoull(argv[2], nullptr, 10);
    const std::uint64_t writers = std::max<std::uint64_t>(1, std::strtoull(argv[3], nullptr, 10));
    const bool alone = std::strtoull(argv[4], nullptr, 10) > 1;
    ::mkdir(folder.c_str(), 0777);
    for (std::uint64_t own = 0; own < writers; ++own) {
        const pid_t child = ::fork();
        if (child < 0) return 3;
        if (child == 0)
            ::_exit(
                write_share(folder + "/" + (alone ? std::to_string(own) : "one"), bytes, writers, own, alone)
                    ? 0
                    : 3);
    }
    int worst = 0;
    int status = 0;
    while (::wait(&status) > 0) worst = std::max(worst, status);
    return worst == 0 ? 0 : 3;
}
