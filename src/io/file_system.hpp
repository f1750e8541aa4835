#pragma once

#include <string>

namespace ordermill::io {

/// Whether the file system on which a folder lies is known to show every host at once what another one wrote,
/// and to keep writes of several hosts to parts of one file apart: local ones and those of clusters (Lustre,
/// GPFS, BeeGFS, CephFS, ...). Not NFS, SMB, FUSE, nor any that isn't known: there, two clients that write to
/// one page may undo each other's bytes. False when the folder isn't there.
bool coherent_file_system(const std::string& folder);

/// Whether the file that is open there lies on a file system that only this host writes to (ext4, XFS, tmpfs
/// ...). False for one that isn't known.
bool file_system_of_one_host(int descriptor) noexcept;

} // namespace ordermill::io
