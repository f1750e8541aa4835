// Plain records: what stops them, by a naive reading; and a walk along them, record by record against the
// reader's other way.
#include "core/csv/csv.hpp"

#include "support/catch.hpp"
#include "support/random_text.hpp"

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

using namespace ordermill;
using core::Dialect;
using core::LineEnd;
using core::PlainRecords;
using core::RecordReader;

namespace {

using Random = std::mt19937_64;

/// As StructuralIndex says of its stops, byte by byte.
std::vector<std::uint32_t> naive_stops(std::string_view bytes, const core::SpecialBytes& special) {
    const auto [delimiter, quote, lf, cr, escape] = special.bytes;
    const auto ends_line = [lf = lf, cr = cr](char byte) { return byte == lf || byte == cr; };
    std::vector<std::uint32_t> stops;
    char before = '\n';
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char byte = bytes[i];
        const bool special_byte = byte == delimiter || byte == quote || ends_line(byte) || byte == escape;
        const bool edge = before == ' ' || before == delimiter || ends_line(before);
        const bool stops_here = ends_line(byte) || byte == '"' || (special_byte && byte != delimiter) ||
                                (!special_byte && (byte < ' ' || static_cast<unsigned char>(byte) > 127)) ||
                                (byte == ' ' && edge) || (byte == delimiter && before == ' ');
        if (stops_here) stops.push_back(static_cast<std::uint32_t>(i));
        before = byte;
    }
    return stops;
}

/// A record of the walk, or of the reader.
std::string shown(std::string_view bytes, std::size_t begin, std::size_t end,
                  const std::vector<std::string_view>& fields) {
    return fmt::format("{}-{} '{}' [{}]\n", begin, end, bytes.substr(begin, end - begin),
                       fmt::join(fields, "|"));
}

bool is_plain(const std::vector<std::string_view>& fields) {
    for (const std::string_view field : fields) {
        for (const char byte : field)
            if (byte < ' ' || byte == '"' || static_cast<unsigned char>(byte) > 127) return false;
        if (field.starts_with(' ') || field.ends_with(' ') || field.find("  ") != std::string_view::npos)
            return false;
    }
    return !fields.front().empty();
}

struct Seen {
    std::string records;
    std::size_t plain = 0;    ///< found by the walk
    std::size_t missed = 0;   ///< plain, but found the other way
    std::size_t mistaken = 0; ///< found by the walk, but not plain
};

/// All records; plain ones by the walk where it finds them.
Seen read(std::string_view bytes, const Dialect& dialect, std::uint32_t columns, bool walk,
          std::size_t limit) {
    RecordReader reader(dialect, columns);
    reader.find_plain(walk);
    reader.open(bytes, 0, true);
    Seen seen;
    for (;;) {
        PlainRecords plain = reader.plain_records(limit, 0);
        for (; plain.here(); plain.next()) {
            std::vector<std::string_view> fields;
            for (const core::FieldView& field : reader.fields_of(plain.fields()))
                fields.push_back(field.view());
            const std::size_t begin = reader.slice_begin() + plain.begin();
            const std::size_t end = reader.slice_begin() + plain.end();
            seen.records += shown(bytes, begin, end, fields);
            seen.mistaken += is_plain(fields) && begin < limit ? 0 : 1;
            ++seen.plain;
        }
        reader.skip(plain);
        if (reader.next() != RecordReader::Next::record) return seen;
        const core::Record& record = reader.record();
        std::vector<std::string_view> fields;
        for (const core::FieldView& field : reader.fields()) fields.push_back(field.view());
        seen.records += shown(bytes, record.begin, record.end, fields);
        const bool whole = record.fault == core::Reason::none && record.kind == core::RecordKind::data &&
                           fields.size() == columns;
        if (whole && is_plain(fields)) ++seen.missed;
    }
}

} // namespace

