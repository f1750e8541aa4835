#pragma once

#include "core/groups/duplicates.hpp"
#include "core/groups/keys.hpp"
#include "core/memory/huge_page_array.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// Which of the records with one key came first, when they come in the order of the input: decided at once,
/// and only the first is remembered. What Survivorship is for any order and criteria. Pure.
class FirstOccurrence {
  public:
    /// A record that claims its key. Sent as these bytes.
    struct Claim {
        Key key;
        std::uint32_t row = 0;
        std::uint32_t byte = 0;  ///< relative to its chunk's first record
        std::uint32_t line = 0;  ///< relative to its chunk's first line
        std::uint32_t count = 1; ///< records of its chunk that it stands for, itself included
    };
    /// Who has the key.
    struct Holder {
        Key key;
        std::uint32_t chunk = 0;
        std::uint32_t byte = 0;
        std::uint32_t line = 0;
        std::uint32_t count = 0; ///< of the key's records
    };

    /// Makes room for that many keys in all; more only cost time. Nothing once there are any.
    void expect(std::uint64_t keys);

    /// `claims`: those of one chunk, or a part of them, as their bytes and by row; no later one has come
    /// before. `give_way(claim, holder)` is called for each that comes too late, in order; records that it
    /// stands for come too late with it. Costs one probe of a table of 8-byte slots, fetched ahead, and 32
    /// bytes appended for a new key.
    template<class GiveWay>
    void decide(std::string_view claims, std::uint32_t chunk, const GiveWay& give_way) {
        const std::size_t count = claims.size() / sizeof(Claim);
        make_room(count);
        for (std::size_t i = 0; i < count; ++i) {
            if (i + fetched_ahead < count) fetch(key_at(claims, i + fetched_ahead));
            Claim claim;
            std::memcpy(static_cast<void*>(&claim), claims.data() + i * sizeof claim, sizeof claim);
            std::uint64_t& slot = find(claim.key);
            if (slot == 0) {
                add(slot, claim, chunk);
                continue;
            }
            Holder& holder = at(index_in(slot));
            if (holder.count == 1) repeated_.push_back(index_in(slot));
            holder.count += claim.count;
            lost_ += claim.count;
            give_way(claim, holder);
        }
    }

    std::uint64_t keys() const noexcept { return keys_; }
    /// Records that gave way so far.
    std::uint64_t lost() const noexcept { return lost_; }
    std::uint64_t memory() const noexcept {
        return slots_.size() * sizeof(std::uint64_t) + blocks_.size() * block * sizeof(Holder);
    }

    // As Survivorship's, of all so far.
    GroupSizes sizes() const;
    std::vector<LargeGroup> largest(const ChunkPlaces& places) const;

  private:
    static constexpr std::size_t block = std::size_t{1} << 17; ///< 4 MiB of holders
    static constexpr std::size_t fetched_ahead = 16;

    static Key key_at(std::string_view claims, std::size_t index) noexcept {
        Key key;
        std::memcpy(&key, claims.data() + index * sizeof(Claim), sizeof key);
        return key;
    }
    static std::uint32_t index_in(std::uint64_t slot) noexcept {
        return static_cast<std::uint32_t>(slot) - 1;
    }
    /// The slot's upper half; its place comes from other bits.
    static std::uint64_t tag_of(const Key& key) noexcept { return key.low << 32; }
    std::size_t place_of(const Key& key) const noexcept {
        return static_cast<std::size_t>(((key.low >> 32) * slots_.size()) >> 32);
    }
    void fetch(const Key& key) const noexcept { __builtin_prefetch(&slots_[place_of(key)], 1); }
    Holder& at(std::uint32_t index) const noexcept { return blocks_[index / block][index % block]; }

    /// The key's slot, or the free one that is to be its.
    std::uint64_t& find(const Key& key) noexcept {
        const std::uint64_t tag = tag_of(key);
        for (std::size_t place = place_of(key);;) {
            std::uint64_t& slot = slots_[place];
            if (slot == 0) return slot;
            if (((slot ^ tag) >> 32) == 0 && at(index_in(slot)).key == key) return slot;
            if (++place == slots_.size()) place = 0;
        }
    }
    void add(std::uint64_t& slot, const Claim& claim, std::uint32_t chunk) {
        const auto index = static_cast<std::uint32_t>(keys_++);
        slot = tag_of(claim.key) | (index + 1);
        if (index / block == blocks_.size()) add_block();
        Holder& holder = at(index);
        holder.key.low = claim.key.low;
        holder.key.high = claim.key.high;
        holder.chunk = chunk;
        holder.byte = claim.byte;
        holder.line = claim.line;
        holder.count = claim.count;
        if (claim.count == 1) return;
        repeated_.push_back(index);
        lost_ += claim.count - 1;
    }
    void add_block();
    void make_room(std::size_t more);
    void resize(std::uint64_t slots);

    HugePageArray<std::uint64_t> slots_; ///< 32 bits of hash << 32 | (holder + 1); 0: free
    std::vector<HugePageArray<Holder>> blocks_;
    std::uint64_t keys_ = 0;
    std::uint64_t lost_ = 0;
    std::vector<std::uint32_t> repeated_; ///< holders that stand for more than one record
};

} // namespace ordermill::core
