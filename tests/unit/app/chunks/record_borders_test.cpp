#include "app/chunks/record_borders.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace ordermill;
using app::RecordBorders;
using Finding = RecordBorders::Finding;

namespace {

app::Plan two_files() {
    app::Plan plan;
    plan.files.resize(2);
    plan.files[0].path = "a.csv";
    plan.files[0].data_begin = 10;
    plan.files[0].lines_before = 1;
    plan.files[1].path = "b.csv";
    plan.files[1].data_begin = 7;
    plan.files[1].lines_before = 3;
    return plan;
}

app::CleanReply cleaned(std::uint64_t first, std::uint64_t next, std::uint64_t lines) {
    app::CleanReply reply;
    reply.first_record = first;
    reply.next_record = next;
    reply.accounts.lines = lines;
    return reply;
}

} // namespace

TEST_CASE("a chunk is judged by where the record before it ended") {
    const app::Plan plan = two_files();
    struct {
        std::uint64_t end, first;
        bool needs_more;
        Finding finding;
    } const cases[] = {
        {100, 10, false, Finding::right},       {100, 10, true, Finding::needs_more},
        {100, 11, false, Finding::wrong_start}, {100, 9, false, Finding::wrong_start},
        {100, 11, true, Finding::wrong_start},  {10, 10, false, Finding::covered},
        {11, 10, false, Finding::right},        {9, 12, true, Finding::covered},
    };
    for (const auto& one : cases) {
        INFO("end " << one.end << ", first record " << one.first);
        app::CleanReply reply = cleaned(one.first, 120, 4);
        reply.needs_more = one.needs_more;
        CHECK(RecordBorders(plan).examine(one.end, reply) == one.finding);
    }
}

TEST_CASE("offsets and lines are followed from chunk to chunk and from file to file") {
    const app::Plan plan = two_files();
    RecordBorders borders(plan);
    CHECK(borders.pass(cleaned(10, 50, 4)) == 2); // line 1 is the header
    CHECK(borders.expected() == 50);
    CHECK(borders.pass(cleaned(50, 90, 2)) == 6);
    CHECK(borders.file() == 0);
    borders.close_file(90);
    CHECK(borders.file() == 1);
    CHECK(borders.expected() == 7);
    CHECK(borders.pass(cleaned(7, 20, 1)) == 4);
    borders.close_file(20);
    CHECK(borders.file() == 2);
}

TEST_CASE("a file whose records don't add up to its bytes is found") {
    const app::Plan plan = two_files();
    RecordBorders borders(plan);
    borders.pass(cleaned(10, 50, 4));
    CHECK_THROWS_AS(borders.close_file(51), std::logic_error);
    CHECK_THROWS_AS(borders.close_file(49), std::logic_error);
}

TEST_CASE("a run that goes on begins where the earlier one stopped") {
    const app::Plan plan = two_files();
    RecordBorders borders(plan);
    borders.resume(1, 40, 12);
    CHECK(borders.file() == 1);
    CHECK(borders.examine(60, cleaned(40, 60, 2)) == Finding::right);
    CHECK(borders.pass(cleaned(40, 60, 2)) == 13);
}
