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
    std::string clean, rejects, duplicates, raw, accounts;
    bool operator==(const Outcome&) const = default;
};

struct Setting {
    std::uint64_t chunk_size = 1 << 20;
    bool inline_bytes = false;
    int workers = 0; ///< 0: serial
    std::uint64_t seed = 0;
    std::uint64_t memory = UINT64_MAX;
};

Outcome run(const test::TemporaryFolder& folder, const std::vector<std::string>& inputs,
            const Setting& setting) {
    io::PipeInput pipe(-1);
    app::PlanRequest request{.job_path = folder / "job.cfg",
                             .overrides = {},
                             .inputs = inputs,
                             .output = folder / "out",
                             .chunk_size = setting.chunk_size,
                             .transport = setting.inline_bytes ? app::Transport::inline_bytes
                                                               : app::Transport::automatic,
                             .workers = std::max(1, setting.workers)};
    const app::Plan plan = app::make_plan(request, pipe);
    const app::Prepared prepared = app::prepare(plan);
    io::prepare_folder(plan.output, true, {"clean.csv", "rejects.csv", "duplicates.csv"});
    app::Dealing dealing(plan, prepared, pipe, request.workers);
    dealing.set_headers("", "", "");
    if (setting.workers == 0) {
        cluster::Peers peers;
        app::Worker worker(plan, prepared, {.memory = setting.memory}, &peers);
        const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
            return worker.work(task, alive);
        };
        cluster::serial::run(dealing.dealer([] {}), work, nullptr, &peers);
    } else {
        std::vector<cluster::Peers> peers(static_cast<std::size_t>(setting.workers));
        std::vector<std::unique_ptr<app::Worker>> workers;
        for (int i = 0; i < setting.workers; ++i) {
            const app::Worker::Place place{
                .workers = setting.workers, .own_rank = i + 1, .memory = setting.memory};
            workers.push_back(
                std::make_unique<app::Worker>(plan, prepared, place, &peers[static_cast<std::size_t>(i)]));
        }
        std::mt19937_64 random(setting.seed);
        test::run_shuffled(dealing.dealer([] {}), workers, peers, random);
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
    outcome.duplicates = slurp("duplicates.csv");
    for (const auto& [file, total] : totals.raw) {
        const std::string raw = slurp(app::raw_output_name(plan.files[file]));
        outcome.raw += raw.substr(plan.files[file].header_bytes.size()) + fmt::format("|{:08x}|", total.crc);
    }
    outcome.accounts = fmt::format("{} {:08x} {} {:08x} {} {:08x} {}", totals.clean.bytes, totals.clean.crc,
                                   totals.rejects.bytes, totals.rejects.crc, totals.duplicates.bytes,
                                   totals.duplicates.crc, totals.tally.encode());
    for (const auto& section : dealing.resolution().sections) {
        outcome.accounts += fmt::format(" losers {}", section.losers);
        for (const auto& [size, count] : section.sizes)
            outcome.accounts += fmt::format(" {}:{}", size, count);
        for (const auto& group : section.largest)
            outcome.accounts += fmt::format(" {}@{}:{}", group.size, group.line, group.byte_position);
    }
    for (const core::Accounts& file : totals.files) {
        outcome.accounts +=
            fmt::format(" {}/{}/{}/{}/{}/{}", file.clean.records, file.duplicates.records,
                        file.rejected.records, file.blank.records, file.comment.records, file.lines);
    }
    CHECK(totals.clean.bytes == outcome.clean.size());
    std::filesystem::remove_all(plan.output);
    return outcome;
}

/// Records with few distinct values, one of which is half of all.
std::string repetitive(std::mt19937_64& random, int records) {
    std::string bytes = "id,text,amount\n";
    for (int i = 0; i < records; ++i) {
        const std::uint64_t kind = random() % 2 == 0 ? 1 : random() % 20;
        bytes += fmt::format("{},{}text {}{},{}.5{}\n", kind, random() % 3 == 0 ? " " : "", kind % 7,
                             random() % 9 == 0 ? "\"" : "", random() % 3, random() % 2 == 0 ? "0" : "");
        if (random() % 30 == 0) bytes += "broken\n";
    }
    return bytes;
}

