#pragma once

#include "core/base/value.hpp"
#include "core/groups/keys.hpp"
#include "core/memory/buffer.hpp"

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Rules on whole orders. Pure: the lines of orders in, the broken rules of each line out, whatever order
/// they come in.
namespace ordermill::core {

/// One rule, compiled.
struct OrderRule {
    enum class Kind : std::uint8_t { same, unique, sum, lines, cancels, rejected_line };
    std::string name;
    Kind kind = Kind::same;
    std::vector<std::uint32_t> fields; ///< sum: the summed field and the one it must equal
    bool flags = false;                ///< a broken rule flags the order's lines; else it rejects them
    std::uint32_t word = 0;            ///< its first word of a line's
    std::uint64_t least = 0;           ///< lines
    std::uint64_t most = UINT64_MAX;
    // sum: both sides and the tolerance brought to one scale
    std::int64_t addend_factor = 1;
    std::int64_t target_factor = 1;
    std::int64_t tolerance = 0;
    std::string broken; ///< what is wrong, for the rejects: "its lines differ in customer_id"
};

/// At most 64: a line's broken rules are bits.
inline constexpr std::size_t most_order_rules = 64;

struct OrderRules {
    std::uint32_t id = 0; ///< field
    std::vector<OrderRule> rules;
    std::uint32_t words = 0;  ///< of 8 bytes that a line carries for the rules
    bool counts_lost = false; ///< a rule wants to know of rejected lines
    bool has_references = false;
    std::size_t line_bytes() const noexcept { return 24 + 8 * std::size_t{words}; }
};

/// A line as its order's owner knows it, with `words` values behind it. Sent and kept as these bytes.
struct OrderLine {
    Key order;
    std::uint32_t chunk = 0;
    std::uint32_t row = 0; ///< lost_row: a line that was rejected, of which only the order is known
    static constexpr std::uint32_t lost_row = UINT32_MAX;
};

/// A line's word for `same` and `unique`: a hash of the value, 0 when it is missing. For `sum`: the number's
/// units, no_amount when it is missing.
inline constexpr std::int64_t no_amount = INT64_MIN;

/// An order that names another one (`cancels`). Kept by the owner of `wanted`, and when that isn't there
/// reported to the owner of `order`.
struct OrderReference {
    Key wanted;
    Key order;
    std::uint64_t rule = 0;
};
struct BrokenReference {
    Key order;
    std::uint64_t rule = 0;
};

/// The rules that a line's order breaks.
struct OrderViolation {
    std::uint32_t chunk = 0;
    std::uint32_t row = 0;
    std::uint64_t broken = 0; ///< a bit by rule
};

/// What the rules came to; adds up over parts.
struct OrderCounts {
    struct Rule {
        std::uint64_t broken = 0;      ///< orders
        std::uint64_t not_applied = 0; ///< orders in which a value that the rule needs is missing
    };
    std::uint64_t orders = 0;
    std::vector<Rule> rules;
};

/// Those of the references whose order has no line among `lines`. Both are stored items of the same keys'
/// part.
std::vector<BrokenReference> broken_references(const OrderRules& rules, std::string_view lines,
                                               std::string_view references);

/// Judges the orders of one part of the keys: all lines and all broken references of an order are in one
/// call. Appends a violation for each line of an order that breaks a rule, in no particular order, and adds
/// to `counts`. Costs one probe a line and a sort of the lines by order.
void judge_orders(const OrderRules& rules, std::string_view lines, std::string_view broken,
                  std::vector<OrderViolation>& violations, OrderCounts& counts);

/// What a chunk's batch holds for the rules on whole orders, beside its rows.
struct OrderRows {
    std::vector<Key> keys;            ///< by row; no_key: not grouped
    std::vector<std::uint64_t> words; ///< by row, `words` each
    Buffer ids;                       ///< by row, as texts one after the other
    std::vector<std::uint32_t> id_ends;
    Buffer sources; ///< the rows' records as they came, one after the other
    struct Reference {
        Key wanted;
        std::uint32_t row;
        std::uint32_t rule;
    };
    std::vector<Reference> references;
    std::vector<Key> lost; ///< orders of rejected records
    struct Reject {        ///< where the next row of the rejects would stand, to put others before it
        std::uint64_t byte_position;
        std::size_t rejects_begin;
        std::size_t raw_begin;
    };
    std::vector<Reject> rejects;

    void clear() noexcept {
        keys.clear();
        words.clear();
        ids.clear();
        id_ends.clear();
        sources.clear();
        references.clear();
        lost.clear();
        rejects.clear();
    }
    std::string_view id(std::uint32_t row) const noexcept {
        const std::size_t begin = row == 0 ? 0 : id_ends[row - 1];
        return ids.view().substr(begin, id_ends[row] - begin);
    }
};

} // namespace ordermill::core
