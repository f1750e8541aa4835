#pragma once

#include "core/base/value.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ordermill::core {

/// 128 bits that stand for a record's key (XXH3). Two different keys fall together with a chance of n^2 /
/// 2^129 among n of them: 1.5e-15 at 10^12 records.
struct Key {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Key&, const Key&) = default;
};

/// The key of a record as it is written (`key = all`).
Key key_of_text(std::string_view row) noexcept;

/// Collects the values of a key's fields, so that equal values give equal keys whatever stands beside them;
/// reused from record to record.
class KeyBuilder {
  public:
    void clear() noexcept { bytes_.clear(); }
    /// Missing equals missing; a text that was kept after a fault equals the same text kept, and no typed
    /// value.
    void add(const Value& value, Kind kind);
    Key key() const noexcept { return key_of_text({bytes_.data(), bytes_.size()}); }

  private:
    std::vector<char> bytes_;
};

} // namespace ordermill::core
