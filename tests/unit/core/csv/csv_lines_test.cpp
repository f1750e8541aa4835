// Physical lines, and the guess where in the middle of a file a record starts.
#include "core/csv/csv.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <vector>

using namespace ordermill::core;

namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t guess(const std::string& bytes, std::size_t begin, std::size_t end) {
    return guess_record_start(bytes, begin, end, true, Dialect{}, 3);
}

} // namespace

TEST_CASE("guess: of plain records the first that begins in the range, also right at its begin", "[csv]") {
    std::string bytes;
    std::vector<std::size_t> starts;
    for (int i = 0; i < 12; ++i) {
        starts.push_back(bytes.size());
        bytes += std::to_string(i * i * i) + ",text,1" + (i % 3 == 0 ? "\r\n" : "\n");
    }
    starts.push_back(bytes.size());
    for (std::size_t begin = 1; begin < bytes.size(); ++begin) {
        INFO("begin " << begin);
        std::size_t expected = 0;
        while (starts[expected] < begin) ++expected;
        CHECK(guess(bytes, begin, bytes.size()) ==
              (starts[expected] < bytes.size() ? starts[expected] : npos));
        // One that begins where the range ends is the next chunk's.
        CHECK(guess(bytes, begin, starts[expected]) == npos);
        if (starts[expected] < bytes.size())
            CHECK(guess(bytes, begin, starts[expected] + 1) == starts[expected]);
    }
}

TEST_CASE("guess: a line inside quotes is no record", "[csv]") {
    const std::string bytes = "1,\"two\nlines, or\nthree\",2\n3,b,4\n5,c,6\n";
    const std::size_t second = bytes.find("3,b");
    for (std::size_t begin = 1; begin <= second; ++begin) {
        INFO("begin " << begin);
        CHECK(guess(bytes, begin, bytes.size()) == second);
    }
}

TEST_CASE("guess: where every line looks wrong, the first line will do", "[csv]") {
    const std::string bytes = "a,b\nc,d\ne,f\ng,h\n";
    CHECK(guess(bytes, 1, bytes.size()) == 4);
}

TEST_CASE("physical lines end with any line end, or with the one that the dialect has", "[csv]") {
    const struct {
        std::string bytes;
        LineEnd line_end;
        std::uint64_t lines;
    } cases[] = {
        {"", LineEnd::any, 0},      {"a", LineEnd::any, 1},
        {"a\n", LineEnd::any, 1},   {"a\r\nb\rc\n", LineEnd::any, 3},
        {"a\r", LineEnd::any, 1},   {"a\r\nb\rc\n", LineEnd::lf, 2},
        {"a\rb\r", LineEnd::cr, 2}, {"a\r\nb\rc\n", LineEnd::cr, 3},
        {"\n\n", LineEnd::any, 2},
    };
    for (const auto& one : cases) {
        INFO(one.bytes);
        CHECK(count_lines(one.bytes, one.line_end) == one.lines);
    }
}
