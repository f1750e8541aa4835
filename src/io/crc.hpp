#pragma once

#include <cstdint>
#include <string_view>

/// CRC-32 as in gzip and zip (polynomial 0xEDB88320, reflected, inverted; RFC 1952). The checksum of an
/// output is computed from the checksums of its pieces, without reading the output again.
namespace ordermill::io {

/// The checksum of `bytes`, or of (what `before` is the checksum of) + `bytes`. The checksum of no bytes is
/// 0.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// The checksum of first + second, from both checksums and the second's length in bytes. O(log length): some
/// 100 ns.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_length) noexcept;

} // namespace ordermill::io
