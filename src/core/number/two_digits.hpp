#pragma once

#include <array>
#include <cstddef>

namespace ordermill::core {

/// 00 01 ... 99
inline constexpr auto two_digits = [] {
    std::array<char, 200> table{};
    for (std::size_t i = 0; i < 100; ++i) {
        table[2 * i] = static_cast<char>('0' + i / 10);
        table[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return table;
}();

} // namespace ordermill::core
