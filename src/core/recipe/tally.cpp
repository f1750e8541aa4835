#include "core/recipe/tally.hpp"

#include <cstring>
#include <stdexcept>

namespace ordermill::core {

std::string Tally::encode() const {
    std::string bytes;
    for (std::uint64_t counter = 0; counter < counters_.size(); ++counter) {
        if (counters_[counter] == 0) continue;
        const std::uint64_t pair[2] = {counter, counters_[counter]};
        bytes.append(reinterpret_cast<const char*>(pair), sizeof pair);
    }
    return bytes;
}

void Tally::merge(std::string_view encoded) {
    std::uint64_t pair[2];
    while (encoded.size() >= sizeof pair) {
        std::memcpy(pair, encoded.data(), sizeof pair);
        if (pair[0] >= counters_.size()) throw std::runtime_error("a tally doesn't fit this job");
        counters_[pair[0]] += pair[1];
        encoded.remove_prefix(sizeof pair);
    }
    if (!encoded.empty()) throw std::runtime_error("a tally is cut short");
}

} // namespace ordermill::core
