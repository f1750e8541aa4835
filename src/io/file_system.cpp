#include "io/file_system.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <sys/vfs.h>

namespace ordermill::io {
namespace {

// As in statfs(2) and the sources of the file systems.
constexpr std::array<std::uint32_t, 11> of_one_host{
    0x0000EF53, // ext2, ext3, ext4
    0x58465342, // XFS
    0x9123683E, // Btrfs
    0x2FC12FC1, // ZFS
    0xCA451A4E, // bcachefs
    0xF2F52010, // F2FS
    0x01021994, // tmpfs
    0x858458F6, // ramfs
    0x794C7630, // overlayfs
    0x52654973, // ReiserFS
    0x3153464A, // JFS
};
constexpr std::array<std::uint32_t, 7> of_clusters{
    0x0BD00BD0, // Lustre
    0x47504653, // GPFS
    0x19830326, // BeeGFS
    0x00C36400, // CephFS
    0x01161970, // GFS2
    0x7461636F, // OCFS2
    0x20030528, // OrangeFS
};

template<std::size_t Size>
bool has(const std::array<std::uint32_t, Size>& types, const struct statfs& about) {
    return std::find(types.begin(), types.end(), static_cast<std::uint32_t>(about.f_type)) != types.end();
}

} // namespace

bool coherent_file_system(const std::string& folder) {
    struct statfs about {};
    if (::statfs(folder.c_str(), &about) != 0) return false;
    return has(of_one_host, about) || has(of_clusters, about);
}

bool file_system_of_one_host(int descriptor) noexcept {
    struct statfs about {};
    return ::fstatfs(descriptor, &about) == 0 && has(of_one_host, about);
}

} // namespace ordermill::io
