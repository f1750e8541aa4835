#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace ordermill::io {

/// A file, whatever name leads to it: on one machine two paths lead to the same file exactly if these are
/// equal.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    auto operator<=>(const FileIdentity&) const = default;
};

/// Of what the path leads to, links followed; nothing when that isn't there or can't be looked at.
std::optional<FileIdentity> identity_of_file(const std::string& path) noexcept;

/// What the path itself is, links not followed.
enum class PathKind : std::uint8_t { nothing, file, folder, link, other };
PathKind kind_of_path(const std::string& path) noexcept;

} // namespace ordermill::io
