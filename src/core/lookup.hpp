#pragma once

#include "core/value.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// A small table read once and known whole to every rank: keys of one or more columns (compared as text; a number as its canonical
/// decimal without trailing zeros, a date as ISO 8601), several typed columns.
class LookupTable {
  public:
    struct Column {
        std::string name;
        ValueType type;
    };
    LookupTable(std::string name, std::vector<ValueType> keys, std::vector<Column> columns);

    /// False when the key is there already.
    bool add(std::span<const Value> keys, std::span<const Value> values);
    /// The row, or nothing.
    std::optional<std::uint32_t> find(std::span<const Value> keys) const;
    Value at(std::uint32_t row, std::size_t column) const noexcept;

    const std::string& name() const noexcept { return name_; }
    std::span<const ValueType> key_types() const noexcept { return key_types_; }
    std::span<const Column> columns() const noexcept { return columns_; }
    std::size_t rows() const noexcept { return rows_; }
    /// Bytes it holds on each rank.
    std::size_t memory() const noexcept;

  private:
    std::string name_;
    std::vector<ValueType> key_types_;
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
    // The implementation's: values by row and column, text in one buffer, an open-addressing index over hashed keys.
    std::vector<Value> cells_;
    std::vector<std::uint32_t> index_;
    std::vector<std::uint64_t> hashes_;
    std::vector<std::string> key_texts_;
    std::vector<std::unique_ptr<std::string>> texts_;
};

} // namespace ordermill::core
