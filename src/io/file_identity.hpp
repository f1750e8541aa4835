#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace ordermill::io {

/// Which file a path leads to. On one machine, two paths lead to the same file if and only if their
/// identities are equal.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    auto operator<=>(const FileIdentity&) const = default;
};

/// The identity of the file at this path, links followed; nothing if there is none or it can't be looked at.
std::optional<FileIdentity> identity_of_file(const std::string& path) noexcept;

/// What is at this path; a link is a link, whatever it leads to.
enum class PathKind : std::uint8_t { nothing, file, folder, link, other };
PathKind kind_of_path(const std::string& path) noexcept;

} // namespace ordermill::io