TEST_CASE("stops are where a naive reading finds them, with every instruction set", "[csv][plain][simd]") {
    Random random(4);
    for (int round = 0; round < 400; ++round) {
        const std::string bytes = test::random_bytes(
            random, random() % 500, std::string_view("abcXYZ01  ,,\"\n\r\\;'\0\x01\xff", 21));
        const core::SpecialBytes special{{random() % 4 == 0 ? ';' : ',', random() % 4 == 0 ? '\'' : '"', '\n',
                                          random() % 2 == 0 ? '\r' : '\n', random() % 2 == 0 ? '\\' : ','}};
        const std::vector<std::uint32_t> expected = naive_stops(bytes, special);
        for (const core::Isa isa : core::available_isas()) {
            INFO("round " << round << ", " << core::name(isa));
            core::StructuralIndex index;
            core::build_index(bytes, special, index, core::Stops::found, isa);
            REQUIRE(index.stop_count == expected.size());
            CHECK(std::equal(expected.begin(), expected.end(), index.stops.begin()));
            CHECK(index.stops[index.stop_count] == UINT32_MAX);
        }
    }
}

TEST_CASE("a walk along plain records gives the records that reading gives", "[csv][plain][property]") {
    Random random(5);
    std::size_t plain = 0;
    for (int round = 0; round < 2000; ++round) {
        const auto columns = static_cast<std::uint32_t>(1 + random() % 4);
        Dialect dialect;
        constexpr std::array line_ends{LineEnd::any, LineEnd::lf, LineEnd::crlf, LineEnd::cr};
        dialect.line_end = line_ends[random() % line_ends.size()];
        dialect.delimiter = ",,,,;\t x"[random() % 8];
        if (random() % 4 == 0) dialect.comment = '#';
        if (random() % 4 == 0) dialect.quote = 0;
        if (random() % 8 == 0) dialect.max_record = 1 + random() % 12;
        std::string bytes;
        const std::size_t records = random() % 40;
        for (std::size_t i = 0; i < records; ++i) {
            // Mostly as many fields as there should be, mostly plain.
            const std::size_t fields = random() % 16 == 0 ? random() % 6 : columns;
            for (std::size_t field = 0; field < fields; ++field) {
                if (field > 0) bytes += dialect.delimiter;
                const std::string_view alphabet = random() % 12 == 0 ? "ab #\"\t\xc3\r\n" : "abc1";
                bytes += test::random_bytes(random, random() % 6, alphabet);
            }
            bytes += random() % 4 == 0 ? "\r\n" : random() % 30 == 0 ? "\r" : "\n";
        }
        const std::size_t limit = random() % 2 == 0 ? bytes.size() : random() % (bytes.size() + 1);
        INFO("round " << round << ": " << columns << " columns\n" << bytes);
        const Seen walked = read(bytes, dialect, columns, true, limit);
        REQUIRE(walked.records == read(bytes, dialect, columns, false, limit).records);
        REQUIRE(walked.mistaken == 0);
        plain += walked.plain;
    }
    CHECK(plain > 5000);
}

TEST_CASE("few plain records escape the walk, and it ends where its limit is", "[csv][plain]") {
    std::string bytes;
    for (int i = 0; i < 20'000; ++i) bytes += i % 10 == 0 ? "\"7\",mug , 1.50\n" : "7,blue mug,1.50\r\n";
    const Seen all = read(bytes, {}, 3, true, bytes.size());
    CHECK(all.plain > 17'900);
    CHECK(all.missed < 5); // the first one of each slice
    CHECK(read(bytes, {}, 3, true, bytes.size() / 2).plain < all.plain * 6 / 10);
    CHECK(read(bytes, {}, 3, false, bytes.size()).plain == 0);
}

TEST_CASE("where plain records are few they aren't looked for", "[csv][plain]") {
    std::string bytes;
    for (int i = 0; i < 400'000; ++i) bytes += i % 10 == 0 ? "7,blue mug,1.50\n" : "\"7\",mug , 1.50\n";
    const Seen all = read(bytes, {}, 3, true, bytes.size());
    CHECK(all.plain > 0);
    CHECK(all.plain < 40'000 / 4);
}
