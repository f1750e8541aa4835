// One order from a byte in orders.csv to a byte in clean.csv, hop by hop, as src/README.md tells it: "The
// journey of one order". Two workers in this process; what farm::run does with messages is done by hand.
#include "app/deal/scheduler.hpp"
#include "app/plan/plan.hpp"
#include "app/report/record_counts.hpp"
#include "app/work/worker.hpp"
#include "core/csv/csv.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace ordermill;

namespace {

constexpr std::string_view orders = "Order,Item,Price\n"
                                    "1001, Mug ,6.5\n"
                                    "1002,\"Tea, green\",4.50\n" // the order to follow
                                    "1003,Mug,free\n"
                                    "1004,Pot,12\n";
constexpr std::string_view job = "[fields]\n"
                                 "order = code \"Order\" | required\n"
                                 "item = text \"Item\" | required\n"
                                 "price = decimal \"Price\" | scale 2\n";
constexpr std::string_view its_line = "1002,\"Tea, green\",4.50\n";

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("the journey of one order") {
    const test::TemporaryFolder folder;
    folder.write("orders.csv", orders);
    folder.write("job.cfg", job);
    const std::uint64_t its_byte = orders.find("1002");

    // 1. Rank 0 plans; every rank compiles the plan.
    io::PipeInput pipe(-1);
    const app::Plan plan = app::make_plan({.job_path = folder / "job.cfg",
                                           .overrides = {},
                                           .inputs = {folder / "orders.csv"},
                                           .output = folder / "out",
                                           .chunk_size = 20,
                                           .workers = 2},
                                          pipe);
    const app::CompiledPlan compiled = app::compile_plan(plan);
    CHECK(plan.files.front().header == std::vector<std::string>{"Order", "Item", "Price"});
    io::prepare_folder(plan.output, false, {"clean.csv", "rejects.csv"});
    app::Scheduler scheduler(plan, compiled, pipe, 2);
    const std::string header = compiled.recipes.front().output_header();
    io::OutputFile(plan.output, "clean.csv").write_at(0, header);
    scheduler.set_headers(header, "", "");

    // 2. Rank 0 deals: the second chunk begins in the middle of a line.
    std::optional<cluster::Task> first = scheduler.next(1, true);
    std::optional<cluster::Task> second = scheduler.next(2, true);
    REQUIRE((first && second));
    const auto dealt = app::unpack<app::CleanTask>(second->head);
    CHECK(dealt.begin > its_byte);
    CHECK(orders[dealt.begin - 1] != '\n');
    CHECK_FALSE(dealt.known_start);

    // 3. A worker guesses where the first record of its chunk begins. 4. It finds the record and its fields.
    CHECK(core::guess_record_start(orders, dealt.begin, dealt.end, true, compiled.recipes.front().dialect(),
                                   3) == orders.find("1003"));
    core::RecordReader reader(compiled.recipes.front().dialect(), 3);
    reader.open(orders, its_byte, true);
    REQUIRE(reader.next() == core::RecordReader::Next::record);
    REQUIRE(reader.fields().size() == 3);
    CHECK(reader.fields()[1].view() == "Tea, green");

    // 5. to 7. It parses the fields to values, writes the record once to memory, and reports.
    app::Worker one(plan, compiled, {.workers = 2, .own_rank = 1}, nullptr);
    app::Worker two(plan, compiled, {.workers = 2, .own_rank = 2}, nullptr);
    const auto work = [](app::Worker& worker, const cluster::Task& task) { return worker.work(task, [] {}); };
    const cluster::Reply from_two = work(two, *second);
    const cluster::Reply from_one = work(one, *first);
    const auto cleaned = app::unpack<app::CleanReply>(from_one.head);
    CHECK(cleaned.accounts.clean.records == 2);
    CHECK(cleaned.next_record == orders.find("1003"));

    // 8. Rank 0 verifies in order: the second chunk waits for the first, then its records begin where those
    // end.
    scheduler.take(2, from_two);
    CHECK(scheduler.counts().records_accepted == 0);
    scheduler.take(1, from_one);
    CHECK(scheduler.counts().chunks_redone == 0);
    CHECK(scheduler.counts().records_accepted >= 2);

    // 9. Rank 0 places it behind the header; 10. the worker writes it there.
    std::optional<cluster::Task> write = scheduler.next(1, false);
    REQUIRE(write);
    REQUIRE(app::kind_of(write->head) == app::TaskKind::write);
    CHECK(app::unpack<app::WriteTask>(write->head).clean_at == header.size());
    scheduler.take(1, work(one, *write));
    CHECK(text_of(io::temporary_path(plan.output, "clean.csv")).find(its_line) ==
          header.size() + std::string_view("1001,Mug,6.50\n").size());

    // The other orders go the same way.
    while (!scheduler.finished()) {
        for (int rank : {1, 2}) {
            while (auto task = scheduler.next(rank, true))
                scheduler.take(rank, work(rank == 1 ? one : two, *task));
        }
    }

    // 11. Rank 0 accounts for every byte. 12. It commits: the outputs get their names.
    app::check_accounts(plan, scheduler);
    CHECK(app::count_records(scheduler.totals()).records == 4);
    CHECK(app::count_records(scheduler.totals()).rejected == 1);
    io::OutputFile(plan.output, "mark").write_at(0, "whole");
    io::commit(plan.output, {"clean.csv", "rejects.csv"}, "mark");
    CHECK(text_of(folder / "out/clean.csv") ==
          header + "1001,Mug,6.50\n" + std::string(its_line) + "1004,Pot,12.00\n");
}