constexpr const char* contest_job = R"([output]
provenance = file, line
[fields]
id = integer "id" | required
text = text "text" | missing "text 3"
amount = decimal "amount" | scale 2
[duplicates.same]
key = all
[duplicates.id]
key = id, text
keep = largest(amount), last
missing_equal = no
)";

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
        case 10:
            bytes += fmt::format("{},\"{}{}{}\",1{}", i, std::string(random() % 150, 'q'), end,
                                 std::string(random() % 150, 'r'), end);
            break;
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
        const Setting setting{.chunk_size = 20 + random() % 500,
                              .inline_bytes = seed % 3 == 0,
                              .workers = 1 + static_cast<int>(random() % 6),
                              .seed = seed};
        INFO("seed " << seed << ", chunk size " << setting.chunk_size << ", workers " << setting.workers);
        REQUIRE(run(folder, inputs, setting) == oracle);
    }
}

namespace {

/// The two sections of contest_job over the clean rows of the same job without them, as naively as can be.
struct NaiveContest {
    std::vector<std::string> kept;
    std::size_t duplicates = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', at)) {
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

NaiveContest naive_contest(const std::vector<std::string>& rows) {
    struct Row {
        std::string whole, id, text, amount;
        std::string fields;
        bool out = false;
    };
    std::vector<Row> all;
    for (const std::string& row : rows) {
        // id,text,amount,file,line: no commas or line breaks inside in this test's data
        std::vector<std::string> cells;
        std::size_t at = 0;
        for (int i = 0; i < 3; ++i) {
            const std::size_t comma = row.find(',', at);
            cells.push_back(row.substr(at, comma - at));
            at = comma + 1;
        }
        all.push_back({row, cells[0], cells[1], cells[2], row.substr(0, at), false});
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (!all[j].out && all[j].fields == all[i].fields) all[i].out = true;
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].out || all[i].text.empty()) continue;
        for (std::size_t j = i + 1; j < all.size(); ++j) {
            if (all[j].out || all[j].id != all[i].id || all[j].text != all[i].text) continue;
            const double one = all[i].amount.empty() ? -1e300 : std::stod(all[i].amount);
            const double other = all[j].amount.empty() ? -1e300 : std::stod(all[j].amount);
            if (other >= one) {
                all[i].out = true; // the later one wins a tie
                break;
            }
            all[j].out = true;
        }
    }
    NaiveContest outcome;
    for (const Row& row : all) {
        if (row.out)
            ++outcome.duplicates;
        else
            outcome.kept.push_back(row.whole);
    }
    return outcome;
}

} // namespace

TEST_CASE("duplicates are the same for any chunks, workers and order of arrival",
          "[chunking][duplicates][property]") {
    const test::TemporaryFolder folder;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        std::mt19937_64 random(seed);
        folder.write("a.csv", repetitive(random, 150));
        folder.write("b.csv", repetitive(random, 60));
        const std::vector<std::string> inputs{folder / "a.csv", folder / "b.csv"};
        std::string without(contest_job);
        folder.write("job.cfg", without.substr(0, without.find("[duplicates.same]")));
        const NaiveContest expected = naive_contest(lines_of(run(folder, inputs, {}).clean));
        folder.write("job.cfg", contest_job);
        const Outcome oracle = run(folder, inputs, {});
        INFO("seed " << seed);
        REQUIRE(lines_of(oracle.clean) == expected.kept);
        REQUIRE(lines_of(oracle.duplicates).size() == expected.duplicates);
        for (int round = 0; round < 25; ++round) {
            const Setting setting{.chunk_size = 10 + random() % 600,
                                  .inline_bytes = round % 4 == 0,
                                  .workers = static_cast<int>(random() % 6),
                                  .seed = random(),
                                  .memory = round % 3 == 0 ? random() % 20'000 : UINT64_MAX};
            INFO("round " << round << ", chunk size " << setting.chunk_size << ", workers "
                          << setting.workers);
            REQUIRE(run(folder, inputs, setting) == oracle);
        }
    }
}
