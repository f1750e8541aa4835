#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ordermill::app {

/// What a rank can read and write by itself.
struct RankAccess {
    bool any_input = true; ///< else it sees none of the files
    std::vector<std::uint32_t>
        unseen;         ///< the input files that it can't read, ascending; empty if it sees none
    bool output = true; ///< it can write to the output folder
    /// It runs on rank 0's host: if it dies, the kernel keeps what it wrote, and rank 0 can sync it.
    bool outlived = true;

    bool sees(std::uint32_t file) const {
        return any_input && !std::binary_search(unseen.begin(), unseen.end(), file);
    }
    bool sees_all() const noexcept { return any_input && unseen.empty(); }
};

} // namespace ordermill::app
