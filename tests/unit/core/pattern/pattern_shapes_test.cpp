#include "core/pattern/pattern_shapes.hpp"

#include "core/pattern/pattern.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

using namespace ordermill::core;

namespace {

/// As a row's operations do it all at once.
bool fits(const PatternShapes& shapes, const std::string& text) {
    const auto fits = [&](const PatternShapes::Shape& shape) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            if ((shapes.low_halves()[byte % 16] & shapes.high_halves()[byte / 16] & shape.atoms[i]) == 0)
                return false;
        }
        return true;
    };
    const auto of = shapes.of(text.size());
    return std::any_of(of.begin(), of.end(), fits);
}

std::size_t ways(const char* pattern, std::size_t size) {
    const Pattern compiled = Pattern::compile(pattern, {});
    return compiled.shapes().know(size) ? compiled.shapes().of(size).size() : 99;
}

} // namespace

TEST_CASE("a length has a shape for each way to come by it", "[pattern]") {
    CHECK(ways("C?[0-9]{6}[A-Z]?", 5) == 0);
    CHECK(ways("C?[0-9]{6}[A-Z]?", 6) == 1);
    CHECK(ways("C?[0-9]{6}[A-Z]?", 7) == 2);
    CHECK(ways("C?[0-9]{6}[A-Z]?", 8) == 1);
    CHECK(ways("C?[0-9]{6}[A-Z]?", 9) == 0);
    CHECK(ways("[0-9]+", 0) == 0);
    CHECK(ways("[0-9]+", 32) == 1);
    CHECK(ways("[0-9]*", 0) == 1);
    CHECK(ways("[A-Za-z0-9_]{3}-\\d{4}", 8) == 1);
    CHECK(ways("", 0) == 1);
    CHECK(ways("", 1) == 0);
}

TEST_CASE("what isn't known is left to another way", "[pattern]") {
    CHECK(ways("[0-9]+", 33) == 99);
    CHECK(ways("a*b*c*", 1) == 3);
    CHECK(ways("a*b*c*", 2) == 99);                             // six ways
    CHECK(ways("a|b", 1) == 99);                                // nothing for RE2
    CHECK(ways("\\wX[ -/]\\.[:-?]=[\\[-`]{3}[{-~]", 10) == 99); // too many atoms
    std::string pattern;
    for (int i = 0; i < 20; ++i) pattern += std::string(1, static_cast<char>('a' + i)) + "?";
    CHECK(ways(pattern.c_str(), 10) == 99);
    CHECK(ways(pattern.c_str(), 20) == 99);
    for (char byte = 'A'; byte <= 'Z'; ++byte) pattern += byte; // more atoms than the bits of a word
    CHECK(ways(pattern.c_str(), 26) == 99);
}

TEST_CASE("shapes take what the pattern matches", "[pattern][property]") {
    std::mt19937_64 random(29);
    const char* const classes[] = {"a", "[ab]", "[a-c1]", "\\d", "\\w", "[0-9a]", "[A-Z]", "[ -,]", "[~^]"};
    const char* const counts[] = {"", "", "", "?", "*", "+", "{2}", "{1,3}", "{2,}"};
    std::size_t taken = 0, others = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string source;
        for (std::size_t i = 1 + random() % 4; i > 0; --i)
            source +=
                std::string(classes[random() % std::size(classes)]) + counts[random() % std::size(counts)];
        const Pattern pattern = Pattern::compile(source, {});
        for (int text_round = 0; text_round < 30; ++text_round) {
            std::string text;
            for (std::size_t i = random() % 8; i > 0; --i) text += "ab1_Z-c~\x80,"[random() % 10];
            if (!pattern.shapes().know(text.size())) continue;
            const bool matches = pattern.matches(text);
            ++(matches ? taken : others);
            INFO("pattern " << source << ", text " << text);
            REQUIRE(fits(pattern.shapes(), text) == matches);
        }
    }
    CHECK(taken > 1'000);
    CHECK(others > 5'000);
}
