#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

/// Writes of workers whose hosts keep them until they are synced, and take them along when they die: a host's
/// cache over a shared file system. Include it in one file of a test; it takes the place of pwrite for the
/// whole test, and `note_synced` is to be called by what takes fsync's.
namespace ordermill::test {

struct UnsyncedWrite {
    std::string path;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Whose turn it is: its writes are kept under that number. 0: writes that nobody can lose.
inline int& writing_worker() {
    static int worker = 0;
    return worker;
}

inline std::map<int, std::vector<UnsyncedWrite>>& unsynced_writes() {
    static std::map<int, std::vector<UnsyncedWrite>> writes;
    return writes;
}

inline std::string path_of(int descriptor) {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), ignored).string();
}

/// What another worker had written at the same place isn't its to lose any more.
inline void note_written(const UnsyncedWrite& write) {
    if (writing_worker() == 0) return;
    for (auto& [worker, writes] : unsynced_writes())
        std::erase_if(writes, [&](const UnsyncedWrite& one) {
            return one.path == write.path && one.begin == write.begin && one.end == write.end;
        });
    unsynced_writes()[writing_worker()].push_back(write);
}

/// The worker's own writes are on the disk; those of others stay in their hosts.
inline void note_synced(int descriptor) {
    if (writing_worker() == 0) return;
    std::erase_if(unsynced_writes()[writing_worker()],
                  [path = path_of(descriptor)](const UnsyncedWrite& one) { return one.path == path; });
}

/// The worker's host goes off: there are zeros where it wrote since it synced last, as in a file that others
/// have made longer. They count as unsynced, under the negative number, until another worker writes there.
inline void lose_writes(int worker) {
    const std::vector<UnsyncedWrite> lost = std::exchange(unsynced_writes()[worker], {});
    unsynced_writes()[-worker] = lost;
    for (const UnsyncedWrite& one : lost) {
        const std::string zeros(one.end - one.begin, '\0');
        const int file = ::open(one.path.c_str(), O_WRONLY);
        if (file < 0) continue;
        ::syscall(SYS_pwrite64, file, zeros.data(), zeros.size(), one.begin);
        ::close(file);
    }
}

/// How many bytes of the file before `end` some worker could still lose, or has lost.
inline std::uint64_t unsynced_before(const std::string& path, std::uint64_t end) {
    std::uint64_t bytes = 0;
    for (const auto& [worker, writes] : unsynced_writes()) {
        for (const UnsyncedWrite& one : writes) {
            if (one.path == path && one.begin < end) bytes += std::min(one.end, end) - one.begin;
        }
    }
    return bytes;
}

} // namespace ordermill::test

extern "C" ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
    const auto written = static_cast<ssize_t>(::syscall(SYS_pwrite64, descriptor, bytes, size, offset));
    if (written > 0)
        ordermill::test::note_written({ordermill::test::path_of(descriptor),
                                       static_cast<std::uint64_t>(offset),
                                       static_cast<std::uint64_t>(offset + written)});
    return written;
}
