#include "core/groups/orders.hpp"

#include "core/number/rational.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_set>

namespace ordermill::core {
namespace {

using Wide = Int128;

struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return static_cast<std::size_t>(key.low); }
};

template<class Item>
Item load(std::string_view items, std::size_t index, std::size_t stride = sizeof(Item)) noexcept {
    Item item;
    std::memcpy(&item, items.data() + index * stride, sizeof item);
    return item;
}

/// The lines of one part, sorted by order: those of one order stand together.
class SortedLines {
  public:
    SortedLines(const OrderRules& rules, std::string_view lines)
        : lines_(lines), stride_(rules.line_bytes()), sorted_(lines.size() / stride_) {
        std::iota(sorted_.begin(), sorted_.end(), 0U);
        std::sort(sorted_.begin(), sorted_.end(), [this](std::uint32_t a, std::uint32_t b) {
            const Key left = key(a);
            const Key right = key(b);
            return left.low != right.low ? left.low < right.low : left.high < right.high;
        });
    }
    std::size_t size() const noexcept { return sorted_.size(); }
    OrderLine line(std::size_t at) const noexcept { return load<OrderLine>(lines_, sorted_[at], stride_); }
    std::uint64_t word(std::size_t at, std::uint32_t word) const noexcept {
        std::uint64_t value;
        std::memcpy(&value, lines_.data() + sorted_[at] * stride_ + sizeof(OrderLine) + word * sizeof value,
                    sizeof value);
        return value;
    }

  private:
    Key key(std::uint32_t index) const noexcept { return load<Key>(lines_, index, stride_); }

    std::string_view lines_;
    std::size_t stride_;
    std::vector<std::uint32_t> sorted_;
};

enum class Finding : std::uint8_t { holds, broken, not_applied };

/// One order: its lines are [begin, end) of the sorted ones, without the lost.
class Order {
  public:
    Order(const SortedLines& lines, std::vector<std::size_t>& rows, std::uint64_t lost)
        : lines_(lines), rows_(rows), lost_(lost) {}

    Finding check(const OrderRule& rule) {
        switch (rule.kind) {
        case OrderRule::Kind::same: return same(rule);
        case OrderRule::Kind::unique: return unique(rule);
        case OrderRule::Kind::sum: return sum(rule);
        case OrderRule::Kind::lines:
            return rows_.size() < rule.least || rows_.size() > rule.most ? Finding::broken : Finding::holds;
        case OrderRule::Kind::rejected_line: return lost_ > 0 ? Finding::broken : Finding::holds;
        case OrderRule::Kind::cancels: break; // comes as a broken reference
        }
        return Finding::holds;
    }

  private:
    Finding same(const OrderRule& rule) const {
        bool missing = false;
        for (std::uint32_t field = 0; field < rule.fields.size(); ++field) {
            std::uint64_t first = 0;
            for (const std::size_t row : rows_) {
                const std::uint64_t value = lines_.word(row, rule.word + field);
                missing = missing || value == 0;
                if (first == 0) first = value;
                if (value != 0 && value != first) return Finding::broken;
            }
        }
        return missing ? Finding::not_applied : Finding::holds;
    }

    Finding unique(const OrderRule& rule) {
        values_.clear();
        for (const std::size_t row : rows_) values_.push_back(lines_.word(row, rule.word));
        std::sort(values_.begin(), values_.end());
        const auto present = std::upper_bound(values_.begin(), values_.end(), 0U);
        if (std::adjacent_find(present, values_.end()) != values_.end()) return Finding::broken;
        return present != values_.begin() ? Finding::not_applied : Finding::holds;
    }

