// Patterns as a row's operations match them, a block at once, give RE2's answer.
#include "support/catch.hpp"
#include "support/clean_text.hpp"

#include <re2/re2.h>

#include <random>
#include <tuple>

using namespace ordermill;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }
bool one_in(Random& random, std::size_t many) { return random() % many == 0; }

/// A part of a pattern, some of its bytes, and how many of them come.
struct Part {
    std::string source;
    std::string bytes;
    std::size_t least, most;
};

std::vector<Part> random_pattern(Random& random) {
    const std::vector<std::pair<const char*, const char*>> classes{
        {"a", "a"},           {"[ab]", "ab"},  {"\\d", "059"},
        {"[0-9A-Z]", "0AZ9"}, {"\\w", "_zA7"}, {"[!-/]", "!-/+"},
        {"[@-~]", "@~mP"},    {"_", "_"},      {"Z", "Z"}};
    const std::vector<std::tuple<const char*, std::size_t, std::size_t>> counts{
        {"", 1, 1},    {"?", 0, 1},     {"*", 0, 34},    {"+", 1, 34},
        {"{2}", 2, 2}, {"{1,3}", 1, 3}, {"{2,}", 2, 20}, {"{31}", 31, 31}};
    std::vector<Part> parts;
    for (std::size_t i = 1 + below(random, 4); i > 0; --i) {
        const auto& [set, bytes] = classes[below(random, classes.size())];
        const auto& [count, least, most] = counts[below(random, counts.size())];
        parts.push_back({std::string(set) + count, bytes, least, most});
    }
    return parts;
}

/// What the pattern matches, or nearly; of one block of 32 bytes, or a little more.
std::string random_text(Random& random, const std::vector<Part>& parts) {
    std::string text;
    for (const Part& part : parts) {
        const std::size_t most = one_in(random, 4) ? part.most : std::min(part.most, part.least + 2);
        for (std::size_t i = part.least + below(random, most - part.least + 1); i > 0; --i)
            text += part.bytes[below(random, part.bytes.size())];
    }
    const std::string other(1, "ab059AZz_!~"[below(random, 11)]);
    if (text.empty() || one_in(random, 4)) text.insert(below(random, text.size() + 1), other);
    if (one_in(random, 4)) text.erase(below(random, text.size()), 1);
    return text;
}

} // namespace

TEST_CASE("patterns give RE2's answer in a row", "[rows][pattern][property]") {
    Random random(11);
    std::size_t matched = 0, others = 0;
    for (int round = 0; round < 400; ++round) {
        const std::vector<Part> parts = random_pattern(random);
        std::string pattern;
        for (const Part& part : parts) pattern += part.source;
        const re2::RE2 oracle(pattern);
        std::string csv = "c,d\n";
        std::string expected = csv;
        for (int record = 0; record < 100; ++record) {
            const std::string text = random_text(random, parts);
            const bool matches = re2::RE2::FullMatch(text, oracle);
            ++(matches ? matched : others);
            csv += (one_in(random, 10) ? "\"" + text + "\"" : text) + ",x\n";
            expected += (matches ? text : "") + ",x\n";
        }
        // Blank lines, as the general way does the records at the very end of the bytes.
        csv += std::string(64, '\n');
        INFO(pattern);
        REQUIRE(test::clean_text(
                    "[fields]\nc = code \"c\" | pattern " + pattern + " | else blank\nd = code \"d\"\n", csv)
                    .clean == expected);
    }
    CHECK(matched > 10'000);
    CHECK(others > 5'000);
}
