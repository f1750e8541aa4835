// Lines over the length limit: their end is found in pieces, and is where reading them whole finds it.
#include "core/csv/csv.hpp"

#include "support/catch.hpp"
#include "support/naive_csv.hpp"
#include "support/random_text.hpp"

#include <algorithm>
#include <random>
#include <string>

using namespace ordermill;
using core::Dialect;
using core::LineEnd;
using core::Reason;
using core::RecordKind;
using core::RecordReader;

TEST_CASE("a line over the limit is one record, whatever quotes are in it", "[csv]") {
    const Dialect small{.comment = '#', .max_record = 8};
    struct Case {
        std::string record;
        RecordKind kind = RecordKind::data;
    };
    const Case cases[] = {
        {"1,23456789\n"},     {"1,2345678\r\n"},        {"\"a\"x345678\n"},
        {"\"never closed\n"}, {"\"a\"\"a\"\"a\"\"a\n"}, {"           \n"},
        {",,,,,,,,,,,\n"},    {"1,234567\r\n"},         {"#2345678\n", RecordKind::comment},
    };
    for (const Case& c : cases) {
        INFO(c.record);
        const std::string bytes = "1,2\n" + c.record + "3,4\n";
        RecordReader reader(small, 2);
        reader.open(bytes, 4, true);
        REQUIRE(reader.next() == RecordReader::Next::record);
        const core::Record& record = reader.record();
        CHECK(record.end == 4 + c.record.size());
        CHECK(record.content_end == 4 + c.record.find_first_of("\r\n"));
        CHECK(record.lines == 1);
        CHECK(record.long_line);
        CHECK(record.kind == c.kind);
        CHECK(record.fault == (c.kind == RecordKind::data ? Reason::record_too_long : Reason::none));
        REQUIRE(reader.next() == RecordReader::Next::record);
        CHECK(reader.fields()[1].view() == "4");
    }
}

namespace {

/// A random text of long lines, and the dialect to read it by.
std::string long_lines(std::mt19937_64& random, Dialect& dialect) {
    dialect.line_end = static_cast<LineEnd>(random() % 4);
    dialect.backslash = random() % 4 == 0;
    dialect.comment = random() % 2 == 0 ? '#' : '\0';
    dialect.max_record = 1 + random() % 1500;
    const std::string_view alphabets[] = {"ab,\"", "abc\\,\"\"", std::string_view("a\0\"", 3)};
    const std::string_view line_ends[] = {"\n", "\r\n", "\r", "\r\r\n", "\n\r"};
    std::string bytes;
    for (std::size_t lines = 1 + random() % 6; lines > 0; --lines) {
        if (random() % 4 == 0) bytes += '#';
        bytes += test::random_bytes(random, random() % 4000, alphabets[random() % 3]);
        bytes += line_ends[random() % 5];
    }
    return bytes;
}

/// The end of the line, of which the first bytes are known, in pieces of any size.
std::uint64_t find_in_pieces(std::mt19937_64& random, std::string_view bytes, std::size_t seen,
                             LineEnd line_end) {
    core::LineEndSearch search(line_end, seen - 1);
    for (;;) {
        const std::size_t begin = search.offset();
        const std::size_t size =
            std::min<std::size_t>(random() % 4 == 0 ? 1 : random() % 500, bytes.size() - begin);
        if (const auto end = search.next(bytes.substr(begin, size), begin + size == bytes.size()))
            return *end;
    }
}

} // namespace

TEST_CASE("a line over the limit ends where it ends, however little of it is seen", "[csv][property]") {
    std::mt19937_64 random(20261127);
    int endless = 0;
    for (int round = 0; round < 2000; ++round) {
        Dialect dialect;
        const std::string bytes = long_lines(random, dialect);
        const auto naive = test::NaiveCsv(bytes, dialect, 2).all();
        RecordReader whole(dialect, 2);
        whole.open(bytes, 0, true);
        for (std::size_t i = 0; i < naive.size(); ++i) {
            INFO("round " << round << ", record " << i << ", max_record " << dialect.max_record);
            REQUIRE(whole.next() == RecordReader::Next::record);
            const core::Record& expected = whole.record();
            REQUIRE(expected.end == naive[i].end);
            const std::size_t seen =
                std::min<std::size_t>(naive[i].begin + 1 + random() % 3000, bytes.size());
            RecordReader reader(dialect, 2);
            reader.open(std::string_view(bytes).substr(0, seen), naive[i].begin, seen == bytes.size());
            const RecordReader::Next next = reader.next();
            const core::Record& record = reader.record();
            if (next == RecordReader::Next::partial) {
                REQUIRE(seen <= naive[i].begin + std::max<std::size_t>(dialect.max_record, 1024) + 2);
                continue;
            }
            if (next == RecordReader::Next::endless) {
                ++endless;
                reader.end_at(find_in_pieces(random, bytes, seen, dialect.line_end));
                REQUIRE(record.content_end == record.begin + core::excerpt_bytes);
                REQUIRE(expected.content_end >= record.content_end);
            }
            REQUIRE(record.end == naive[i].end);
            REQUIRE(reader.position() == naive[i].end);
            REQUIRE(record.lines == naive[i].lines);
            REQUIRE(record.kind == naive[i].kind);
            REQUIRE(record.fault == expected.fault);
            REQUIRE(record.long_line == expected.long_line);
            REQUIRE(record.first_line_only == (naive[i].first_line_only && !record.long_line));
        }
    }
    CHECK(endless > 200);
}
