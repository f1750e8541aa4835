#include "core/field/lookup.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ordermill::core {
namespace {

constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t first_index_size = 16;

bool present(const Value& value) noexcept { return value.state == State::present; }

} // namespace

LookupTable::LookupTable(std::string name, std::vector<ValueType> keys, std::vector<Column> columns)
    : name_(std::move(name)), key_types_(std::move(keys)), columns_(std::move(columns)),
      index_(first_index_size, empty) {}

std::uint64_t LookupTable::hash(std::span<const Value> keys) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!present(keys[i])) {
            sum = XXH3_64bits_withSeed(nullptr, 0, sum + 1);
        } else if (key_types_[i].kind == Kind::text) {
            sum = XXH3_64bits_withSeed(keys[i].data, keys[i].size, sum);
        } else {
            sum = XXH3_64bits_withSeed(&keys[i].number, sizeof keys[i].number, sum);
        }
    }
    return sum;
}

bool LookupTable::equal(std::uint32_t row, std::span<const Value> keys) const noexcept {
    const Value* const cells = cells_.data() + row * width();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (present(cells[i]) != present(keys[i])) return false;
        if (!present(keys[i])) continue;
        const bool same = key_types_[i].kind == Kind::text ? cells[i].text() == keys[i].text()
                                                           : cells[i].number == keys[i].number;
        if (!same) return false;
    }
    return true;
}

std::size_t LookupTable::probe(std::uint64_t wanted, std::span<const Value> keys) const noexcept {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t at = wanted & mask;; at = (at + 1) & mask) {
        const std::uint32_t row = index_[at];
        if (row == empty || (hashes_[row] == wanted && equal(row, keys))) return at;
    }
}

void LookupTable::double_index() {
    index_.assign(index_.size() * 2, empty);
    const std::size_t mask = index_.size() - 1;
    for (std::uint32_t row = 0; row < hashes_.size(); ++row) {
        std::size_t at = hashes_[row] & mask;
        while (index_[at] != empty) at = (at + 1) & mask;
        index_[at] = row;
    }
}

Value LookupTable::own(const Value& value, Kind kind) {
    Value copy;
    if (!present(value)) return copy;
    if (kind != Kind::text) {
        copy.set_number(value.number);
        return copy;
    }
    if (value.size > block_left_) {
        block_left_ = std::max<std::size_t>(block_size, value.size);
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_left_));
        block_end_ = blocks_.back().get();
        block_bytes_ += block_left_;
    }
    if (value.size > 0) std::memcpy(block_end_, value.data, value.size);
    copy.set_text({block_end_, value.size});
    block_end_ += value.size;
    block_left_ -= value.size;
    return copy;
}

bool LookupTable::add(std::span<const Value> keys, std::span<const Value> values) {
    if (rows() + 1 >= empty) throw std::length_error("the look-up " + name_ + " has too many rows");
    const std::uint64_t key_hash = hash(keys);
    std::size_t at = probe(key_hash, keys);
    if (index_[at] != empty) return false;
    if ((rows() + 1) * 2 > index_.size()) {
        double_index();
        at = probe(key_hash, keys);
    }
    index_[at] = static_cast<std::uint32_t>(rows());
    hashes_.push_back(key_hash);
    for (std::size_t i = 0; i < keys.size(); ++i) cells_.push_back(own(keys[i], key_types_[i].kind));
    for (std::size_t i = 0; i < values.size(); ++i) cells_.push_back(own(values[i], columns_[i].type.kind));
    return true;
}

std::optional<std::uint32_t> LookupTable::find(std::span<const Value> keys) const noexcept {
    if (!std::all_of(keys.begin(), keys.end(), present)) return std::nullopt;
    const std::uint32_t row = index_[probe(hash(keys), keys)];
    if (row == empty) return std::nullopt;
    return row;
}

std::size_t LookupTable::memory() const noexcept {
    return sizeof *this + block_bytes_ + blocks_.capacity() * sizeof(blocks_[0]) +
           cells_.capacity() * sizeof(Value) + hashes_.capacity() * sizeof(std::uint64_t) +
           index_.capacity() * sizeof(std::uint32_t);
}

} // namespace ordermill::core
