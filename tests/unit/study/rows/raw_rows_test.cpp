#include "study/rows/raw_rows.hpp"

#include "study/rows/files.hpp"
#include "support/catch.hpp"
#include "support/temporary.hpp"

#include <random>

using namespace ordermill::study;
using ordermill::test::TemporaryFolder;

namespace {

RawRow sample_row() {
    RawRow row;
    row.study = "s1";
    row.ranks = 3;
    row.workers = 2;
    row.rank = 1;
    row.host = "node1";
    row.cpu_model = "A \"fast\" CPU, 2.5 GHz";
    row.cores = 2;
    row.date = "2026-11-23T08:00:00Z";
    row.version = "0.1.0";
    row.commit = "abc";
    row.work_records = 10;
    row.work_bytes = 1000;
    row.phase = Phase::clean;
    row.wall_s = 0.1;
    return row;
}

/// The text with the cell of a column replaced, in the first row.
std::string with_cell(std::string_view column, const std::string& value) {
    const std::string header = raw_header();
    std::vector<std::string> names(1);
    for (const char c : header.substr(0, header.size() - 1)) {
        if (c == ',')
            names.emplace_back();
        else
            names.back() += c;
    }
    std::string row = "s1,strong,3,2,0,1,worker,node1,cpu,2,2026-11-23T08:00:00Z,0.1.0,abc,10,1000,clean,0.1,"
                      "0,0,0,0,0,0,0,0,0,0,0,0,,,,,0,1,";
    std::string text = header;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::size_t end = std::min(row.find(',', begin), row.size());
        text += (i == 0 ? "" : ",") + (names[i] == column ? value : row.substr(begin, end - begin));
        begin = end + 1;
    }
    return text + "\n";
}

