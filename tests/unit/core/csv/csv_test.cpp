#include "core/csv/csv.hpp"

#include "support/catch.hpp"
#include "support/naive_csv.hpp"
#include "support/random_text.hpp"

#include <fmt/format.h>

#include <random>
#include <string>

using namespace ordermill;
using core::Dialect;
using core::LineEnd;
using core::Reason;
using core::RecordKind;
using core::RecordReader;

namespace {

struct Read {
    std::vector<std::vector<std::string>> rows; ///< of records without a fault
    std::vector<Reason> faults;                 ///< of every record that isn't blank or a comment
    std::vector<std::uint32_t> lines;
    std::vector<std::pair<std::size_t, std::size_t>> ranges;
    std::vector<RecordKind> kinds;
    bool partial = false;
};

std::string text_of(const core::FieldView& field, const Dialect& dialect) {
    std::string text(field.view());
    if (field.escaped)
        text.resize(static_cast<std::size_t>(core::unescape(field, dialect, text.data()) - text.data()));
    return text;
}

Read read_all(std::string_view bytes, std::uint32_t columns, const Dialect& dialect = {},
              bool at_end = true) {
    RecordReader reader(dialect, columns);
    reader.open(bytes, 0, at_end);
    Read read;
    for (;;) {
        const RecordReader::Next next = reader.next();
        read.partial = next == RecordReader::Next::partial;
        if (next != RecordReader::Next::record) return read;
        const core::Record& record = reader.record();
        read.kinds.push_back(record.kind);
        read.lines.push_back(record.lines);
        read.ranges.emplace_back(record.begin, record.end);
        read.faults.push_back(record.fault);
        auto& row = read.rows.emplace_back();
        if (record.fault != Reason::none && record.fault != Reason::nul_byte &&
            record.fault != Reason::invalid_encoding)
            continue;
        if (record.kind == RecordKind::comment) continue;
        for (const core::FieldView& field : reader.fields()) row.push_back(text_of(field, dialect));
    }
}

} // namespace

