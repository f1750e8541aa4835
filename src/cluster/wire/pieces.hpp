#pragma once

#include <algorithm>
#include <cstdint>

namespace ordermill::cluster {

/// Cuts a body of `size` bytes into pieces of at most `length` bytes and calls `piece(offset, bytes)` for
/// each, in order. MPI's counts are ints, so `length` must fit an int; then `bytes` fits one whatever `size`
/// is. Calls nothing for an empty body.
template<typename Piece>
void for_each_piece(std::uint64_t size, std::uint64_t length, const Piece& piece) {
    for (std::uint64_t offset = 0; offset < size; offset += length) {
        piece(offset, static_cast<int>(std::min(length, size - offset)));
    }
}

} // namespace ordermill::cluster
