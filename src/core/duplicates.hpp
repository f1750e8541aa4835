#pragma once

#include "core/keys.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

/// Which of the records with one key stays. Pure: contenders in, verdicts out, whatever order they come in.
namespace ordermill::core {

/// The most criteria that carry a value (`newest`, `largest`, `most_complete`); `first` and `last` need none.
inline constexpr std::size_t most_criteria = 3;

/// A record's place in the order of all records: (chunk, index in the chunk) sorts as (file, byte) does, for
/// any chunk size.
struct Ordinal {
    std::uint32_t chunk = 0;
    std::uint32_t index = 0;
    friend auto operator<=>(const Ordinal&, const Ordinal&) = default;
};

using Criteria = std::array<std::int64_t, most_criteria>; ///< larger wins; INT64_MIN: missing

/// The key of a record that takes part in no contest (`missing_equal = no`, and a value is missing).
inline constexpr Key no_key{};

/// One record as its key's owner knows it: 64 bytes, sent as they are between processes of one build.
struct Contender {
    Key key;
    Ordinal ordinal;
    std::uint32_t file = 0;
    std::uint32_t worker = 0; ///< who holds it
    std::uint64_t byte_position = 0;
    std::uint64_t line = 0;
    Criteria criteria{};
};

/// A record that gives way, and the one that stays.
struct Verdict {
    Ordinal loser;
    std::uint32_t worker = 0; ///< who holds the loser
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

/// The contenders for some partitions of the keys. Open addressing over 8-byte slots (32 bits of hash, 32 of
/// index), prefetched in batches; 64 bytes a distinct key and 16 a loser.
class ContestTable {
  public:
    /// `last_wins`: ties go to the later record.
    explicit ContestTable(bool last_wins = false) : last_wins_(last_wins) {}

    void add(std::span<const Contender> contenders);
    /// Every loser with the one that stays, in no particular order.
    std::vector<Verdict> verdicts() const;
    GroupSizes group_sizes() const;
    std::vector<LargeGroup> largest(std::size_t count) const;
    std::size_t keys() const noexcept { return best_.size(); }
    std::size_t memory() const noexcept;
    void clear();

  private:
    struct Loser {
        Ordinal ordinal;
        std::uint32_t group;
        std::uint32_t worker;
    };
    void add_one(const Contender& contender);
    bool beats(const Contender& one, const Contender& other) const noexcept;
    void grow();
    std::vector<std::uint64_t> losers_by_group() const;

    bool last_wins_;
    std::vector<std::uint64_t> slots_; ///< hash << 32 | (index + 1); 0: free
    std::vector<Contender> best_;
    std::vector<Loser> losers_;
};

} // namespace ordermill::core
