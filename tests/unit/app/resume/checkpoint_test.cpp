// What a journal says comes back as it was, and two runs of different things are told apart.
#include "app/resume/checkpoint.hpp"

#include "support/catch.hpp"
#include "support/two_files.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace ordermill;
using Json = nlohmann::json;

namespace {

struct Shop : test::TwoFiles {
    Shop()
        : test::TwoFiles("[fields]\nid = code | required\nprice = decimal | scale 2\n", "id,price\n1,2\n",
                         "id,price\n3,4\n") {}
    std::string identity() {
        plan_again();
        return app::identity_of(plan, compiled);
    }
};

app::SavedRange saved_range(std::uint32_t number) {
    return {.file = number,
            .begin = number + 1,
            .end = number + 2,
            .place = {.generation = number + 3,
                      .offset = number + 4,
                      .size = number + 5,
                      .rank = static_cast<std::int32_t>(number + 6),
                      .crc = number + 7}};
}

std::vector<std::uint64_t> numbers(const app::SavedRange& range) {
    return {range.file,
            range.begin,
            range.end,
            range.place.generation,
            range.place.offset,
            range.place.size,
            static_cast<std::uint64_t>(range.place.rank),
            range.place.crc};
}

} // namespace

TEST_CASE("checkpoint: every number comes back") {
    const Shop shop;
    const app::CompiledPlan& compiled = shop.compiled;
    app::Checkpoint point;
    point.file = 1;
    point.offset = (std::uint64_t{1} << 53) + 1; // no double has it
    point.line = UINT64_MAX;
    point.totals.records_read = 77;
    std::uint64_t next = 100;
    for (int file = 0; file < 2; ++file) {
        core::Accounts accounts;
        for (core::Accounts::Share* share :
             {&accounts.clean, &accounts.rejected, &accounts.duplicates, &accounts.blank,
              &accounts.repeated_header, &accounts.comment, &accounts.dropped})
            *share = {.records = next++, .bytes = next++};
        accounts.lines = next++;
        point.totals.files.push_back(accounts);
    }
    point.totals.tally = core::Tally(compiled.recipes.front().shape());
    const std::size_t last = point.totals.tally.size() - 1;
    point.totals.tally.add(0, 5);
    point.totals.tally.add(last, 6);
    point.totals.clean = {{.bytes = next++, .crc = 0xFFFFFFFF}, {.bytes = 17, .crc = 4}};
    point.totals.rejects = {.bytes = next++, .crc = 2};
    point.totals.duplicates = {.bytes = next++, .crc = 3};
    point.totals.raw = {{0, {.bytes = next++, .crc = 4}}, {1, {.bytes = next++, .crc = 5}}};

    const app::Checkpoint back = app::Checkpoint::decode(point.encode(), compiled);
    CHECK(back.encode() == point.encode());
    CHECK(back.file == 1);
    CHECK(back.offset == point.offset);
    CHECK(back.line == UINT64_MAX);
    CHECK(back.totals.records_read == 77);
    REQUIRE(back.totals.files.size() == 2);
    CHECK(back.totals.data_ends.size() == 2);
    CHECK(back.totals.files[0].clean.records == 100);
    CHECK(back.totals.files[0].dropped.bytes == 113);
    CHECK(back.totals.files[0].lines == 114);
    CHECK(back.totals.files[1].rejected.records == 117);
    CHECK(back.totals.tally[0] == 5);
    CHECK(back.totals.tally[1] == 0);
    CHECK(back.totals.tally[last] == 6);
    REQUIRE(back.totals.clean.size() == 2);
    CHECK(back.totals.clean[0].crc == 0xFFFFFFFF);
    CHECK(back.totals.clean[1].bytes == 17);
    CHECK(back.totals.rejects.bytes == point.totals.rejects.bytes);
    CHECK(back.totals.duplicates.crc == 3);
    REQUIRE(back.totals.raw.size() == 2);
    CHECK(back.totals.raw.at(1).bytes == point.totals.raw.at(1).bytes);
    CHECK(back.totals.raw.at(1).crc == 5);
}

TEST_CASE("checkpoint: a counter that the job doesn't have is an error") {
    const Shop shop;
    const app::CompiledPlan& compiled = shop.compiled;
    const std::size_t counters = compiled.recipes.front().shape().size();
    app::Checkpoint point;
    point.totals.tally = core::Tally(compiled.recipes.front().shape());
    Json json = Json::parse(point.encode());
    json["tally"] = {counters - 1, 1};
    CHECK(app::Checkpoint::decode(json.dump(), compiled).totals.tally[counters - 1] == 1);
    json["tally"] = {counters, 1};
    CHECK_THROWS_AS(app::Checkpoint::decode(json.dump(), compiled), std::runtime_error);
}

