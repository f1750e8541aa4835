#pragma once

#include "core/groups/keys.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string_view>
#include <vector>

/// Which of the records with one key stays. Pure: candidates in, decisions out, whatever order they come in.
namespace ordermill::core {

/// The most criteria that carry a value (`newest`, `largest`, `most_complete`); `first` and `last` need none.
inline constexpr std::size_t most_criteria = 3;

/// A record's place in the order of all records: (chunk, row in the chunk) sorts as (file, byte) does, for
/// any chunk size.
struct Ordinal {
    std::uint32_t chunk = 0;
    std::uint32_t row = 0;
    friend auto operator<=>(const Ordinal&, const Ordinal&) = default;
};

using Criteria = std::array<std::int64_t, most_criteria>; ///< larger wins; INT64_MIN: missing

/// The key of a record that takes part in no comparison (`missing_equal = no`, and a value is missing).
inline constexpr Key no_key{};

/// Where a chunk's rows stand and who holds them; sent once to every owner of one of its keys.
struct ChunkPlace {
    std::uint32_t worker = 0;
    std::uint32_t file = 0;
    std::uint64_t first_byte = 0; ///< of its first record
    std::uint64_t first_line = 0; ///< of the chunk, from 1
};
using ChunkPlaces = std::vector<ChunkPlace>; ///< by chunk; those that were never told of are empty

/// One record as its key's owner knows it; with the criteria that its section uses behind it. Sent and kept
/// as these bytes: 36, and 8 a criterion.
struct Candidate {
    Key key;
    Ordinal ordinal;
    std::uint32_t byte = 0;  ///< relative to its chunk's first record
    std::uint32_t line = 0;  ///< relative to its chunk's first line
    std::uint32_t count = 1; ///< records of its chunk that it stands for, itself included
    static constexpr std::size_t stored_bytes = 36;

    void store(char* to) const noexcept {
        std::memcpy(to, &key, sizeof key);
        const std::uint32_t words[] = {ordinal.chunk, ordinal.row, byte, line, count};
        std::memcpy(to + sizeof key, words, sizeof words);
    }
    static Candidate load(const char* from) noexcept {
        Candidate one;
        std::uint32_t words[5];
        std::memcpy(&one.key, from, sizeof one.key);
        std::memcpy(words, from + sizeof one.key, sizeof words);
        one.ordinal = {words[0], words[1]};
        one.byte = words[2];
        one.line = words[3];
        one.count = words[4];
        return one;
    }
};

/// A record that gives way, and the place of the one that stays.
struct Superseded {
    Ordinal loser;
    std::uint32_t kept_file = 0;
    std::uint64_t kept_byte_position = 0;
    std::uint64_t kept_line = 0;
};

/// A group of equal records, for the report.
struct LargeGroup {
    std::uint64_t size = 0;
    std::uint32_t file = 0; ///< of the record that stays
    std::uint64_t byte_position = 0;
    std::uint64_t line = 0;
};

/// Group sizes: exact up to 9, then by powers of ten (10, 100, ...: from that size on). Merges by adding.
using GroupSizes = std::map<std::uint64_t, std::uint64_t>;
std::uint64_t size_class(std::uint64_t group_size) noexcept;

/// The `count` largest groups of both lists; equal sizes in input order.
void merge_largest(std::vector<LargeGroup>& into, std::span<const LargeGroup> more, std::size_t count);

/// Decides between candidates. All records of one key must be in one call; calls are independent, so many
/// candidates are decided part by part.
class Survivorship {
  public:
    /// `criteria`: how many values stand behind each candidate. `last_wins`: ties go to the later record.
    Survivorship(std::size_t criteria, bool last_wins) : criteria_(criteria), last_wins_(last_wins) {}

    static constexpr std::size_t stored_bytes(std::size_t criteria) noexcept {
        return Candidate::stored_bytes + criteria * sizeof(std::int64_t);
    }

    /// `candidates`: as stored, one after the other. `give_way(superseded, worker)` is called for each loser,
    /// in no particular order; records that a loser stands for have lost with it. Costs one probe of a table
    /// of 8-byte slots a candidate; 20 to 36 bytes each while it runs.
    template<class GiveWay>
    void decide(std::string_view candidates, const ChunkPlaces& places, const GiveWay& give_way) {
        group(candidates);
        for (std::size_t i = 0; i < group_of_.size(); ++i) {
            const std::size_t best = best_[group_of_[i]];
            if (best == i) continue;
            const Candidate loser = at(candidates, i);
            const Candidate kept = at(candidates, best);
            const ChunkPlace& place = places[kept.ordinal.chunk];
            give_way(Superseded{.loser = loser.ordinal,
                                .kept_file = place.file,
                                .kept_byte_position = place.first_byte + kept.byte,
                                .kept_line = place.first_line + kept.line},
                     places[loser.ordinal.chunk].worker);
        }
        count_groups(candidates, places);
    }

    /// Over all calls of `decide`.
    const GroupSizes& sizes() const noexcept { return sizes_; }
    const std::vector<LargeGroup>& largest() const noexcept { return largest_; }

    /// Whether the candidate stored at `one` stays rather than the one at `other`.
    bool beats(const char* one, const char* other) const noexcept;

    static constexpr std::size_t largest_groups = 10;

  private:
    std::size_t item() const noexcept { return stored_bytes(criteria_); }
    Candidate at(std::string_view candidates, std::size_t index) const noexcept {
        return Candidate::load(candidates.data() + index * item());
    }
    void group(std::string_view candidates);
    void count_groups(std::string_view candidates, const ChunkPlaces& places);

    std::size_t criteria_;
    bool last_wins_;
    std::vector<std::uint64_t> slots_; ///< 32 bits of hash << 32 | (group + 1); 0: free
    std::vector<std::uint32_t> group_of_;
    std::vector<std::uint32_t> best_; ///< by group: the candidate that stays
    std::vector<std::uint64_t> counts_;
    GroupSizes sizes_;
    std::vector<LargeGroup> largest_;
};

/// Finds equal keys within a chunk before they are sent, so that a key that half of all records share costs
/// its owner a few candidates a chunk. Direct-mapped: what it misses is sent, and decided there.
class LocalGroups {
  public:
    void clear() { rows_.assign(size, 0); }
    /// The row seen last with this key, as far as is remembered; npos otherwise. `row` takes its place.
    std::uint32_t swap(const Key& key, std::uint32_t row, std::span<const Key> keys) noexcept {
        std::uint32_t& slot = rows_[key.low % size];
        const std::uint32_t before = slot == 0 ? npos : slot - 1;
        slot = row + 1;
        return before != npos && keys[before] == key ? before : npos;
    }
    /// `row` stays the one that stands for its key.
    void restore(const Key& key, std::uint32_t row) noexcept { rows_[key.low % size] = row + 1; }
    static constexpr std::uint32_t npos = UINT32_MAX;

  private:
    static constexpr std::size_t size = 4096;
    std::vector<std::uint32_t> rows_;
};

} // namespace ordermill::core
