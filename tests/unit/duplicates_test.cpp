#include "core/duplicates.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace ordermill::core;

namespace {

Contender contender(std::uint64_t key, std::uint32_t chunk, std::uint32_t index, std::int64_t criterion = 0) {
    Contender one;
    one.key = {key * 0x9E3779B97F4A7C15ULL, key};
    one.ordinal = {chunk, index};
    one.byte_position = chunk * 1000 + index;
    one.line = one.byte_position + 1;
    one.criteria[0] = criterion;
    return one;
}

/// For every key: sort, the first stays.
std::map<Ordinal, std::uint64_t> naive(std::vector<Contender> all, bool last_wins) {
    std::stable_sort(all.begin(), all.end(), [last_wins](const Contender& a, const Contender& b) {
        if (a.key.high != b.key.high) return a.key.high < b.key.high;
        if (a.criteria != b.criteria) return a.criteria > b.criteria;
        return last_wins ? a.ordinal > b.ordinal : a.ordinal < b.ordinal;
    });
    std::map<Ordinal, std::uint64_t> losers;
    for (std::size_t i = 1, kept = 0; i < all.size(); ++i) {
        if (all[i].key != all[kept].key)
            kept = i;
        else
            losers[all[i].ordinal] = all[kept].byte_position;
    }
    return losers;
}

} // namespace

TEST_CASE("the winner doesn't depend on the order of arrival", "[duplicates][property]") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        const bool last_wins = seed % 2 == 0;
        const std::uint64_t distinct = seed % 5 == 0 ? 1 : seed % 5 == 1 ? 1'000'000 : 50;
        std::vector<Contender> all;
        for (std::uint32_t i = 0; i < 4000; ++i) {
            // One key may be half of all records.
            const std::uint64_t key = random() % 2 == 0 && seed % 3 == 0 ? 7 : random() % distinct;
            all.push_back(contender(key, i / 100, i % 100, static_cast<std::int64_t>(random() % 3)));
        }
        const auto expected = naive(all, last_wins);
        std::shuffle(all.begin(), all.end(), random);
        ContestTable table(last_wins);
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t count = std::min<std::size_t>(1 + random() % 500, all.size() - at);
            table.add(std::span(all).subspan(at, count));
            at += count;
        }
        std::map<Ordinal, std::uint64_t> got;
        for (const Verdict& verdict : table.verdicts()) got[verdict.loser] = verdict.kept_byte_position;
        REQUIRE(got == expected);
        std::uint64_t groups = 0;
        for (const auto& [size, count] : table.group_sizes()) groups += count;
        REQUIRE(groups == table.keys());
        REQUIRE(table.keys() + expected.size() == all.size());
    }
}

TEST_CASE("keys with one hash are told apart", "[duplicates]") {
    Contender one = contender(1, 0, 0);
    Contender other = contender(1, 0, 1);
    other.key.high ^= 1;
    ContestTable table;
    table.add(std::vector{one, other});
    CHECK(table.keys() == 2);
    CHECK(table.verdicts().empty());
}

TEST_CASE("group sizes and the largest groups", "[duplicates]") {
    CHECK(size_class(1) == 1);
    CHECK(size_class(9) == 9);
    CHECK(size_class(10) == 10);
    CHECK(size_class(99) == 10);
    CHECK(size_class(100) == 100);
    ContestTable table;
    std::vector<Contender> all;
    for (std::uint32_t key = 1; key <= 20; ++key) {
        for (std::uint32_t i = 0; i < key; ++i) all.push_back(contender(key, key, i));
    }
    table.add(all);
    const auto largest = table.largest(3);
    REQUIRE(largest.size() == 3);
    CHECK(largest[0].size == 20);
    CHECK(largest[2].size == 18);
    CHECK(table.group_sizes().at(10) == 11);
}
