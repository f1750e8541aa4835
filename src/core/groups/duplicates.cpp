#include "core/groups/duplicates.hpp"

#include <algorithm>
#include <stdexcept>

namespace ordermill::core {
namespace {

constexpr std::size_t smallest_table = 1024;
constexpr std::size_t prefetch_distance = 16;

std::uint64_t tag_of(const Key& key) noexcept { return key.low >> 32; }
std::size_t slot_of(const Key& key, std::size_t mask) noexcept {
    return static_cast<std::size_t>(key.low) & mask;
}

Key key_at(const char* stored) noexcept {
    Key key;
    std::memcpy(&key, stored, sizeof key);
    return key;
}

} // namespace

std::uint64_t size_class(std::uint64_t group_size) noexcept {
    if (group_size < 10) return group_size;
    std::uint64_t from = 10;
    while (group_size / from >= 10) from *= 10;
    return from;
}

void merge_largest(std::vector<LargeGroup>& into, std::span<const LargeGroup> more, std::size_t count) {
    into.insert(into.end(), more.begin(), more.end());
    std::sort(into.begin(), into.end(), [](const LargeGroup& a, const LargeGroup& b) {
        if (a.size != b.size) return a.size > b.size;
        return a.file != b.file ? a.file < b.file : a.byte_position < b.byte_position;
    });
    if (into.size() > count) into.resize(count);
}

bool Survivorship::beats(const char* one, const char* other) const noexcept {
    for (std::size_t i = 0; i < criteria_; ++i) {
        std::int64_t left;
        std::int64_t right;
        std::memcpy(&left, one + Candidate::stored_bytes + i * sizeof left, sizeof left);
        std::memcpy(&right, other + Candidate::stored_bytes + i * sizeof right, sizeof right);
        if (left != right) return left > right;
    }
    const Ordinal left = Candidate::load(one).ordinal;
    const Ordinal right = Candidate::load(other).ordinal;
    return last_wins_ ? left > right : left < right;
}

/// Fills group_of_, best_ and counts_.
void Survivorship::group(std::string_view candidates) {
    const std::size_t count = candidates.size() / item();
    if (count >= UINT32_MAX) throw std::length_error("too many records with keys in one partition");
    std::size_t table = smallest_table;
    while (table < 2 * count) table *= 2;
    slots_.assign(table, 0);
    group_of_.resize(count);
    best_.clear();
    counts_.clear();
    const std::size_t mask = table - 1;
    const char* const first = candidates.data();
    for (std::size_t i = 0; i < count; ++i) {
        const char* const one = first + i * item();
        if (i + prefetch_distance < count)
            __builtin_prefetch(&slots_[slot_of(key_at(one + prefetch_distance * item()), mask)]);
        const Key key = key_at(one);
        const std::uint64_t tag = tag_of(key);
        for (std::size_t at = slot_of(key, mask);; at = (at + 1) & mask) {
            const std::uint64_t slot = slots_[at];
            if (slot == 0) {
                slots_[at] = tag << 32 | (best_.size() + 1);
                group_of_[i] = static_cast<std::uint32_t>(best_.size());
                best_.push_back(static_cast<std::uint32_t>(i));
                counts_.push_back(Candidate::load(one).count);
                break;
            }
            const auto group = static_cast<std::uint32_t>((slot & UINT32_MAX) - 1);
            if (slot >> 32 != tag || key_at(first + best_[group] * item()) != key) continue;
            group_of_[i] = group;
            counts_[group] += Candidate::load(one).count;
            if (beats(one, first + best_[group] * item())) best_[group] = static_cast<std::uint32_t>(i);
            break;
        }
    }
}

void Survivorship::count_groups(std::string_view candidates, const ChunkPlaces& places) {
    std::vector<LargeGroup> large;
    std::uint64_t single = 0;
    const auto smallest = [this] { return largest_.size() < largest_groups ? 2 : largest_.back().size; };
    for (std::size_t group = 0; group < counts_.size(); ++group) {
        const std::uint64_t size = counts_[group];
        if (size == 1) {
            ++single;
            continue;
        }
        ++sizes_[size_class(size)];
        if (size < smallest()) continue;
        const Candidate kept = at(candidates, best_[group]);
        const ChunkPlace& place = places[kept.ordinal.chunk];
        large.push_back({size, place.file, place.first_byte + kept.byte, place.first_line + kept.line});
        if (large.size() >= 16 * largest_groups) {
            merge_largest(largest_, large, largest_groups);
            large.clear();
        }
    }
    if (single > 0) sizes_[1] += single;
    merge_largest(largest_, large, largest_groups);
}

} // namespace ordermill::core