TEST_CASE("journal entries: the last checkpoint counts, saved ranges add up") {
    const app::JournalEntries none = app::read_entries({});
    CHECK(none.identity.empty());
    CHECK(none.checkpoint.empty());
    CHECK(none.commit.empty());
    CHECK(none.saved.empty());
    const app::JournalEntries entries = app::read_entries(
        {app::identity_entry("who"), app::checkpoint_entry("first"),
         app::saved_entry({saved_range(10), saved_range(20)}), app::saved_entry({}),
         app::checkpoint_entry("second"), app::saved_entry({saved_range(30)}), app::commit_entry("names")});
    CHECK(entries.identity == "who");
    CHECK(entries.checkpoint == "second");
    CHECK(entries.commit == "names");
    REQUIRE(entries.saved.size() == 3);
    CHECK(numbers(entries.saved[0]) == numbers(saved_range(10)));
    CHECK(numbers(entries.saved[1]) == numbers(saved_range(20)));
    CHECK(numbers(entries.saved[2]) == numbers(saved_range(30)));
}

TEST_CASE("identity: the same for the same run, another one for another job, input or name") {
    struct Case {
        const char* what;
        std::function<void(Shop&)> change;
        const char* says; ///< empty: no difference
    };
    const auto minute = std::chrono::minutes(1);
    const Case cases[] = {
        {"nothing", [](Shop&) {}, ""},
        {"the output folder", [](Shop& s) { s.request.output = s.folder / "other"; }, ""},
        {"chunks, transport, memory",
         [](Shop& s) {
             s.request.chunk_size = 1;
             s.request.transport = app::Transport::inline_bytes;
             s.request.memory = 1;
             s.request.workers = 9;
         },
         ""},
        {"an override", [](Shop& s) { s.request.overrides = {"input.missing=x"}; },
         "the job file, a --set or a file that the job names has changed"},
        {"the number of parts", [](Shop& s) { s.request.overrides = {"output.parts=2"}; },
         "the job file, a --set or a file that the job names has changed"},
        {"an output's name", [](Shop& s) { s.request.overrides = {"output.clean=c.csv"}; },
         "the job file, a --set or a file that the job names has changed"},
        {"the job's text", [](Shop& s) { s.folder.write("job.cfg", "[fields]\nid = code\n"); },
         "the job file, a --set or a file that the job names has changed"},
        {"an input fewer", [](Shop& s) { s.request.inputs.pop_back(); },
         "its number of inputs was 2, but this run's is 1"},
        {"inputs the other way round", [](Shop& s) { std::swap(s.request.inputs[0], s.request.inputs[1]); },
         "its input was @a.csv, but this run's is @b.csv"},
        {"an input that grew", [](Shop& s) { s.folder.write("b.csv", "id,price\n3,4\n5,6\n"); },
         "the input @b.csv had 13 bytes, but has 17 now"},
        {"an input touched",
         [&](Shop& s) {
             const std::string path = s.folder / "b.csv";
             std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + minute);
         },
         "the input @b.csv has changed since then"},
    };
    for (const Case& c : cases) {
        INFO(c.what);
        Shop shop;
        const std::string before = shop.identity();
        c.change(shop);
        std::string said = app::difference(before, shop.identity());
        const std::string prefix = shop.folder / "";
        for (std::size_t at = 0; (at = said.find(prefix, at)) != std::string::npos;)
            said.replace(at, prefix.size(), "@");
        CHECK(said == c.says);
    }
}

TEST_CASE("identity: another version, other outputs, another sampled content") {
    Shop shop;
    const std::string own = shop.identity();
    Json older = Json::parse(own);
    older["version"] = "ordermill 0.0";
    CHECK(app::difference(older.dump(), own).starts_with("it was started by ordermill 0.0, but this is "));
    Json renamed = Json::parse(own);
    renamed["outputs"][0] = "other.csv";
    CHECK(app::difference(renamed.dump(), own) ==
          "the job file, a --set or a file that the job names has changed");
    Json changed = Json::parse(own);
    changed["content"][1] = 12345;
    CHECK(app::difference(changed.dump(), own) == "the content of the inputs has changed");
}
