#pragma once

#include <cstdint>
#include <string>

/// Numbers as people read them.
namespace ordermill::core {

std::string human_bytes(std::uint64_t bytes); ///< `1.5 KiB`: one decimal
std::string grouped(std::uint64_t number);    ///< `4,040,000`

// Three digits that count, and a unit:
std::string seconds_text(double seconds);            ///< `12.3 s`, `450 ms`, `21 us`
std::string bytes_text(std::uint64_t bytes);         ///< `1.4 GiB`
std::string byte_rate_text(double bytes_per_second); ///< `189 MiB/s`
std::string quantity_text(double quantity);          ///< `7`, `42.5`, `1,024`, `12.3 M`

} // namespace ordermill::core
