// The same bytes wherever the input is cut, whatever comes back first, by reference and inline.
#include "app/dealing.hpp"
#include "app/plan.hpp"
#include "app/report.hpp"
#include "app/worker.hpp"
#include "cluster/serial.hpp"
#include "io/input.hpp"
#include "io/output.hpp"

#include "support/catch.hpp"
#include "support/shuffled_farm.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <fstream>
#include <random>

using namespace ordermill;

namespace {

constexpr const char* job = R"([input]
comment = "#"
max_record = 200
footer_lines = 1
[output]
provenance = file, line
[fields]
id = integer "id" | required
text = text "text" | collapse
amount = decimal "amount" | scale 2 | min 0
)";

struct Outcome {
    std::string clean, rejects, raw, accounts;
    bool operator==(const Outcome&) const = default;
};

struct Setting {
    std::uint64_t chunk_size = 1 << 20;
    bool inline_bytes = false;
    int workers = 0; ///< 0: serial
    std::uint64_t seed = 0;
};

Outcome run(const test::TemporaryFolder& folder, const std::vector<std::string>& inputs, const Setting& setting) {
    io::PipeInput pipe(-1);
    app::PlanRequest request{.job_path = folder / "job.cfg", .overrides = {}, .inputs = inputs, .output = folder / "out",
                             .chunk_size = setting.chunk_size,
                             .transport = setting.inline_bytes ? app::Transport::inline_bytes : app::Transport::automatic,
                             .workers = std::max(1, setting.workers)};
    const app::Plan plan = app::make_plan(request, pipe);
    const app::Prepared prepared = app::prepare(plan);
    io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv"});
    app::Dealing dealing(plan, prepared, pipe, request.workers);
    dealing.set_headers("", "");
    if (setting.workers == 0) {
        app::Worker worker(plan, prepared);
        cluster::serial::run(dealing.dealer([] {}), [&](const cluster::Task& task, const cluster::Alive& alive) { return worker.work(task, alive); });
    } else {
        std::vector<app::Worker> workers;
        workers.reserve(static_cast<std::size_t>(setting.workers));
        for (int i = 0; i < setting.workers; ++i) workers.emplace_back(plan, prepared);
        std::mt19937_64 random(setting.seed);
        test::run_shuffled(dealing.dealer([] {}), workers, random);
    }
    app::check_accounts(plan, dealing.totals());
    const app::Totals& totals = dealing.totals();
    Outcome outcome;
    const auto slurp = [&](const std::string& name) {
        std::ifstream file(io::temporary_path(plan.output, name), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    outcome.clean = slurp("clean.csv");
    outcome.rejects = slurp("rejects.csv");
    for (const auto& [file, total] : totals.raw) {
        const std::string raw = slurp(app::raw_output_name(plan.files[file]));
        outcome.raw += raw.substr(plan.files[file].header_bytes.size()) + fmt::format("|{:08x}|", total.crc);
    }
    outcome.accounts = fmt::format("{} {:08x} {} {:08x} {}", totals.clean.bytes, totals.clean.crc, totals.rejects.bytes,
                                   totals.rejects.crc, totals.tally.encode());
    for (const core::Accounts& file : totals.files) {
        outcome.accounts += fmt::format(" {}/{}/{}/{}/{}", file.clean.records, file.rejected.records, file.blank.records, file.comment.records, file.lines);
    }
    CHECK(totals.clean.bytes == outcome.clean.size());
    std::filesystem::remove_all(plan.output);
    return outcome;
}

std::string torture(std::mt19937_64& random, int records, const char* header) {
    std::string bytes = header;
    const char* const line_ends[] = {"\n", "\r\n", "\n", "\r"};
    for (int i = 0; i < records; ++i) {
        const char* const end = line_ends[random() % 4];
        switch (random() % 16) {
        case 0: bytes += fmt::format("{},\"two{}lines, \"\"quoted\"\"\",3.5{}", i, end, end); break;
        case 1: bytes += fmt::format("{},\"open quote,4{}", i, end); break;
        case 2: bytes += fmt::format("{},\"stray\"x,4{}", i, end); break;
        case 3: bytes += fmt::format("{},too few{}", i, end); break;
        case 4: bytes += fmt::format("{},too,many,fields{}", i, end); break;
        case 5: bytes += fmt::format(" ,\"\",{}", end); break;
        case 6: bytes += fmt::format("# a comment with \" and ,{}", end); break;
        case 7: bytes += fmt::format("id,text,amount{}", end); break;
        case 8: bytes += fmt::format("{},{},1{}", i, std::string(random() % 300, 'z'), end); break;
        case 9: bytes += fmt::format("x{},bad number,-1{}", i, end); break;
        case 10: bytes += fmt::format("{},\"{}{}{}\",1{}", i, std::string(random() % 150, 'q'), end, std::string(random() % 150, 'r'), end); break;
        default: bytes += fmt::format("{},  plain   text ,{}.25{}", i, i, end);
        }
    }
    return bytes;
}

} // namespace

TEST_CASE("cut at every byte, every chunk size gives the serial bytes", "[chunking][property]") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        std::mt19937_64 random(seed);
        INFO("seed " << seed);
        folder.write("a.csv", torture(random, 40, "id,text,amount\n"));
        folder.write("b.csv", torture(random, 15, "amount,text,id\r\n") + "9,no line end,7");
        const std::vector<std::string> inputs{folder / "a.csv", folder / "b.csv"};
        const Outcome oracle = run(folder, inputs, {});
        REQUIRE(oracle.clean.size() > 500);
        REQUIRE(oracle.rejects.size() > 500);
        for (std::uint64_t size = 1; size < 80; ++size) {
            INFO("chunk size " << size);
            REQUIRE(run(folder, inputs, {.chunk_size = size}) == oracle);
        }
        for (std::uint64_t size = 80; size < 4000; size += 97) {
            INFO("chunk size " << size);
            REQUIRE(run(folder, inputs, {.chunk_size = size}) == oracle);
            REQUIRE(run(folder, inputs, {.chunk_size = size, .inline_bytes = true}) == oracle);
        }
    }
}

TEST_CASE("replies in any order give the serial bytes", "[chunking][property]") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    std::mt19937_64 random(11);
    folder.write("a.csv", torture(random, 200, "id,text,amount\n"));
    const std::vector<std::string> inputs{folder / "a.csv"};
    const Outcome oracle = run(folder, inputs, {});
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const Setting setting{.chunk_size = 20 + random() % 500, .inline_bytes = seed % 3 == 0,
                              .workers = 1 + static_cast<int>(random() % 6), .seed = seed};
        INFO("seed " << seed << ", chunk size " << setting.chunk_size << ", workers " << setting.workers);
        REQUIRE(run(folder, inputs, setting) == oracle);
    }
}
