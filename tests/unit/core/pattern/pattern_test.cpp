#include "core/pattern/pattern.hpp"

#include "support/catch.hpp"

#include <iterator>
#include <random>
#include <re2/re2.h>
#include <string>

using namespace ordermill::core;

TEST_CASE("which patterns run without RE2", "[pattern]") {
    for (const char* source : {"C?[0-9]{6}[A-Z]?", "TXN_\\d{7}", "[A-Z]{2}", "\\d+", "a*b", "[a-c]+[0-9]*x",
                               "", "\\.x\\-", "[\\d_]+", "^a$", "^", "$", "a\\$", "\\d+\\s[A-Z]"}) {
        INFO(source);
        CHECK(Pattern::compile(source, {}).simple());
    }
    for (const char* source : {"A?A", "a*ab", "[A-Z]+[B-D]", "a|b", "(ab)+", ".", "a^b", "a$b", "^*a", "[^a]",
                               "\\bx", "é", "a{2,3}a", "a{01}", "a{1,02}", "a+?b", "\\S", "[[:alpha:]]"}) {
        INFO(source);
        CHECK_FALSE(Pattern::compile(source, {}).simple());
    }
    CHECK(Pattern::compile("A?A", {}).matches("A"));
    CHECK(Pattern::compile("a{01}", {}).matches("a{01}")); // RE2: a number with a leading zero is no count
    CHECK_FALSE(Pattern::compile("a{01}", {}).matches("a"));
    const std::string digits(70'000, '7'); // more than a counted step can have
    CHECK(Pattern::compile("\\d+", {}).matches(digits));
    CHECK(Pattern::compile("x?\\d*y", {}).matches(digits + "y"));
    CHECK_FALSE(Pattern::compile("\\d+", {}).matches(digits + "y"));
    CHECK_THROWS_AS(Pattern::compile("[a", {}), JobError);
    CHECK_THROWS_AS(Pattern::compile("a{2000}", {}), JobError);
}

TEST_CASE("both ways give RE2's answer", "[pattern][property]") {
    std::mt19937_64 random(17);
    const char* const classes[] = {"a",   "b", "1",    "[ab]",   "[a-c1]", "\\d",   "\\w",    "[0-9a]",
                                   "\\.", "_", "[b-]", "[\\d.]", "\\s",    "[ -,]", "[a\\-c]"};
    const char* const counts[] = {"",      "",      "",     "?",   "*",    "+",      "{2}",
                                  "{1,3}", "{0,2}", "{2,}", "{0}", "{01}", "{1,02}", "{,2}"};
    int simple = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string source = random() % 4 == 0 ? "^" : "";
        for (std::size_t i = 1 + random() % 4; i > 0; --i)
            source +=
                std::string(classes[random() % std::size(classes)]) + counts[random() % std::size(counts)];
        if (random() % 4 == 0) source += "$";
        const Pattern pattern = Pattern::compile(source, {});
        simple += pattern.simple() ? 1 : 0;
        const re2::RE2 oracle(source);
        for (int text_round = 0; text_round < 40; ++text_round) {
            std::string text;
            for (std::size_t i = random() % 8; i > 0; --i) text += "ab1_.-c\n"[random() % 8];
            if (random() % 8 == 0) text += "é";
            INFO("pattern " << source << ", text " << text);
            REQUIRE(pattern.matches(text) == re2::RE2::FullMatch(text, oracle));
        }
    }
    CHECK(simple > 1000);
}
