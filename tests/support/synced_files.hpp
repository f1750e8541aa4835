#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// What would be left of files after a power cut: each as long as it was when it was synced last. Include it
/// in one file of a test; it takes the place of fsync for the whole test.
namespace ordermill::test {

/// Bytes that are on the disk for certain, by inode.
inline std::map<ino_t, std::uint64_t>& synced_bytes() {
    static std::map<ino_t, std::uint64_t> bytes;
    return bytes;
}

/// 0 for a file that was never synced.
inline std::uint64_t synced_bytes_of(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return 0;
    const auto found = synced_bytes().find(status.st_ino);
    return found == synced_bytes().end() ? 0 : found->second;
}

} // namespace ordermill::test

#include "support/lost_writes.hpp"

extern "C" int fsync(int descriptor) {
    ordermill::test::note_synced(descriptor);
    struct stat status = {};
    if (::fstat(descriptor, &status) == 0)
        ordermill::test::synced_bytes()[status.st_ino] = static_cast<std::uint64_t>(status.st_size);
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
