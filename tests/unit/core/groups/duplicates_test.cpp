#include "core/groups/duplicates.hpp"
#include "core/groups/first_occurrence.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace ordermill::core;

namespace {

struct Entry {
    Candidate candidate;
    std::int64_t criterion = 0;
};

Entry entry(std::uint64_t key, std::uint32_t chunk, std::uint32_t row, std::int64_t criterion = 0) {
    Entry one;
    one.candidate.key = {key * 0x9E3779B97F4A7C15ULL, key};
    one.candidate.ordinal = {chunk, row};
    one.candidate.byte = row * 10;
    one.candidate.line = row;
    one.criterion = criterion;
    return one;
}

std::string stored(const std::vector<Entry>& entries) {
    std::string bytes;
    char item[Survivorship::stored_bytes(1)];
    for (const Entry& one : entries) {
        one.candidate.store(item);
        std::memcpy(item + Candidate::stored_bytes, &one.criterion, sizeof one.criterion);
        bytes.append(item, sizeof item);
    }
    return bytes;
}

ChunkPlaces places() {
    ChunkPlaces places;
    for (std::uint32_t chunk = 0; chunk < 100; ++chunk)
        places.push_back(
            {.worker = chunk % 3 + 1, .file = 0, .first_byte = chunk * 10'000ULL, .first_line = 1});
    return places;
}

std::uint64_t byte_position(const Entry& one) {
    return one.candidate.ordinal.chunk * 10'000ULL + one.candidate.byte;
}

/// For every key: sort, the first stays.
std::map<Ordinal, std::uint64_t> naive(std::vector<Entry> all, bool last_wins) {
    std::stable_sort(all.begin(), all.end(), [last_wins](const Entry& a, const Entry& b) {
        if (a.candidate.key.high != b.candidate.key.high) return a.candidate.key.high < b.candidate.key.high;
        if (a.criterion != b.criterion) return a.criterion > b.criterion;
        return last_wins ? a.candidate.ordinal > b.candidate.ordinal
                         : a.candidate.ordinal < b.candidate.ordinal;
    });
    std::map<Ordinal, std::uint64_t> losers;
    for (std::size_t i = 1, kept = 0; i < all.size(); ++i) {
        if (all[i].candidate.key != all[kept].candidate.key)
            kept = i;
        else
            losers[all[i].candidate.ordinal] = byte_position(all[kept]);
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
        std::vector<Entry> all;
        for (std::uint32_t i = 0; i < 4000; ++i) {
            // One key may be half of all records.
            const std::uint64_t key = random() % 2 == 0 && seed % 3 == 0 ? 7 : random() % distinct;
            all.push_back(entry(key, i / 100, i % 100, static_cast<std::int64_t>(random() % 3)));
        }
        const auto expected = naive(all, last_wins);
        std::shuffle(all.begin(), all.end(), random);
        Survivorship survivorship(1, last_wins);
        std::map<Ordinal, std::uint64_t> got;
        const ChunkPlaces where = places();
        survivorship.decide(stored(all), where, [&](const Superseded& verdict, std::uint32_t worker) {
            CHECK(worker == where[verdict.loser.chunk].worker);
            got[verdict.loser] = verdict.kept_byte_position;
        });
        REQUIRE(got == expected);
        std::uint64_t groups = 0;
        for (const auto& [size, count] : survivorship.sizes()) groups += count;
        REQUIRE(groups + expected.size() == all.size());
    }
}

TEST_CASE("decided in parts, a contest comes to the same", "[duplicates]") {
    std::mt19937_64 random(3);
    std::vector<Entry> all;
    for (std::uint32_t i = 0; i < 3000; ++i) all.push_back(entry(random() % 200, i / 100, i % 100));
    Survivorship whole(1, false);
    std::size_t losers = 0;
    const auto count = [&losers](const Superseded&, std::uint32_t) { ++losers; };
    whole.decide(stored(all), places(), count);
    const std::size_t in_one = std::exchange(losers, 0);
    Survivorship parts(1, false);
    for (std::uint64_t part = 0; part < 7; ++part) {
        std::vector<Entry> some;
        for (const Entry& one : all) {
            if (one.candidate.key.high % 7 == part) some.push_back(one);
        }
        parts.decide(stored(some), places(), count);
    }
    CHECK(losers == in_one);
    CHECK(parts.sizes() == whole.sizes());
    REQUIRE(parts.largest().size() == whole.largest().size());
    for (std::size_t i = 0; i < whole.largest().size(); ++i) {
        CHECK(parts.largest()[i].size == whole.largest()[i].size);
        CHECK(parts.largest()[i].byte_position == whole.largest()[i].byte_position);
    }
}

TEST_CASE("in order, first come is what a contest decides", "[duplicates][property]") {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 random(seed);
        const std::uint64_t distinct = seed % 5 == 0 ? 1 : seed % 5 == 1 ? 1'000'000 : 700;
        const ChunkPlaces where = places();
        std::vector<Entry> all;
        FirstOccurrence keys;
        if (seed % 3 == 0) keys.expect(random() % 5000);
        std::map<Ordinal, std::uint64_t> got;
        for (std::uint32_t chunk = 0; chunk < 100; ++chunk) {
            std::vector<FirstOccurrence::Claim> claims;
            const auto rows = static_cast<std::uint32_t>(random() % 90);
            for (std::uint32_t row = 0; row < rows; ++row) {
                Entry one = entry(random() % distinct, chunk, row);
                one.candidate.count =
                    static_cast<std::uint32_t>(random() % 30 == 0 ? 1 + random() % 1000 : 1);
                // Few hashes for many keys: they are told apart by the rest.
                if (seed % 4 == 0) one.candidate.key.low %= 16;
                all.push_back(one);
                claims.push_back({.key = one.candidate.key,
                                  .row = row,
                                  .byte = one.candidate.byte,
                                  .line = one.candidate.line,
                                  .count = one.candidate.count});
            }
            const std::string_view bytes(reinterpret_cast<const char*>(claims.data()),
                                         claims.size() * sizeof claims[0]);
            keys.decide(bytes, chunk,
                        [&](const FirstOccurrence::Claim& claim, const FirstOccurrence::Holder& holder) {
                            got[{chunk, claim.row}] = where[holder.chunk].first_byte + holder.byte;
                        });
        }
        Survivorship survivorship(1, false);
        std::map<Ordinal, std::uint64_t> expected;
        survivorship.decide(stored(all), where, [&](const Superseded& verdict, std::uint32_t) {
            expected[verdict.loser] = verdict.kept_byte_position;
        });
        REQUIRE(got == expected);
        REQUIRE(keys.sizes() == survivorship.sizes());
        std::uint64_t records = 0;
        for (const Entry& one : all) records += one.candidate.count;
        REQUIRE(keys.lost() + keys.keys() == records);
        const auto largest = keys.largest(where);
        REQUIRE(largest.size() == survivorship.largest().size());
        for (std::size_t i = 0; i < largest.size(); ++i) {
            REQUIRE(largest[i].size == survivorship.largest()[i].size);
            REQUIRE(largest[i].byte_position == survivorship.largest()[i].byte_position);
            REQUIRE(largest[i].line == survivorship.largest()[i].line);
        }
    }
}

TEST_CASE("keys with one hash are told apart", "[duplicates]") {
    const Entry one = entry(1, 0, 0);
    Entry other = entry(1, 0, 1);
    other.candidate.key.high ^= 1;
    Survivorship survivorship(1, false);
    int losers = 0;
    survivorship.decide(stored({one, other}), places(), [&](const Superseded&, std::uint32_t) { ++losers; });
    CHECK(losers == 0);
    CHECK(survivorship.sizes().at(1) == 2);
}

TEST_CASE("a contender counts for the records that it stands for", "[duplicates]") {
    Entry one = entry(5, 0, 0);
    one.candidate.count = 1000;
    Survivorship survivorship(1, false);
    survivorship.decide(stored({one, entry(5, 1, 0)}), places(), [](const Superseded&, std::uint32_t) {});
    CHECK(survivorship.sizes().at(1000) == 1);
    CHECK(survivorship.largest().front().size == 1001);
}

TEST_CASE("equal rows of a chunk are found before they are sent", "[duplicates]") {
    const std::vector<Key> keys{{1, 1}, {2, 2}, {1, 1}, {1 + 4096, 9}, {1, 1}};
    LocalGroups groups;
    groups.clear();
    CHECK(groups.swap(keys[0], 0, keys) == LocalGroups::npos);
    CHECK(groups.swap(keys[1], 1, keys) == LocalGroups::npos);
    CHECK(groups.swap(keys[2], 2, keys) == 0);
    groups.restore(keys[2], 0);
    CHECK(groups.swap(keys[3], 3, keys) == LocalGroups::npos); // the same slot, another key
    CHECK(groups.swap(keys[4], 4, keys) == LocalGroups::npos); // forgotten: decided by the owner
}

TEST_CASE("group sizes and the largest groups", "[duplicates]") {
    CHECK(size_class(1) == 1);
    CHECK(size_class(9) == 9);
    CHECK(size_class(10) == 10);
    CHECK(size_class(99) == 10);
    CHECK(size_class(100) == 100);
    std::vector<Entry> all;
    for (std::uint32_t key = 1; key <= 20; ++key) {
        for (std::uint32_t i = 0; i < key; ++i) all.push_back(entry(key, key, i));
    }
    Survivorship survivorship(1, false);
    survivorship.decide(stored(all), places(), [](const Superseded&, std::uint32_t) {});
    const auto largest = survivorship.largest();
    REQUIRE(largest.size() == Survivorship::largest_groups);
    CHECK(largest[0].size == 20);
    CHECK(largest[9].size == 11);
    CHECK(survivorship.sizes().at(10) == 11);
}

TEST_CASE("of many groups of one size, the largest are those that come first in the input", "[duplicates]") {
    const ChunkPlaces where = places();
    for (const bool backwards : {false, true}) {
        INFO((backwards ? "repeated last to first" : "repeated first to last"));
        constexpr std::uint32_t groups = 500; // many more than are compared at once
        FirstOccurrence keys;
        const auto claim = [&](std::uint32_t key, std::uint32_t chunk, std::uint32_t row) {
            const Entry one = entry(key + 1, chunk, row);
            const FirstOccurrence::Claim made{.key = one.candidate.key,
                                              .row = row,
                                              .byte = one.candidate.byte,
                                              .line = one.candidate.line,
                                              .count = 1};
            keys.decide({reinterpret_cast<const char*>(&made), sizeof made}, chunk,
                        [](const auto&, const auto&) {});
        };
        for (std::uint32_t key = 0; key < groups; ++key) claim(key, key / 100, key % 100);
        for (std::uint32_t i = 0; i < groups; ++i) claim(backwards ? groups - 1 - i : i, 9, i);
        const auto largest = keys.largest(where);
        REQUIRE(largest.size() == Survivorship::largest_groups);
        for (std::size_t i = 0; i < largest.size(); ++i) {
            CHECK(largest[i].size == 2);
            CHECK(largest[i].byte_position == i * 10);
        }
    }
}
