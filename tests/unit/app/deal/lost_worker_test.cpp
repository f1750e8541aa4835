#include "app/deal/lost_worker.hpp"
#include "support/catch.hpp"

using namespace ordermill;
using app::Chunk;
using app::Keeping;
using Stage = Chunk::Stage;

TEST_CASE("what goes with a lost worker") {
    struct {
        Keeping keeping;
        Stage stage;
        bool own, others;
    } const cases[] = {
        {Keeping::none, Stage::waiting, false, false},
        {Keeping::none, Stage::dealt, true, false},
        {Keeping::none, Stage::cleaned, true, false},
        {Keeping::none, Stage::accepted, true, false},
        {Keeping::none, Stage::measuring, true, false},
        {Keeping::none, Stage::writing, true, false},
        {Keeping::none, Stage::done, false, false},
        {Keeping::in_turn, Stage::waiting, false, false},
        {Keeping::in_turn, Stage::dealt, true, false},
        {Keeping::in_turn, Stage::published, true, false},
        {Keeping::in_turn, Stage::measured, true, false},
        {Keeping::in_turn, Stage::writing, true, true},
        {Keeping::in_turn, Stage::done, true, true},
        {Keeping::to_the_end, Stage::waiting, false, false},
        {Keeping::to_the_end, Stage::dealt, true, false},
        {Keeping::to_the_end, Stage::measured, true, false},
        {Keeping::to_the_end, Stage::writing, true, false},
        {Keeping::to_the_end, Stage::done, true, false},
    };
    for (const auto& one : cases) {
        INFO("keeping " << static_cast<int>(one.keeping) << ", stage " << static_cast<int>(one.stage));
        Chunk chunk;
        chunk.stage = one.stage;
        chunk.worker = 2;
        CHECK(app::lost_with(2, chunk, one.keeping) == one.own);
        CHECK(app::lost_with(1, chunk, one.keeping) == one.others);
        chunk.empty = true; // the chunk before it covers it
        CHECK_FALSE(app::lost_with(2, chunk, one.keeping));
        CHECK_FALSE(app::lost_with(1, chunk, one.keeping));
    }
}

TEST_CASE("the chunk that a lost worker was at is the oldest that it hadn't cleaned") {
    app::ChunkList chunks;
    const auto add = [&](int worker, Stage stage, std::uint64_t dealt_at) {
        Chunk& chunk = chunks.add();
        chunk.worker = worker;
        chunk.stage = stage;
        chunk.dealt_at = dealt_at;
    };
    add(1, Stage::cleaned, 1);
    add(2, Stage::dealt, 2);
    add(1, Stage::dealt, 7); // cleaned again, after chunk 3
    add(1, Stage::dealt, 5);
    add(1, Stage::waiting, 0);
    CHECK(app::in_work_at(1, chunks) == &chunks[3]);
    CHECK(app::in_work_at(2, chunks) == &chunks[1]);
    CHECK(app::in_work_at(3, chunks) == nullptr);
}

TEST_CASE("a chunk cleaned again must come out the same") {
    app::CleanReply before;
    before.first_record = 10;
    before.next_record = 90;
    before.accounts.clean.records = 4;
    before.clean.bytes = 70;
    CHECK(app::same_outcome(before, before));
    for (const auto change :
         {+[](app::CleanReply& of) { ++of.first_record; }, +[](app::CleanReply& of) { ++of.next_record; },
          +[](app::CleanReply& of) { ++of.accounts.clean.records; },
          +[](app::CleanReply& of) { ++of.clean.bytes; }}) {
        app::CleanReply again = before;
        change(again);
        CHECK_FALSE(app::same_outcome(before, again));
    }
}

TEST_CASE("chunks keep their numbers when older ones are dropped") {
    app::ChunkList chunks;
    CHECK(chunks.next() == 0);
    for (int i = 0; i < 3; ++i) chunks.add().end = static_cast<std::uint64_t>(10 * i);
    CHECK(chunks[2].id == 2);
    chunks.drop_first();
    CHECK(chunks.first() == 1);
    CHECK(chunks.next() == 3);
    CHECK(chunks[1].end == 10);
    CHECK(chunks.add().id == 3);
    CHECK_THROWS_AS(chunks[0], std::out_of_range);
    CHECK_THROWS_AS(chunks[4], std::out_of_range);
}
