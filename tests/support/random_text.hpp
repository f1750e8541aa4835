#pragma once

#include <random>
#include <string>
#include <string_view>

namespace ordermill::test {

/// `size` bytes out of `alphabet`.
inline std::string random_bytes(std::mt19937_64& random, std::size_t size, std::string_view alphabet) {
    std::string bytes;
    while (bytes.size() < size) bytes += alphabet[random() % alphabet.size()];
    return bytes;
}

} // namespace ordermill::test
