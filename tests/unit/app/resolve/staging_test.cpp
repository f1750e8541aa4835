#include "app/resolve/staging.hpp"

#include "support/catch.hpp"
#include "support/temporary.hpp"

using namespace ordermill;

namespace {

app::StagedChunk chunk_of(int number) {
    app::StagedChunk chunk;
    chunk.batch = std::make_unique<core::Batch>();
    core::Batch& batch = *chunk.batch;
    batch.clean.bytes.append("row " + std::to_string(number) + ",");
    batch.clean.mark_line(static_cast<std::uint64_t>(number));
    batch.clean.bytes.append("\n");
    batch.rejects.bytes.append("reject");
    batch.rejects_raw.append("raw");
    batch.rows.push_back({.clean_begin = 1, .byte_position = 2, .line = 3});
    batch.keys.push_back({4, 5});
    batch.criteria.push_back({6, 7, 8});
    batch.orders.keys.push_back({9, 10});
    batch.orders.words.push_back(11);
    batch.orders.ids.append("id");
    batch.orders.id_ends.push_back(2);
    batch.orders.sources.append("source");
    batch.orders.references.push_back({{12, 13}, 14, 15});
    batch.orders.lost.push_back({16, 17});
    batch.orders.rejects.push_back({18, 19, 20});
    chunk.base_line = 100;
    return chunk;
}

core::Buffer encoded(const core::Batch& batch) {
    core::Buffer out;
    batch.encode(out);
    return out;
}

} // namespace

TEST_CASE("chunks come back from scratch as they were", "[staging]") {
    const test::TemporaryFolder folder;
    io::ScratchFile scratch(folder / "");
    int recycled = 0;
    app::Staging staging(
        scratch, [](std::uint32_t) { return std::make_unique<core::Batch>(); },
        [&](std::unique_ptr<core::Batch>) { ++recycled; });
    for (int i = 0; i < 10; ++i) staging.put(static_cast<std::uint64_t>(i), chunk_of(i));
    const std::uint64_t all = staging.memory();
    CHECK(all > 0);
    staging.at(3).measured = app::MeasureReply{}; // about to be written
    staging.spill(all / 2);
    CHECK(staging.memory() <= all / 2);
    CHECK(staging.marks(0).batch != nullptr); // the oldest are needed first
    CHECK(staging.marks(9).batch == nullptr);
    staging.spill(0);
    CHECK(staging.marks(3).batch != nullptr);
    CHECK(recycled == 9);
    staging.marks(5).losses.push_back(
        {.row = 1, .section = 0, .kept_file = 0, .kept_byte_position = 0, .kept_line = 0});
    int visited = 0;
    staging.for_each([&](std::uint64_t id, app::StagedChunk& chunk) {
        CHECK(id == static_cast<std::uint64_t>(visited++));
        core::Buffer out;
        CHECK(chunk.batch->clean.render(chunk.base_line, out) ==
              "row " + std::to_string(id) + "," + std::to_string(100 + id) + "\n");
        CHECK(encoded(*chunk.batch).view() == encoded(*chunk_of(static_cast<int>(id)).batch).view());
    });
    CHECK(visited == 10);
    CHECK(staging.marks(5).batch == nullptr);
    CHECK(staging.marks(5).lost(1));
    CHECK_FALSE(staging.marks(5).lost(0));
    // What was written keeps its keys, whether in memory or on scratch.
    for (const std::uint64_t id : {std::uint64_t{3}, std::uint64_t{5}}) {
        staging.written(id, true);
        CHECK(staging.marks(id).written);
        CHECK(staging.at(id).batch->keys.size() == 1);
        CHECK(staging.at(id).batch->orders.lost.size() == 1);
    }
    CHECK(staging.at(3).batch->clean.bytes.empty());
    staging.written(6, false);
    CHECK_THROWS(staging.at(6));
    staging.discard(7);
    staging.discard(7);
    CHECK_THROWS(staging.at(7));
}
