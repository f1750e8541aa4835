#include "app/chunks/output_placement.hpp"
#include "support/catch.hpp"

using namespace ordermill;
using app::OutputPlacement;

namespace {

app::Plan two_files() {
    app::Plan plan;
    plan.files.resize(2);
    plan.files[0].header_bytes = "id,text\n";
    plan.files[1].header_bytes = "id;text;more\n";
    return plan;
}

} // namespace

TEST_CASE("each chunk stands behind those before it") {
    const app::Plan plan = two_files();
    OutputPlacement placement(plan);
    placement.begin({.clean = 100, .rejects = 20, .duplicates = 30});
    const app::WriteTask first =
        placement.place(0, 0, {.clean = 1000, .rejects = 7, .raw = 5, .duplicates = 3});
    CHECK(first.clean_at == 100);
    CHECK(first.rejects_at == 20);
    CHECK(first.duplicates_at == 30);
    CHECK(first.raw_at == 8); // behind the file's header
    const app::WriteTask second = placement.place(0, 0, {.clean = 10, .raw = 2});
    CHECK(second.clean_at == 1100);
    CHECK(second.rejects_at == 27);
    CHECK(second.duplicates_at == 33);
    CHECK(second.raw_at == 13);
    const app::WriteTask third = placement.place(1, 0, {.raw = 1});
    CHECK(third.clean_at == 1110);
    CHECK(third.raw_at == 13); // its own file's header has 13 bytes
    CHECK(placement.place(0, 0, {.raw = 1}).raw_at == 15);
}

TEST_CASE("a chunk without raw rejects has no place among them") {
    const app::Plan plan = two_files();
    OutputPlacement placement(plan);
    CHECK(placement.place(1, 0, {.clean = 5}).raw_at == 0);
    CHECK(placement.place(1, 0, {.raw = 5}).raw_at == 13);
}

TEST_CASE("a run that goes on writes behind what was written") {
    const app::Plan plan = two_files();
    OutputPlacement placement(plan);
    app::Totals written;
    written.clean = {{.bytes = 500}};
    written.rejects.bytes = 60;
    written.duplicates.bytes = 70;
    written.raw[1].bytes = 44;
    placement.resume(written);
    const app::WriteTask task = placement.place(1, 0, {.clean = 1, .rejects = 1, .raw = 1, .duplicates = 1});
    CHECK(task.clean_at == 500);
    CHECK(task.rejects_at == 60);
    CHECK(task.duplicates_at == 70);
    CHECK(task.raw_at == 44);
    CHECK(placement.place(0, 0, {.raw = 1}).raw_at == 8);
}

TEST_CASE("a text with line numbers has a known length unless their digits change within it") {
    const app::LinedSize size{.bytes = 100, .holes = 3, .first_line = 0, .last_line = 5};
    struct {
        std::uint64_t base;
        std::optional<std::uint64_t> length;
    } const cases[] = {{1, 103},  {4, 103},  {5, std::nullopt}, {9, std::nullopt},
                       {10, 106}, {94, 106}, {95, std::nullopt}};
    for (const auto& one : cases) {
        INFO("first line " << one.base);
        CHECK(app::length_at(size, one.base) == one.length);
    }
    CHECK(app::length_at({.bytes = 100}, 9) == 100);
}

TEST_CASE("each part of the clean records has an end of its own") {
    app::Plan plan = two_files();
    plan.parts = {.count = 3, .stripe = 100};
    OutputPlacement placement(plan);
    placement.begin({.clean = 10, .rejects = 20});
    CHECK(placement.place(0, 2, {.clean = 5, .rejects = 1}).clean_at == 10);
    const app::WriteTask next = placement.place(0, 0, {.clean = 7, .rejects = 1});
    CHECK(next.part == 0);
    CHECK(next.clean_at == 10);
    CHECK(next.rejects_at == 21);
    CHECK(placement.place(1, 2, {.clean = 1}).clean_at == 15);
    CHECK(placement.place(1, 1, {.clean = 1}).clean_at == 10);

    app::Totals written;
    written.clean = {{.bytes = 100}, {.bytes = 200}, {.bytes = 300}};
    OutputPlacement resumed(plan);
    resumed.resume(written);
    CHECK(resumed.place(0, 1, {.clean = 1}).clean_at == 200);
    CHECK(resumed.place(0, 2, {.clean = 1}).clean_at == 300);
}
