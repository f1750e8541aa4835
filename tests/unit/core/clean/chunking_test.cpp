// The same bytes wherever the input is cut, whatever comes back first, by reference and inline.
#include "support/catch.hpp"
#include "support/random_text.hpp"
#include "support/run_job.hpp"
#include "support/temporary.hpp"

#include <fmt/format.h>

#include <random>

using namespace ordermill;
using test::Outcome;
using test::Setting;

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

TEST_CASE("cut at every byte, the same records are parts of broken ones", "[chunking][property]") {
    const test::TemporaryFolder folder;
    std::mt19937_64 random(5);
    for (int round = 0; round < 12; ++round) {
        folder.write("job.cfg", std::string(job).replace(0, 8, "[input]\nafter_broken = flag\n"));
        std::string bytes = "id,text,amount\n";
        for (int i = 0; i < 25; ++i)
            bytes += random() % 3 == 0   ? fmt::format("{},\"x\n{},y\",{}\n", i, i, i)
                     : random() % 3 == 0 ? fmt::format("{},\"open,1\n", i)
                     : random() % 3 == 0 ? fmt::format("{},\"quoted\",1\n", i)
                                         : fmt::format("{},plain,1\n", i);
        folder.write("a.csv", bytes);
        const std::vector<std::string> inputs{folder / "a.csv"};
        const Outcome oracle = test::run_job(folder, inputs, {});
        INFO("round " << round << "\n" << bytes);
        REQUIRE(oracle.clean.find("record:AFTER_BROKEN") != std::string::npos);
        for (std::uint64_t size = 1; size < 300; size += 1 + size / 16) {
            INFO("chunk size " << size);
            REQUIRE(test::run_job(folder, inputs, {.chunk_size = size}) == oracle);
            const Setting farm{.chunk_size = size, .workers = 3, .seed = size};
            REQUIRE(test::run_job(folder, inputs, farm) == oracle);
        }
    }
}

TEST_CASE("cut at every byte, every chunk size gives the serial bytes", "[chunking][property]") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        std::mt19937_64 random(seed);
        INFO("seed " << seed);
        folder.write("a.csv", torture(random, 40, "id,text,amount\n"));
        folder.write("b.csv", torture(random, 15, "amount,text,id\r\n") + "9,no line end,7");
        const std::vector<std::string> inputs{folder / "a.csv", folder / "b.csv"};
        const Outcome oracle = test::run_job(folder, inputs, {});
        REQUIRE(oracle.clean.size() > 500);
        REQUIRE(oracle.rejects.size() > 500);
        for (std::uint64_t size = 1; size < 80; ++size) {
            INFO("chunk size " << size);
            REQUIRE(test::run_job(folder, inputs, {.chunk_size = size}) == oracle);
        }
        for (std::uint64_t size = 80; size < 4000; size += 97) {
            INFO("chunk size " << size);
            REQUIRE(test::run_job(folder, inputs, {.chunk_size = size}) == oracle);
            REQUIRE(test::run_job(folder, inputs, {.chunk_size = size, .inline_bytes = true}) == oracle);
        }
    }
}

TEST_CASE("replies in any order give the serial bytes", "[chunking][property]") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    std::mt19937_64 random(11);
    folder.write("a.csv", torture(random, 200, "id,text,amount\n"));
    const std::vector<std::string> inputs{folder / "a.csv"};
    const Outcome oracle = test::run_job(folder, inputs, {});
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const Setting setting{.chunk_size = 20 + random() % 500,
                              .inline_bytes = seed % 3 == 0,
                              .workers = 1 + static_cast<int>(random() % 6),
                              .seed = seed,
                              .blind = seed % 2 == 0};
        INFO("seed " << seed << ", chunk size " << setting.chunk_size << ", workers " << setting.workers);
        REQUIRE(test::run_job(folder, inputs, setting) == oracle);
    }
}

