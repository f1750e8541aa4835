#include "app/chunks/input_cutter.hpp"
#include "app/plan/plan.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <vector>

using namespace ordermill;
using app::ChunkSizes;
using app::CutRange;
using app::InputCutter;

namespace {

/// Three files of ten bytes of data, the second one without any, cut into chunks of four bytes.
struct Inputs {
    io::PipeInput pipe{-1};
    app::Plan plan;
    app::CompiledPlan compiled;
    ChunkSizes sizes{4, true, 2};

    Inputs() {
        plan.chunk_size = 4;
        plan.files.resize(3);
        const std::uint64_t ends[] = {15, 7, 12};
        const std::uint64_t begins[] = {5, 7, 2};
        for (std::size_t i = 0; i < 3; ++i) {
            plan.files[i].path = "f" + std::to_string(i);
            plan.files[i].data_begin = begins[i];
            plan.files[i].data_end = ends[i];
        }
    }
    std::vector<CutRange> all(InputCutter& cutter) const {
        std::vector<CutRange> ranges;
        while (const auto range = cutter.next(1, sizes, false)) ranges.push_back(*range);
        return ranges;
    }
};

struct Expected {
    std::uint32_t file;
    std::uint64_t begin, end;
    bool known_start;
};

void check(const std::vector<CutRange>& ranges, const std::vector<Expected>& expected) {
    REQUIRE(ranges.size() == expected.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        INFO("range " << i);
        CHECK(ranges[i].file == expected[i].file);
        CHECK(ranges[i].begin == expected[i].begin);
        CHECK(ranges[i].end == expected[i].end);
        CHECK(ranges[i].known_start == expected[i].known_start);
    }
}

} // namespace

TEST_CASE("inputs are cut from their first record to their end, files without data passed over") {
    const Inputs inputs;
    io::PipeInput pipe(-1);
    InputCutter cutter(inputs.plan, inputs.compiled, pipe);
    CHECK_FALSE(cutter.finished());
    check(inputs.all(cutter), {{0, 5, 9, true},
                               {0, 9, 13, false},
                               {0, 13, 15, false},
                               {2, 2, 6, true},
                               {2, 6, 10, false},
                               {2, 10, 12, false}});
    CHECK(cutter.finished());
    CHECK(cutter.data_end(0) == 15);
    CHECK(cutter.data_end(2) == 12);
}

TEST_CASE("a run that goes on cuts from the place where a record begins") {
    const Inputs inputs;
    io::PipeInput pipe(-1);
    InputCutter cutter(inputs.plan, inputs.compiled, pipe);
    SECTION("in the middle of the first file") {
        cutter.resume(0, 12);
        check(inputs.all(cutter),
              {{0, 12, 15, true}, {2, 2, 6, true}, {2, 6, 10, false}, {2, 10, 12, false}});
    }
    SECTION("in the last file") {
        cutter.resume(2, 9);
        check(inputs.all(cutter), {{2, 9, 12, true}});
    }
    SECTION("at the end of a file: the next one begins at a record, but not where that one ended") {
        cutter.resume(0, 15);
        check(inputs.all(cutter), {{2, 2, 6, true}, {2, 6, 10, false}, {2, 10, 12, false}});
    }
    SECTION("at the end of all") {
        cutter.resume(2, 12);
        check(inputs.all(cutter), {});
        CHECK(cutter.finished());
    }
}

TEST_CASE("ranges that are kept are cut as they were, and what is between them by size") {
    const Inputs inputs;
    io::PipeInput pipe(-1);
    InputCutter cutter(inputs.plan, inputs.compiled, pipe);
    cutter.resume(std::vector<app::SavedRange>{
        {.file = 0,
         .begin = 11,
         .end = 14,
         .place = {.generation = 3, .offset = 0, .size = 8, .rank = 1, .crc = 0}},
        {.file = 2,
         .begin = 2,
         .end = 12,
         .place = {.generation = 4, .offset = 0, .size = 9, .rank = 2, .crc = 0}}});
    const auto ranges = inputs.all(cutter);
    check(ranges,
          {{0, 5, 9, true}, {0, 9, 11, false}, {0, 11, 14, true}, {0, 14, 15, false}, {2, 2, 12, true}});
    CHECK(ranges[1].saved.size == 0);
    CHECK(ranges[2].saved.size == 8);
    CHECK(ranges[3].saved.size == 0);
    CHECK(ranges[4].saved.generation == 4);
}

TEST_CASE("no range goes beyond a stripe of the outputs' parts") {
    Inputs inputs;
    inputs.plan.parts = {.count = 2, .stripe = 6};
    InputCutter cutter(inputs.plan, inputs.compiled, inputs.pipe);
    check(inputs.all(cutter), {{0, 5, 6, true},
                               {0, 6, 10, false},
                               {0, 10, 12, false},
                               {0, 12, 15, false},
                               {2, 2, 6, true},
                               {2, 6, 10, false},
                               {2, 10, 12, false}});
}

TEST_CASE("nor does one after a range that an earlier run kept") {
    Inputs inputs;
    inputs.plan.parts = {.count = 2, .stripe = 6};
    InputCutter cutter(inputs.plan, inputs.compiled, inputs.pipe);
    cutter.resume(
        {{.file = 0, .begin = 5, .end = 7, .place = {.size = 1}}}); // its last record crosses the end
    check(inputs.all(cutter), {{0, 5, 7, true},
                               {0, 7, 11, false},
                               {0, 11, 12, false},
                               {0, 12, 15, false},
                               {2, 2, 6, true},
                               {2, 6, 10, false},
                               {2, 10, 12, false}});
}
