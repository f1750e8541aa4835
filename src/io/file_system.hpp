#pragma once

#include <string>

namespace ordermill::io {

/// Whether several hosts may write parts of one file in this folder at the same time. That needs a file
/// system that shows each write to all hosts at once, and that never loses a write because another host wrote
/// nearby. True for local file systems and those of clusters (Lustre, GPFS, BeeGFS, CephFS, ...), known by
/// their type. False for NFS, SMB, FUSE and unknown ones, where two hosts that write to one page may undo
/// each other's bytes, and if the folder isn't there. One statfs call.
bool coherent_file_system(const std::string& folder);

/// Whether the file that is open there lies on a file system that only this host writes to (ext4, XFS, tmpfs
/// ...). False for one that isn't known.
bool file_system_of_one_host(int descriptor) noexcept;

} // namespace ordermill::io
