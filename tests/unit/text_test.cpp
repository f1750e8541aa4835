#include "core/text.hpp"

#include "support/catch.hpp"

#include <random>
#include <string>

using namespace ordermill::core;

namespace {

std::string normalised(std::string_view text, TextSteps steps) {
    Arena arena;
    return std::string(normalise(text, steps, arena));
}

/// ASCII only, one byte after the other.
std::string naive(std::string_view text, TextSteps steps) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char byte = text[i];
        const bool space = byte == ' ' || (byte >= '\t' && byte <= '\r');
        if (space && steps.collapse) {
            if (!out.empty() && out.back() != ' ') out += ' ';
            continue;
        }
        if (steps.letter_case == Case::upper && byte >= 'a' && byte <= 'z')
            byte = static_cast<char>(byte - 32);
        if (steps.letter_case == Case::lower && byte >= 'A' && byte <= 'Z')
            byte = static_cast<char>(byte + 32);
        out += byte;
    }
    if (steps.collapse && !out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

} // namespace

TEST_CASE("UTF-8 is what Unicode says", "[text]") {
    for (const char* good : {"", "abc", "é", "€", "\U0001F600", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBD",
                             "\xED\x9F\xBF", "\xC2\x80"}) {
        INFO(good);
        CHECK(is_utf8(good));
        CHECK(is_utf8(std::string("12345678") + good + "12345678"));
    }
    for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE0\x9F\xBF",
                            "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                            "\xFF", "\xE2\x82", "\xE2\x28\xA1", "\xF0\x9F\x98"}) {
        CHECK_FALSE(is_utf8(bad));
        CHECK_FALSE(is_utf8(std::string("12345678") + bad));
        CHECK_FALSE(is_utf8(std::string("1234567") + bad + "123456789"));
    }
    CHECK(is_ascii("abcdefghi"));
    CHECK_FALSE(is_ascii("abcdefghé"));
}

TEST_CASE("trimming Unicode white space", "[text]") {
    CHECK(trim("  a b\t\r\n") == "a b");
    CHECK(trim("\xC2\xA0"
               "a"
               "\xE2\x80\xAF") == "a");
    CHECK(trim("\xE3\x80\x80\xE2\x80\x83"
               "ä"
               "\xE2\x80\x8A\xC2\x85") == "ä");
    CHECK(trim(" \t\n") == "");
    CHECK(trim("") == "");
    CHECK(trim("\xE2\x80\x8B"
               "a") == "\xE2\x80\x8B"
                       "a"); // zero width space isn't White_Space
    CHECK(trim("é") == "é");
    CHECK(trim("à") == "à"); // ends in the byte 0xA0
}

TEST_CASE("case and white space", "[text]") {
    CHECK(normalised("two   words", {.collapse = true}) == "two words");
    CHECK(normalised("a\tb", {.collapse = true}) == "a b");
    CHECK(normalised("a\xC2\xA0\xE2\x80\x83"
                     "b",
                     {.collapse = true}) == "a b");
    CHECK(normalised("straße", {.letter_case = Case::upper}) ==
          "STRAẞE"); // one code point to one, as utf8proc has it
    CHECK(normalised("ÀÉÎ ΑΒΓ ЖЗ", {.letter_case = Case::lower}) == "àéî αβγ жз");
    CHECK(normalised("john o'brien-SMITH 3rd", {.letter_case = Case::title}) == "John O'brien-Smith 3rd");
    CHECK(normalised("ÉLAN ÖL", {.letter_case = Case::title}) == "Élan Öl");
    CHECK(normalised("e\xCC\x81", {.nfc = true}) == "é");
    CHECK(normalised("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", {.nfc = true}) == "한");
    CHECK(length("añ€") == 3);
    CHECK(equal_any_case("Straße ÄÖ", "straße äö"));
    CHECK_FALSE(equal_any_case("a", "ab"));
    const std::string same = "ALREADY AS IT SHOULD BE";
    Arena arena;
    CHECK(normalise(same, {.collapse = true, .letter_case = Case::upper}, arena).data() == same.data());
}

TEST_CASE("ASCII texts against a naive version", "[text][property]") {
    std::mt19937_64 random(5);
    Arena arena;
    for (int round = 0; round < 100'000; ++round) {
        std::string text;
        const std::size_t size = random() % 40;
        const std::string_view alphabet = round % 2 == 0 ? "aB  \tc1@[`{z~Z" : "ABCDEFGH IJKL";
        for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
        const TextSteps steps{.nfc = random() % 4 == 0,
                              .collapse = random() % 2 == 0,
                              .letter_case = static_cast<Case>(random() % 3)};
        arena.reset();
        INFO("round " << round << ": [" << text << "] collapse " << steps.collapse << " case "
                      << static_cast<int>(steps.letter_case));
        REQUIRE(normalise(text, steps, arena) == naive(text, steps));
        // The general way gives the same: a letter that no step changes makes the text non-ASCII.
        const std::string marked = text + "中";
        REQUIRE(normalise(marked, steps, arena) ==
                naive(text + "x", steps).substr(0, naive(text + "x", steps).size() - 1) + "中");
    }
}
