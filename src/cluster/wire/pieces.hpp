#pragma once

#include <algorithm>
#include <cstdint>

namespace ordermill::cluster {

/// Calls `piece(offset, length)` for each piece of at most `length` bytes of a body, in order. MPI counts are
/// ints: `length` must fit one, and then every piece's does, however large the body.
template<typename Piece>
void for_each_piece(std::uint64_t size, std::uint64_t length, const Piece& piece) {
    for (std::uint64_t offset = 0; offset < size; offset += length) {
        piece(offset, static_cast<int>(std::min(length, size - offset)));
    }
}

} // namespace ordermill::cluster