    Finding sum(const OrderRule& rule) const {
        Wide total = 0; // at most 2^32 lines of 64 bits
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        std::int64_t most = no_amount;
        for (const std::size_t row : rows_) {
            const auto addend = static_cast<std::int64_t>(lines_.word(row, rule.word));
            const auto target = static_cast<std::int64_t>(lines_.word(row, rule.word + 1));
            if (addend == no_amount) return Finding::not_applied;
            total += addend;
            if (target == no_amount) continue;
            least = std::min(least, target);
            most = std::max(most, target);
        }
        if (most == no_amount) return Finding::not_applied;
        const auto off = [&](std::int64_t target) {
            Wide scaled;
            Wide difference;
            if (__builtin_mul_overflow(total, Wide{rule.addend_factor}, &scaled)) return true;
            if (__builtin_sub_overflow(scaled, Wide{target} * rule.target_factor, &difference)) return true;
            return difference > rule.tolerance || difference < -Wide{rule.tolerance};
        };
        return off(least) || off(most) ? Finding::broken : Finding::holds;
    }

    const SortedLines& lines_;
    std::vector<std::size_t>& rows_;
    std::uint64_t lost_;
    std::vector<std::uint64_t> values_;
};

/// By order, the rules whose references lead nowhere.
class Dangling {
  public:
    explicit Dangling(std::string_view broken) {
        for (std::size_t i = 0; i < broken.size() / sizeof(BrokenReference); ++i)
            all_.push_back(load<BrokenReference>(broken, i));
        std::sort(all_.begin(), all_.end(),
                  [](const BrokenReference& a, const BrokenReference& b) { return less(a.order, b.order); });
    }
    std::uint64_t rules_of(const Key& order) const noexcept {
        std::uint64_t bits = 0;
        auto one =
            std::lower_bound(all_.begin(), all_.end(), order,
                             [](const BrokenReference& a, const Key& key) { return less(a.order, key); });
        for (; one != all_.end() && one->order == order; ++one) bits |= std::uint64_t{1} << one->rule;
        return bits;
    }

  private:
    static bool less(const Key& a, const Key& b) noexcept {
        return a.low != b.low ? a.low < b.low : a.high < b.high;
    }
    std::vector<BrokenReference> all_;
};

} // namespace

std::vector<BrokenReference> broken_references(const OrderRules& rules, std::string_view lines,
                                               std::string_view references) {
    std::vector<BrokenReference> broken;
    if (references.empty()) return broken;
    std::unordered_set<Key, KeyHash> there;
    const std::size_t stride = rules.line_bytes();
    for (std::size_t i = 0; i < lines.size() / stride; ++i) {
        const auto line = load<OrderLine>(lines, i, stride);
        if (line.row != OrderLine::lost_row) there.insert(line.order);
    }
    for (std::size_t i = 0; i < references.size() / sizeof(OrderReference); ++i) {
        const auto reference = load<OrderReference>(references, i);
        if (!there.contains(reference.wanted)) broken.push_back({reference.order, reference.rule});
    }
    return broken;
}

void judge_orders(const OrderRules& rules, std::string_view lines, std::string_view broken,
                  std::vector<OrderViolation>& violations, OrderCounts& counts) {
    counts.rules.resize(rules.rules.size());
    const SortedLines sorted(rules, lines);
    const Dangling dangling(broken);
    std::vector<std::size_t> rows;
    for (std::size_t begin = 0; begin < sorted.size();) {
        const Key key = sorted.line(begin).order;
        rows.clear();
        std::size_t end = begin;
        for (; end < sorted.size() && sorted.line(end).order == key; ++end) {
            if (sorted.line(end).row != OrderLine::lost_row) rows.push_back(end);
        }
        const std::uint64_t lost = end - begin - rows.size();
        begin = end;
        if (rows.empty()) continue;
        ++counts.orders;
        Order order(sorted, rows, lost);
        std::uint64_t bits = dangling.rules_of(key);
        for (std::size_t i = 0; i < rules.rules.size(); ++i) {
            const Finding finding = order.check(rules.rules[i]);
            if (finding == Finding::broken) bits |= std::uint64_t{1} << i;
            if (finding == Finding::not_applied) ++counts.rules[i].not_applied;
            if ((bits >> i & 1) != 0) ++counts.rules[i].broken;
        }
        if (bits == 0) continue;
        for (const std::size_t row : rows) {
            const OrderLine line = sorted.line(row);
            violations.push_back({line.chunk, line.row, bits});
        }
    }
}

} // namespace ordermill::core
