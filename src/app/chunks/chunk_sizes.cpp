#include "app/chunks/chunk_sizes.hpp"

#include <algorithm>
#include <cstddef>

namespace ordermill::app {

ChunkSizes::ChunkSizes(std::uint64_t chunk_size, bool fixed, int workers)
    : chunk_size_(chunk_size), fixed_(fixed || workers == 1),
      cleaned_(static_cast<std::size_t>(workers) + 1) {}

void ChunkSizes::add_cleaned(int worker, std::uint64_t bytes) {
    cleaned_[static_cast<std::size_t>(worker)] += bytes;
    cleaned_by_all_ += bytes;
}

std::uint64_t ChunkSizes::next(int worker, std::uint64_t uncut) const noexcept {
    if (fixed_) return chunk_size_;
    constexpr double smallest = 65536;
    constexpr double smallest_per_worker = 2048;
    constexpr double much_slower = 0.75;
    const auto chunk = static_cast<double>(chunk_size_);
    const auto workers = static_cast<double>(cleaned_.size() - 1);
    const auto cleaned = static_cast<double>(cleaned_[static_cast<std::size_t>(worker)]);
    const double share = (cleaned + chunk) / (static_cast<double>(cleaned_by_all_) + workers * chunk);
    const double least = std::min(chunk, std::max(smallest, smallest_per_worker * workers));
    const double ordinary = share * workers < much_slower ? chunk * share * workers : chunk;
    return static_cast<std::uint64_t>(
        std::max(least, std::min(ordinary, static_cast<double>(uncut) * share / 4)));
}

} // namespace ordermill::app