TEST_CASE("fields and quotes", "[csv]") {
    struct Case {
        std::string bytes;
        std::vector<std::vector<std::string>> rows;
    };
    const Case cases[] = {
        {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
        {"a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
        {"a,b\r1,2\r", {{"a", "b"}, {"1", "2"}}},
        {"a,b\n1,2\r\n3,4\r5,6", {{"a", "b"}, {"1", "2"}, {"3", "4"}, {"5", "6"}}},
        {"a,\"b,c\"\n", {{"a", "b,c"}}},
        {"\"a\",\"\"\n", {{"a", ""}}},
        {"\"a\"\"b\",c\n", {{"a\"b", "c"}}},
        {"\"\"\"\",x\n", {{"\"", "x"}}},
        {"\"a\nb\",c\n1,2\n", {{"a\nb", "c"}, {"1", "2"}}},
        {"\"a\r\nb\",c", {{"a\r\nb", "c"}}},
        {"a \"quoted\" b,c\n", {{"a \"quoted\" b", "c"}}},
        {" \"a\",b\n", {{" \"a\"", "b"}}},
        {"a,\"b\"", {{"a", "b"}}},
        {"a,b", {{"a", "b"}}},
        {"a,", {{"a", ""}}},
    };
    for (const Case& c : cases) {
        INFO(c.bytes);
        const Read read = read_all(c.bytes, 2);
        CHECK(read.rows == c.rows);
        for (const Reason fault : read.faults) CHECK(fault == Reason::none);
    }
}

TEST_CASE("structural faults cost one line", "[csv]") {
    struct Case {
        std::string bytes;
        std::vector<Reason> faults;
    };
    const Case cases[] = {
        {"1,2\n1\n1,2\n", {Reason::none, Reason::missing_columns, Reason::none}},
        {"1,2\n1,2,3\n1,2\n", {Reason::none, Reason::too_many_columns, Reason::none}},
        {"1,\"2\"x\n3,4\n", {Reason::stray_quote, Reason::none}},
        {"1,\"2\n3,4\n5,6\n", {Reason::unclosed_quote, Reason::none, Reason::none}},
        {"1,\"2", {Reason::unclosed_quote}},
        {"1,2\n3,\"4\n5,6\n7,\"8\"\n9,10\n",
         {Reason::none, Reason::stray_quote, Reason::none, Reason::none, Reason::none}},
        {"1,\"2\n3\",4\n5,6\n", {Reason::too_many_columns, Reason::missing_columns, Reason::none}},
    };
    for (const Case& c : cases) {
        INFO(c.bytes);
        CHECK(read_all(c.bytes, 2).faults.size() == c.faults.size());
        if (c.bytes == "1,\"2\n3\",4\n5,6\n")
            continue; // its second line is `3",4`: two fields, the quote is data
        CHECK(read_all(c.bytes, 2).faults == c.faults);
    }
    CHECK(read_all("1,\"2\n3\",4\n5,6\n", 2).faults ==
          std::vector{Reason::too_many_columns, Reason::none, Reason::none});
}

TEST_CASE("other dialects", "[csv]") {
    CHECK(read_all("a;'b;c'\n", 2, {.delimiter = ';', .quote = '\''}).rows ==
          std::vector<std::vector<std::string>>{{"a", "b;c"}});
    CHECK(read_all("\"a\\\"b\\\\\",c\n", 2, {.backslash = true}).rows ==
          std::vector<std::vector<std::string>>{{"a\"b\\", "c"}});
    CHECK(read_all("\"a\"b,c\n", 2, {.lenient_quotes = true}).rows ==
          std::vector<std::vector<std::string>>{{"ab", "c"}});
    CHECK(read_all("a\"b\",\"c\n", 2, {.quote = 0}).rows ==
          std::vector<std::vector<std::string>>{{"a\"b\"", "\"c"}});
    const Read comments = read_all("#x,y,z\n1,2\n# \"\n3,4\n", 2, {.comment = '#'});
    CHECK(comments.kinds ==
          std::vector{RecordKind::comment, RecordKind::data, RecordKind::comment, RecordKind::data});
    const Read lf = read_all("a\r,b\n1,2\n", 2, {.line_end = LineEnd::lf});
    CHECK(lf.rows == std::vector<std::vector<std::string>>{{"a\r", "b"}, {"1", "2"}});
    const Read crlf = read_all("a\n,b\r\n1,2\r\n", 2, {.line_end = LineEnd::crlf});
    CHECK(crlf.rows == std::vector<std::vector<std::string>>{{"a\n", "b"}, {"1", "2"}});
}

TEST_CASE("blank records, NUL, invalid UTF-8, long records", "[csv]") {
    const Read blank = read_all("1,2\n\n , \n,\n,,\n\"\",\"\"\n3,4\n", 2);
    CHECK(std::count(blank.kinds.begin(), blank.kinds.end(), RecordKind::blank) == 5);
    CHECK(read_all(std::string_view("1,2\n1,\0\n3,4\n", 12), 2).faults ==
          std::vector{Reason::none, Reason::nul_byte, Reason::none});
    CHECK(read_all("1,2\n1,\xff\n3,\xc3\xa9\n", 2).faults ==
          std::vector{Reason::none, Reason::invalid_encoding, Reason::none});
    CHECK(read_all("1,\xff\n", 2, {.encoding = core::Encoding::latin1}).faults == std::vector{Reason::none});
    const Dialect small{.max_record = 8};
    CHECK(read_all("1,2\n123456,8\n3,4\n", 2, small).faults ==
          std::vector{Reason::none, Reason::record_too_long, Reason::none});
    CHECK(read_all("12345,7\n", 2, small).faults == std::vector{Reason::none});
    CHECK(read_all("1,\"2\n3\n4\n5\n6\"\n7,8\n", 2, small).faults.front() == Reason::record_too_long);
}

TEST_CASE("white space is what the encoding says", "[csv]") {
    using core::Encoding;
    struct Case {
        const char* record;
        Encoding encoding;
        bool blank;
    };
    const Case cases[] = {
        {"\xC2\xA0", Encoding::utf8, true},
        {"\xE2\x80\x8A", Encoding::utf8, true},
        {"\xE2\x80"
         "1",
         Encoding::utf8, false},
        {"\xE2\x80 ", Encoding::utf8, false},
        {"\xC2\xA0", Encoding::cp850, false},
        {"\xC2\xA0", Encoding::latin1, false},
        {"\xA0", Encoding::latin1, true},
        {"\xA0", Encoding::windows1252, true},
        {" \xA0\t", Encoding::windows1252, true},
        {"\xA0"
         "1",
         Encoding::windows1252, false},
        {"\x85", Encoding::latin1, true},
        {"\x85", Encoding::windows1252, false},
        {"\x81", Encoding::windows1252, false},
        {"\xFF", Encoding::cp437, true},
        {"\xFF", Encoding::cp850, true},
        {"\xFF", Encoding::latin1, false},
        {"\xE2\x80\x8A", Encoding::windows1252, false},
    };
    for (const Case& c : cases) {
        for (const char* const quote : {"", "\""}) {
            INFO(c.record << " in " << core::name(c.encoding) << quote);
            const Read read =
                read_all(fmt::format("{1}{0}{1},\n", c.record, quote), 2, {.encoding = c.encoding});
            REQUIRE(read.kinds.size() == 1);
            CHECK((read.kinds.front() == RecordKind::blank) == c.blank);
        }
    }
}

TEST_CASE("a quote inside an unquoted field is a fault by choice", "[csv]") {
    const Dialect strict{.strict_inside = true};
    struct Case {
        const char* record;
        Reason fault;
    };
    const Case cases[] = {
        {"1\"x, y\",2", Reason::quote_inside}, {"1,2\"", Reason::quote_inside},
        {" \"1\",2", Reason::quote_inside},    {"1,5\" nail", Reason::quote_inside},
        {"\"1\",\"2\"", Reason::none},         {"\"1\"\"\",2", Reason::none},
        {"\"1\"x\",2", Reason::stray_quote},   {"\"a\nb\",2\"", Reason::quote_inside},
    };
    for (const Case& c : cases) {
        INFO(c.record);
        const Read read = read_all(std::string(c.record) + "\n3,4\n", 2, strict);
        CHECK(read.faults.front() == c.fault);
        CHECK(read.rows.back() == std::vector<std::string>{"3", "4"});
    }
    CHECK(read_all("#\"\n", 2, {.strict_inside = true, .comment = '#'}).faults.front() == Reason::none);
}

TEST_CASE("a byte order mark before a record is no data", "[csv]") {
    const std::string mark = "\xEF\xBB\xBF";
    const Read read =
        read_all("1,2\n" + mark + "\"3,\",4\n" + mark + "5,6\n" + mark + "\n" + mark + "#,\n7," + mark, 2,
                 {.comment = '#'});
    CHECK(read.rows ==
          std::vector<std::vector<std::string>>{{"1", "2"}, {"3,", "4"}, {"5", "6"}, {""}, {}, {"7", mark}});
    CHECK(read.kinds[3] == RecordKind::blank);
    CHECK(read.kinds[4] == RecordKind::comment);
    CHECK(read.ranges[1] == std::pair<std::size_t, std::size_t>{4, 14});
    CHECK(read_all(mark + "1,2\n", 2, {.encoding = core::Encoding::latin1}).rows.front().front() ==
          mark + "1");
}

TEST_CASE("a record is partial until its end is certain", "[csv]") {
    for (const char* bytes : {"1,2", "1,\"2", "1,\"2\"", "1,2\r", "1,\"a\"\""}) {
        INFO(bytes);
        const Read read = read_all(bytes, 2, {}, false);
        CHECK(read.partial);
        CHECK(read.rows.empty());
    }
    CHECK_FALSE(read_all("1,2\n", 2, {}, false).partial);
}

namespace {

void compare(const std::string& bytes, const Dialect& dialect, std::uint32_t columns) {
    const Read read = read_all(bytes, columns, dialect);
    const auto naive = test::NaiveCsv(bytes, dialect, columns).all();
    REQUIRE(read.ranges.size() == naive.size());
    for (std::size_t i = 0; i < naive.size(); ++i) {
        INFO("record " << i << " at " << naive[i].begin);
        REQUIRE(read.ranges[i] == std::pair(naive[i].begin, naive[i].end));
        REQUIRE(read.lines[i] == naive[i].lines);
        REQUIRE(read.kinds[i] == naive[i].kind);
        REQUIRE((read.faults[i] == Reason::none) == (naive[i].fault == Reason::none));
        if (naive[i].fault == Reason::none && naive[i].kind == RecordKind::data)
            REQUIRE(read.rows[i] == naive[i].fields);
    }
}

} // namespace

TEST_CASE("random bytes read as the naive parser reads them", "[csv][property]") {
    std::mt19937_64 random(20261123);
    for (int round = 0; round < 4000; ++round) {
        Dialect dialect;
        dialect.line_end = static_cast<LineEnd>(random() % 4);
        dialect.backslash = random() % 4 == 0;
        dialect.lenient_quotes = random() % 4 == 0;
        dialect.strict_inside = random() % 4 == 0;
        dialect.comment = random() % 4 == 0 ? '#' : '\0';
        dialect.encoding = static_cast<core::Encoding>(random() % 5);
        dialect.max_record = random() % 4 == 0 ? 4 + random() % 40 : 1 << 20;
        const auto columns = static_cast<std::uint32_t>(random() % 4);
        const std::string_view alphabets[] = {
            "a,\"\n", "ab,,\"\"\n\r\\# ", std::string_view("a,\"\n\0\xc3\xa9", 7),
            "a,\"\n#\xEF\xEF\xBB\xBF\n\xEF\xBB\xBF", "1,, \n\n\xA0\xA0\xC2\xE2\x80\x80\x81\x85\x8A\xFF"};
        const std::string bytes = test::random_bytes(random, 1 + random() % 200, alphabets[random() % 5]);
        INFO(fmt::format(
            "round {}, line_end {}, backslash {}, lenient {}, comment {}, max {}, columns {}: {:?}", round,
            static_cast<int>(dialect.line_end), dialect.backslash, dialect.lenient_quotes,
            dialect.comment != 0, dialect.max_record, columns, fmt::join(bytes, " ")));
        compare(bytes, dialect, columns);
    }
}

TEST_CASE("inputs longer than a slice", "[csv][property]") {
    std::mt19937_64 random(7);
    std::string bytes;
    while (bytes.size() < 700'000) {
        switch (random() % 50) {
        case 0:
            bytes += fmt::format("{},\"a\nb\",{}\n", random() % 1000, std::string(random() % 3000, 'x'));
            break;
        case 1: bytes += "1,\"open,3\n"; break;
        case 2: bytes += "\"\n\n\",2,3\r\n"; break;
        default: bytes += fmt::format("{},\"q\"\"{}\",text\n", random(), random());
        }
    }
    bytes += "1,\"" + std::string(300'000, 'y') + "\n\",3\n";
    compare(bytes, {}, 3);
    compare(bytes, {.max_record = 1000}, 3);
}

TEST_CASE("rescanning broken quotes stays linear", "[csv]") {
    // Each line opens a quote that the next line's scan would run through to the end of the input.
    for (const std::string line : {"x\"y,\"z\n", "\"\"\"\n", "a,\"b\n", "\"a,\"b,\"c\n"}) {
        std::string bytes;
        while (bytes.size() < 4'000'000) bytes += line;
        for (const bool lenient : {false, true}) {
            const Read read = read_all(bytes, 2, {.lenient_quotes = lenient});
            CHECK(read.ranges.back().second == bytes.size());
        }
    }
}

TEST_CASE("every instruction set gives the same index", "[csv][simd]") {
    std::mt19937_64 random(99);
    for (int round = 0; round < 300; ++round) {
        const std::string bytes =
            test::random_bytes(random, random() % 700, std::string_view("abc,\"\n\r\\;\0\xff", 11));
        const core::SpecialBytes special{{',', '"', '\n', '\r', random() % 2 == 0 ? '\\' : ','}};
        core::StructuralIndex expected;
        core::build_index(bytes, special, expected, core::Stops::found, core::Isa::scalar);
        for (const core::Isa isa : core::available_isas()) {
            INFO("round " << round << ", " << core::name(isa));
            core::StructuralIndex index;
            core::build_index(bytes, special, index, core::Stops::found, isa);
            REQUIRE(index.count == expected.count);
            REQUIRE(std::equal(index.positions.begin(),
                               index.positions.begin() + static_cast<std::ptrdiff_t>(index.count),
                               expected.positions.begin()));
            REQUIRE(index.any_nul == expected.any_nul);
            REQUIRE(index.any_high == expected.any_high);
        }
    }
}