std::string refusal(const std::string& text) {
    try {
        parse_raw(text, "raw.csv");
    } catch (const RowError& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("raw rows: written and read again, they are the same", "[study]") {
    std::mt19937_64 random(7);
    std::vector<RawRow> rows;
    for (int i = 0; i < 500; ++i) {
        RawRow row = sample_row();
        row.mode = static_cast<Mode>(random() % 3);
        row.phase = static_cast<Phase>(random() % phase_count);
        row.role = static_cast<Role>(random() % 2);
        row.ranks = static_cast<int>(random() % 5000) + 2;
        row.workers = row.ranks - 1;
        row.rank = static_cast<int>(random() % static_cast<std::uint64_t>(row.ranks));
        row.wall_s = std::ldexp(static_cast<double>(random()), -static_cast<int>(random() % 90));
        row.user_s = row.wall_s / 3;
        row.bytes = random();
        row.peak_rss_bytes = random();
        row.cpu_s = row.wall_s / 7;
        row.involuntary_switches = random();
        row.command = "ordermill study \"a b.cfg\", twice";
        if (i % 7 == 0) row.host = "a\nb, \"c\"";
        rows.push_back(row);
    }
    CHECK(parse_raw(raw_header() + raw_text(rows), "raw.csv") == rows);
}

TEST_CASE("raw rows: the timeline too", "[study]") {
    TimelineRow row;
    row.study = "s1";
    row.ranks = 2;
    row.rank = 1;
    row.phase = Phase::exchange;
    row.begin_s = 0.25;
    row.end_s = 1.0 / 3;
    const std::vector<TimelineRow> rows{row, row};
    CHECK(parse_timeline(timeline_header() + timeline_text(rows), "t") == rows);
    row.end_s = 0.1;
    CHECK_THROWS_AS(parse_timeline(timeline_header() + timeline_text(std::span(&row, 1)), "t"), RowError);
}

TEST_CASE("raw rows: what can't be is refused, with its place", "[study]") {
    CHECK(refusal(with_cell("none", "")) == "accepted");
    struct Case {
        const char* column;
        const char* value;
        const char* said;
    };
    const Case cases[] = {
        {"phase", "cleen", "raw.csv:2: column phase: \"cleen\" is not a phase"},
        {"phase", "", "raw.csv:2: column phase: \"\" is not a phase"},
        {"mode", "Strong",
         "raw.csv:2: column mode: \"Strong\" is not strong, weak, burn, strong-ceiling or weak-ceiling"},
        {"role", "boss", "raw.csv:2: column role: \"boss\" is not producer or worker"},
        {"wall_s", "-1", "raw.csv:2: column wall_s: \"-1\" is not a number of seconds, 0 or more"},
        {"wall_s", "nan", "raw.csv:2: column wall_s: \"nan\" is not a number of seconds, 0 or more"},
        {"wall_s", "1s", "raw.csv:2: column wall_s: \"1s\" is not a number of seconds, 0 or more"},
        {"bytes", "1.5", "raw.csv:2: column bytes: \"1.5\" is not a whole number, 0 or more"},
        {"repeat", "-1", "raw.csv:2: column repeat: \"-1\" is not a whole number, 0 or more"},
        {"rank", "3", "raw.csv:2: column rank: rank 3 of 3"},
        {"workers", "4", "raw.csv:2: column workers: 4 workers among 3 ranks"},
        {"workers", "0", "raw.csv:2: column workers: 0 workers among 3 ranks"},
        {"cores", "0", "raw.csv:2: column cores: a host has one core at least"},
        {"study", "", "raw.csv:2: column study: empty"},
    };
    for (const Case& one : cases) {
        INFO(one.column << " = " << one.value);
        CHECK(refusal(with_cell(one.column, one.value)) == one.said);
    }
    CHECK(refusal("") == "raw.csv is empty");
    CHECK(refusal("a,b\n") == "raw.csv:1: column 1 is \"a\" instead of study");
    CHECK(refusal("study,mode\n") == "raw.csv:1: the header has no column ranks");
    std::string more = raw_header();
    more.insert(more.size() - 1, ",colour");
    CHECK(refusal(more) == "raw.csv:1: unknown column \"colour\"");
    CHECK(refusal(raw_header() + "s1,strong,3\n").starts_with("raw.csv line 2: too few fields"));
}

TEST_CASE("raw rows: files of version 0.1 are still read", "[study]") {
    const std::string text =
        "study,mode,ranks,workers,repeat,rank,role,host,cpu_model,cores,date,version,commit,work_records,"
        "work_bytes,phase,wall_s,user_s,system_s,bytes,records,chunks,peak_rss_bytes\n"
        "s1,strong,3,2,0,1,worker,node1,cpu,2,2026-11-23T08:00:00Z,0.1.0,abc,10,1000,clean,0.5,0.3,0.1,0,0,0,"
        "7\n";
    const std::vector<RawRow> rows = parse_raw(text, "raw.csv");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].cpu_s == 0.3 + 0.1);
    CHECK(rows[0].peak_rss_bytes == 7);
    CHECK(rows[0].parts == 1);
}

TEST_CASE("raw rows: a file grows, and only by rows of its own kind", "[study]") {
    const TemporaryFolder folder;
    const std::string path = folder / "raw.csv";
    const std::vector<RawRow> one{sample_row()};
    append_raw(path, one);
    append_raw(path, one);
    CHECK(folder.read("raw.csv") == raw_header() + raw_text(one) + raw_text(one));
    CHECK(read_raw(path).size() == 2);

    folder.write("other.csv", "a,b\n");
    CHECK_THROWS_AS(append_raw(folder / "other.csv", one), RowError);
    CHECK(folder.read("other.csv") == "a,b\n");
    folder.write("cut.csv", raw_header() + "s1,str");
    CHECK_THROWS_AS(append_raw(folder / "cut.csv", one), RowError);
    CHECK_THROWS_AS(read_raw(folder / "none.csv"), FileError);
    CHECK_THROWS_AS(append_raw(folder / "none/raw.csv", one), FileError);
}
