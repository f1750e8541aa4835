#pragma once

#include "io/input.hpp"

#include <cstdint>
#include <string_view>

namespace ordermill::app {

/// A hash over a file's size, first and last bytes; the same on every rank that sees the same file. `head`:
/// its first bytes, as far as they are read already; what is missing is read, a small file once. Throws
/// io::Error.
std::uint64_t fingerprint_of(const io::InputFile& file, std::string_view head = {});

} // namespace ordermill::app