TEST_CASE("each part has the same bytes wherever the input is cut", "[chunking][property]") {
    const test::TemporaryFolder folder;
    folder.write("job.cfg", job);
    std::mt19937_64 random(23);
    folder.write("a.csv", torture(random, 150, "id,text,amount\n"));
    folder.write("b.csv", torture(random, 60, "text,id,amount\n"));
    const std::vector<std::string> inputs{folder / "a.csv", folder / "b.csv"};
    const Outcome whole = test::run_job(folder, inputs, {});
    for (const app::OutputParts parts : {app::OutputParts{.count = 2, .stripe = 1},
                                         {.count = 3, .stripe = 64},
                                         {.count = 5, .stripe = 777}}) {
        const Outcome oracle = test::run_job(folder, inputs, {.parts = parts});
        REQUIRE(oracle.clean.size() == whole.clean.size());
        REQUIRE(oracle.rejects == whole.rejects);
        for (const std::string& part : oracle.clean_parts) {
            CHECK(!part.empty());
            CHECK(part.size() < whole.clean.size() * 3 / 4);
        }
        for (std::uint64_t seed = 0; seed < 25; ++seed) {
            const Setting setting{.chunk_size = 20 + random() % 2000,
                                  .inline_bytes = seed % 3 == 0,
                                  .workers = static_cast<int>(random() % 5),
                                  .seed = seed,
                                  .blind = seed % 2 == 0,
                                  .parts = parts};
            INFO(parts.count << " parts, seed " << seed << ", chunk size " << setting.chunk_size
                             << ", workers " << setting.workers);
            if (setting.workers == 0 && setting.blind) continue;
            REQUIRE(test::run_job(folder, inputs, setting) == oracle);
        }
    }
}

namespace {

constexpr const char* short_job = R"([input]
comment = "#"
max_record = 200
after_broken = flag
FOOTER[output]
FLAGS[fields]
id = integer "id" | required
text = text "text" | collapse
)";

/// Lines of up to 20,000 bytes, hundreds of times the limit, with whatever else may be in them.
std::string long_lines(std::mt19937_64& random, bool footer) {
    std::string bytes = "id,text\n";
    const char* const line_ends[] = {"\n", "\r\n", "\n", "\r"};
    const std::string_view alphabets[] = {"z", "\"", "z\"", "z,\"\"\\", std::string_view("\0", 1)};
    for (int i = 0; i < 12; ++i) {
        const char* const end = line_ends[random() % 4];
        const std::size_t size = random() % 2 == 0 ? random() % 20'000 : random() % 420;
        const std::string filling = test::random_bytes(random, size, alphabets[random() % 5]);
        switch (random() % 6) {
        case 0: bytes += fmt::format("{},{}{}", i, filling, end); break;
        case 1: bytes += fmt::format("{},\"{}{}", i, filling, end); break;
        case 2: bytes += fmt::format("#{}{}", filling, end); break;
        case 3: bytes += fmt::format("{},\"two{}lines {}\"{}", i, end, filling, end); break;
        default: bytes += fmt::format("{},sound{}", i, end);
        }
    }
    return bytes + (footer ? "2 lines of\r\na footer" : "");
}

} // namespace

TEST_CASE("lines over the limit are passed over, wherever they are cut", "[chunking][property]") {
    const test::TemporaryFolder folder;
    for (std::uint64_t seed = 20; seed < 50; ++seed) {
        std::mt19937_64 random(seed);
        std::string text = short_job;
        const bool footer = seed % 3 == 0;
        text.replace(text.find("FOOTER"), 6, footer ? "footer_lines = 2\n" : "");
        text.replace(text.find("FLAGS"), 5, "provenance = line\n");
        folder.write("job.cfg", text);
        folder.write("a.csv", long_lines(random, footer));
        const std::vector<std::string> inputs{folder / "a.csv"};
        const Outcome file = test::run_job(folder, inputs, {});
        const Outcome pipe = test::run_job(folder, inputs, {.pipe = true});
        CHECK(file.clean == pipe.clean);
        CHECK(file.raw == pipe.raw);
        for (int round = 0; round < 12; ++round) {
            const Setting setting{.chunk_size = 1 + random() % (round % 2 == 0 ? 300 : 5000),
                                  .inline_bytes = random() % 2 == 0,
                                  .workers = static_cast<int>(random() % 5),
                                  .seed = seed,
                                  .lose = round % 4 == 3 ? 1 : 0,
                                  .blind = random() % 2 == 0,
                                  .pipe = random() % 2 == 0};
            if (setting.workers == 0 && setting.blind) continue;
            if (setting.workers < 2 && setting.lose > 0) continue;
            INFO("seed " << seed << ", chunk size " << setting.chunk_size << ", workers " << setting.workers
                         << (setting.pipe           ? ", pipe"
                             : setting.inline_bytes ? ", inline"
                                                    : ""));
            REQUIRE(test::run_job(folder, inputs, setting) == (setting.pipe ? pipe : file));
        }
    }
}
