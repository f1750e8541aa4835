#include "io/crc.hpp"

#include <libdeflate.h>
#include <zlib.h>

namespace ordermill::io {

// zlib has a crc32_combine64 only where off_t is narrow by default; everywhere else crc32_combine takes 64
// bits.
static_assert(sizeof(z_off_t) == 8, "outputs are longer than 2 GiB: compile with _FILE_OFFSET_BITS=64");

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) noexcept {
    // A null buffer means "start anew" to libdeflate, whatever `before` is.
    if (bytes.empty()) return before;
    return libdeflate_crc32(before, bytes.data(), bytes.size());
}

std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_length) noexcept {
    return static_cast<std::uint32_t>(::crc32_combine(first, second, static_cast<z_off_t>(second_length)));
}

} // namespace ordermill::io
