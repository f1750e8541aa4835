#pragma once

#include "core/base/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// A small table read once and known whole to every rank: keys of one or more columns, several typed columns.
/// Keys are compared as values of the key column's type: texts byte by byte, numbers in units of the key's
/// own scale, dates as days, timestamps as microseconds. Owns all its texts.
class LookupTable {
  public:
    struct Column {
        std::string name;
        ValueType type;
    };
    LookupTable(std::string name, std::vector<ValueType> keys, std::vector<Column> columns);

    /// Copies the row, one value a key column and one a column; a value that isn't present is kept as
    /// missing. False when the key is there already (a missing key column equals a missing one).
    bool add(std::span<const Value> keys, std::span<const Value> values);
    /// The row with these keys, or nothing; nothing, too, when one isn't present. Numbers are units of the
    /// key column's scale. Cost: one hash and, nearly always, one comparison; no allocation.
    std::optional<std::uint32_t> find(std::span<const Value> keys) const noexcept;
    /// Valid as long as the table.
    Value at(std::uint32_t row, std::size_t column) const noexcept {
        return cells_[row * width() + key_types_.size() + column];
    }

    const std::string& name() const noexcept { return name_; }
    std::span<const ValueType> key_types() const noexcept { return key_types_; }
    std::span<const Column> columns() const noexcept { return columns_; }
    std::size_t rows() const noexcept { return hashes_.size(); }
    /// Bytes it holds on each rank.
    std::size_t memory() const noexcept;

  private:
    static constexpr std::uint32_t empty = UINT32_MAX;

    std::size_t width() const noexcept { return key_types_.size() + columns_.size(); }
    std::uint64_t hash(std::span<const Value> keys) const noexcept;
    bool equal(std::uint32_t row, std::span<const Value> keys) const noexcept;
    /// The place in the index where the row stands, or would stand.
    std::size_t probe(std::uint64_t hash, std::span<const Value> keys) const noexcept;
    void double_index();
    Value own(const Value& value, Kind kind);

    std::string name_;
    std::vector<ValueType> key_types_;
    std::vector<Column> columns_;
    std::vector<Value> cells_;          ///< row by row: keys, then columns
    std::vector<std::uint64_t> hashes_; ///< of each row's keys
    std::vector<std::uint32_t> index_;  ///< rows by hash, open addressing, a power of two, at most half full
    std::vector<std::unique_ptr<char[]>> blocks_; ///< the texts, which never move
    std::size_t block_bytes_ = 0;                 ///< in all blocks
    std::size_t block_left_ = 0;                  ///< free at the end of the last one
    char* block_end_ = nullptr;
};

} // namespace ordermill::core
