#pragma once

#include <cstdint>
#include <string>

/// Numbers as people read them.
namespace ordermill::app {

/// 1536 -> "1.5 KiB".
std::string human_bytes(std::uint64_t bytes);
/// 4040000 -> "4,040,000".
std::string grouped(std::uint64_t number);

} // namespace ordermill::app
