#include "core/clean/batch.hpp"

#include "support/catch.hpp"

#include <set>

using namespace ordermill::core;

namespace {

Batch batch_of(std::uint64_t copy) {
    Batch batch;
    batch.keys = {{1, 2}, {3, 4}, {1, 2}, no_key};
    batch.orders.keys = {{5, 6}, no_key};
    batch.orders.references = {{{5, 6}, 0, 0}};
    batch.orders.lost = {{5, 6}};
    if (copy > 0) batch.separate(copy);
    return batch;
}

} // namespace

TEST_CASE("copies: what is equal stays equal within one, and nothing is equal between two") {
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (std::uint64_t copy = 0; copy < 1000; ++copy) {
        INFO("copy " << copy);
        const Batch batch = batch_of(copy);
        CHECK(batch.keys[0] == batch.keys[2]);
        CHECK(batch.keys[3] == no_key);
        CHECK(batch.orders.keys[1] == no_key);
        CHECK(batch.orders.references[0].wanted == batch.orders.keys[0]);
        CHECK(batch.orders.lost[0] == batch.orders.keys[0]);
        for (const Key& key : {batch.keys[0], batch.keys[1], batch.orders.keys[0]})
            CHECK(seen.insert({key.low, key.high}).second);
    }
}
