#include "core/groups/first_occurrence.hpp"

#include <algorithm>
#include <stdexcept>

namespace ordermill::core {
namespace {

constexpr std::uint64_t fewest_slots = 1024;
/// Three quarters full at most; half full when the number of keys was foreseen: a search that goes on from
/// one slot to the next costs more than their memory does.
constexpr std::uint64_t slots_for(std::uint64_t keys) noexcept { return 2 * keys; }
constexpr std::uint64_t most_keys(std::uint64_t slots) noexcept { return slots / 4 * 3; }

} // namespace

void FirstOccurrence::expect(std::uint64_t keys) {
    if (keys_ == 0 && slots_for(keys) > slots_.size()) resize(slots_for(keys));
}

void FirstOccurrence::make_room(std::size_t more) {
    if (keys_ + more <= most_keys(slots_.size())) return;
    if (keys_ + more >= UINT32_MAX) throw std::length_error("too many different keys for one worker");
    resize(std::max({fewest_slots, 2 * std::uint64_t{slots_.size()}, slots_for(keys_ + more)}));
}

void FirstOccurrence::resize(std::uint64_t slots) {
    slots = std::clamp<std::uint64_t>(slots, fewest_slots, UINT32_MAX);
    slots_ = {}; // not both at once
    slots_ = HugePageArray<std::uint64_t>(slots);
    for (std::uint32_t i = 0; i < keys_; ++i) {
        if (i + fetched_ahead < keys_) fetch(at(i + fetched_ahead).key);
        const Key& key = at(i).key;
        find(key) = tag_of(key) | (i + 1);
    }
}

void FirstOccurrence::add_block() { blocks_.emplace_back(block); }

GroupSizes FirstOccurrence::sizes() const {
    GroupSizes sizes;
    if (keys_ > repeated_.size()) sizes[1] = keys_ - repeated_.size();
    for (const std::uint32_t index : repeated_) ++sizes[size_class(at(index).count)];
    return sizes;
}

std::vector<LargeGroup> FirstOccurrence::largest(const ChunkPlaces& places) const {
    std::vector<LargeGroup> largest;
    std::vector<LargeGroup> some;
    for (const std::uint32_t index : repeated_) {
        const Holder& holder = at(index);
        if (largest.size() == Survivorship::largest_groups && holder.count < largest.back().size) continue;
        const ChunkPlace& place = places[holder.chunk];
        some.push_back({.size = holder.count,
                        .file = place.file,
                        .byte_position = place.first_byte + holder.byte,
                        .line = place.first_line + holder.line});
        if (some.size() < 16 * Survivorship::largest_groups) continue;
        merge_largest(largest, some, Survivorship::largest_groups);
        some.clear();
    }
    merge_largest(largest, some, Survivorship::largest_groups);
    return largest;
}

} // namespace ordermill::core
