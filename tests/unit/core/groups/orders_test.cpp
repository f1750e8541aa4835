#include "core/groups/orders.hpp"

#include "support/catch.hpp"

#include <cstring>
#include <string>
#include <vector>

using namespace ordermill::core;

namespace {

Key key_of(std::uint64_t order) { return {order * 0x9E3779B97F4A7C15ULL, order}; }

struct Line {
    std::uint64_t order;
    std::vector<std::uint64_t> words;
    bool lost = false;
};

std::string stored(const std::vector<Line>& lines, std::uint32_t words) {
    std::string bytes;
    std::uint32_t row = 0;
    for (const Line& line : lines) {
        const OrderLine one{key_of(line.order), 0, line.lost ? OrderLine::lost_row : row};
        ++row;
        bytes.append(reinterpret_cast<const char*>(&one), sizeof one);
        std::vector<std::uint64_t> all = line.words;
        all.resize(words);
        bytes.append(reinterpret_cast<const char*>(all.data()), words * sizeof all[0]);
    }
    return bytes;
}

std::uint64_t amount(std::int64_t units) { return static_cast<std::uint64_t>(units); }

/// The broken bits of each line's order, by row.
std::vector<std::uint64_t> judge(const OrderRules& rules, const std::vector<Line>& lines, OrderCounts& counts,
                                 const std::string& broken = {}) {
    std::vector<OrderViolation> verdicts;
    judge_orders(rules, stored(lines, rules.words), broken, verdicts, counts);
    std::vector<std::uint64_t> bits(lines.size(), 0);
    for (const OrderViolation& verdict : verdicts) bits.at(verdict.row) = verdict.broken;
    return bits;
}

} // namespace

TEST_CASE("one rule, the lines of one order", "[orders]") {
    using Kind = OrderRule::Kind;
    constexpr std::uint64_t none = 0;
    const std::uint64_t no = amount(no_amount);
    struct Row {
        const char* what;
        Kind kind;
        std::vector<std::vector<std::uint64_t>> lines;
        bool broken;
        bool not_applied;
    };
    const Row rows[] = {
        {"equal values", Kind::same, {{5}, {5}}, false, false},
        {"two values", Kind::same, {{5}, {6}}, true, false},
        {"a missing value differs from none", Kind::same, {{5}, {none}, {5}}, false, true},
        {"but not from two", Kind::same, {{none}, {5}, {6}}, true, false},
        {"all missing", Kind::same, {{none}, {none}}, false, true},
        {"different values", Kind::unique, {{1}, {2}}, false, false},
        {"one twice", Kind::unique, {{1}, {2}, {1}}, true, false},
        {"missing twice", Kind::unique, {{none}, {2}, {none}}, false, true},
        {"the sum", Kind::sum, {{10, 300}, {20, 300}}, false, false},
        {"within the tolerance", Kind::sum, {{10, 295}, {20, 295}}, false, false},
        {"at its lower end", Kind::sum, {{10, 305}, {20, 305}}, false, false},
        {"beyond it", Kind::sum, {{10, 306}, {20, 306}}, true, false},
        {"below it", Kind::sum, {{10, 294}, {20, 294}}, true, false},
        {"a total on one line", Kind::sum, {{10, 300}, {20, no}}, false, false},
        {"two totals", Kind::sum, {{10, 300}, {20, 999}}, true, false},
        {"an amount is missing", Kind::sum, {{10, 1}, {no, 1}}, false, true},
        {"no total at all", Kind::sum, {{10, no}}, false, true},
        {"negative", Kind::sum, {{amount(-10), amount(-100)}}, false, false},
        {"beyond 64 bits", Kind::sum, {{amount(INT64_MAX), 1}, {amount(INT64_MAX), 1}}, true, false},
        {"too few", Kind::lines, {{}}, true, false},
        {"enough", Kind::lines, {{}, {}}, false, false},
        {"too many", Kind::lines, {{}, {}, {}, {}}, true, false},
    };
    for (const Row& row : rows) {
        INFO(row.what);
        OrderRules rules;
        rules.words = row.kind == Kind::sum ? 2 : 1;
        OrderRule rule;
        rule.kind = row.kind;
        rule.fields = {0};
        rule.least = 2;
        rule.most = 3;
        rule.addend_factor = 10;
        rule.tolerance = 5;
        rules.rules = {rule};
        std::vector<Line> lines;
        for (const auto& words : row.lines) lines.push_back({7, words});
        OrderCounts counts;
        const auto bits = judge(rules, lines, counts);
        for (const std::uint64_t bit : bits) CHECK(bit == (row.broken ? 1 : 0));
        CHECK(counts.orders == 1);
        CHECK(counts.rules.at(0).broken == (row.broken ? 1 : 0));
        CHECK(counts.rules.at(0).not_applied == (row.not_applied ? 1 : 0));
    }
}

TEST_CASE("orders are told apart, lost lines are counted, rules have bits of their own", "[orders]") {
    OrderRules rules;
    rules.words = 1;
    OrderRule same;
    same.kind = OrderRule::Kind::same;
    same.fields = {0};
    OrderRule lost;
    lost.kind = OrderRule::Kind::rejected_line;
    rules.rules = {same, lost};
    OrderCounts counts;
    const auto bits = judge(
        rules, {{1, {5}}, {2, {6}}, {1, {7}}, {2, {0}, true}, {3, {8}}, {4, {0}, true}, {2, {6}}}, counts);
    CHECK(bits == std::vector<std::uint64_t>{1, 2, 1, 0, 0, 0, 2});
    CHECK(counts.orders == 3); // order 4 has lost its only line
    CHECK(counts.rules[0].broken == 1);
    CHECK(counts.rules[1].broken == 1);
}

TEST_CASE("an order that names one which isn't there", "[orders]") {
    OrderRules rules;
    OrderRule cancels;
    cancels.kind = OrderRule::Kind::cancels;
    rules.rules = {cancels};
    const std::vector<Line> lines{{1, {}}, {2, {}}, {3, {}, true}};
    std::string references;
    const auto refer = [&](std::uint64_t wanted, std::uint64_t order) {
        const OrderReference one{key_of(wanted), key_of(order), 0};
        references.append(reinterpret_cast<const char*>(&one), sizeof one);
    };
    refer(1, 2);
    refer(3, 1); // all of order 3 was rejected
    refer(9, 9);
    const auto broken = broken_references(rules, stored(lines, 0), references);
    REQUIRE(broken.size() == 2);
    CHECK(broken[0].order == key_of(1));
    CHECK(broken[1].order == key_of(9));
    OrderCounts counts;
    const std::string dangling(reinterpret_cast<const char*>(broken.data()),
                               broken.size() * sizeof broken[0]);
    CHECK(judge(rules, lines, counts, dangling) == std::vector<std::uint64_t>{1, 0, 0});
    CHECK(counts.rules[0].broken == 1);
}
