#include "app/plan/fingerprint.hpp"

#include <xxhash.h>

#include <algorithm>

namespace ordermill::app {

std::uint64_t fingerprint_of(const io::InputFile& file, std::string_view head) {
    constexpr std::uint64_t most = 4096;
    const std::uint64_t size = file.size();
    const std::uint64_t sample = std::min(most, size);
    core::Buffer first;
    if (head.size() < sample) {
        file.read(0, sample, first);
        head = first.view();
    }
    core::Buffer last;
    std::string_view tail = head;
    if (head.size() < size) {
        file.read(size - sample, size, last);
        tail = last.view();
    }
    std::uint64_t hash = XXH3_64bits(&size, sizeof size);
    hash = XXH3_64bits_withSeed(head.data(), sample, hash);
    return XXH3_64bits_withSeed(tail.data() + tail.size() - sample, sample, hash);
}

} // namespace ordermill::app
