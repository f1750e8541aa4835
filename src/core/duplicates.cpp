#include "core/duplicates.hpp"

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

bool ContestTable::beats(const Contender& one, const Contender& other) const noexcept {
    if (one.criteria != other.criteria) return one.criteria > other.criteria;
    return last_wins_ ? one.ordinal > other.ordinal : one.ordinal < other.ordinal;
}

void ContestTable::grow() {
    std::vector<std::uint64_t> bigger(slots_.empty() ? smallest_table : slots_.size() * 2, 0);
    const std::size_t mask = bigger.size() - 1;
    for (std::size_t i = 0; i < best_.size(); ++i) {
        std::size_t at = slot_of(best_[i].key, mask);
        while (bigger[at] != 0) at = (at + 1) & mask;
        bigger[at] = tag_of(best_[i].key) << 32 | (i + 1);
    }
    slots_ = std::move(bigger);
}

void ContestTable::add(std::span<const Contender> contenders) {
    // At most half full, also after this batch.
    while ((best_.size() + contenders.size()) * 2 > slots_.size()) grow();
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < contenders.size(); ++i) {
        if (i + prefetch_distance < contenders.size()) {
            __builtin_prefetch(&slots_[slot_of(contenders[i + prefetch_distance].key, mask)]);
        }
        add_one(contenders[i]);
    }
}

void ContestTable::add_one(const Contender& contender) {
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t tag = tag_of(contender.key);
    for (std::size_t at = slot_of(contender.key, mask);; at = (at + 1) & mask) {
        const std::uint64_t slot = slots_[at];
        if (slot == 0) {
            if (best_.size() >= UINT32_MAX - 1)
                throw std::length_error("too many distinct keys on one rank; use more ranks");
            best_.push_back(contender);
            slots_[at] = tag << 32 | best_.size();
            return;
        }
        if (slot >> 32 != tag) continue;
        const auto group = static_cast<std::uint32_t>((slot & UINT32_MAX) - 1);
        Contender& best = best_[group];
        if (best.key != contender.key) continue;
        if (beats(contender, best)) {
            losers_.push_back({best.ordinal, group, best.worker});
            best = contender;
        } else {
            losers_.push_back({contender.ordinal, group, contender.worker});
        }
        return;
    }
}

std::vector<Verdict> ContestTable::verdicts() const {
    std::vector<Verdict> verdicts;
    verdicts.reserve(losers_.size());
    for (const Loser& loser : losers_) {
        const Contender& best = best_[loser.group];
        verdicts.push_back({.loser = loser.ordinal,
                            .worker = loser.worker,
                            .kept_file = best.file,
                            .kept_byte_position = best.byte_position,
                            .kept_line = best.line});
    }
    return verdicts;
}

std::vector<std::uint64_t> ContestTable::losers_by_group() const {
    std::vector<std::uint64_t> counts(best_.size(), 0);
    for (const Loser& loser : losers_) ++counts[loser.group];
    return counts;
}

GroupSizes ContestTable::group_sizes() const {
    GroupSizes sizes;
    for (const std::uint64_t losers : losers_by_group()) ++sizes[size_class(losers + 1)];
    return sizes;
}

std::vector<LargeGroup> ContestTable::largest(std::size_t count) const {
    std::vector<LargeGroup> groups;
    const std::vector<std::uint64_t> losers = losers_by_group();
    for (std::size_t i = 0; i < losers.size(); ++i) {
        if (losers[i] > 0)
            groups.push_back({losers[i] + 1, best_[i].file, best_[i].byte_position, best_[i].line});
    }
    merge_largest(groups, {}, count);
    return groups;
}

std::size_t ContestTable::memory() const noexcept {
    return slots_.capacity() * sizeof slots_[0] + best_.capacity() * sizeof best_[0] +
           losers_.capacity() * sizeof losers_[0];
}

void ContestTable::clear() {
    slots_ = {};
    best_ = {};
    losers_ = {};
}

} // namespace ordermill::core
