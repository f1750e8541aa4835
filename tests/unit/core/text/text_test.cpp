#include "core/text/text.hpp"

#include "support/catch.hpp"

#include <iterator>
#include <random>
#include <string>

using namespace ordermill::core;

namespace {

std::string normalised(std::string_view text, TextSteps steps) {
    Arena arena;
    return std::string(normalise(text, steps, arena));
}

bool is_word(char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '\'';
}

/// ASCII only, one byte after the other.
std::string naive(std::string_view text, TextSteps steps) {
    std::string out;
    char before = ' ';
    for (std::size_t i = 0; i < text.size(); ++i) {
        char byte = text[i];
        const bool space = byte == ' ' || (byte >= '\t' && byte <= '\r');
        if (space && steps.collapse) {
            if (!out.empty() && out.back() != ' ') out += ' ';
            before = ' ';
            continue;
        }
        const bool title = steps.letter_case == Case::title;
        const bool upper = steps.letter_case == Case::upper || (title && !is_word(before));
        const bool lower = steps.letter_case == Case::lower || (title && is_word(before));
        before = byte;
        if (upper && byte >= 'a' && byte <= 'z') byte = static_cast<char>(byte - 32);
        if (lower && byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte + 32);
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

TEST_CASE("UTF-8 is what its definition says", "[text][property]") {
    // A sequence by the bits of its lead byte; then shortest form, no surrogate, nothing above U+10FFFF.
    const auto naive = [](std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const auto lead = static_cast<unsigned char>(text[at]);
            const std::size_t size = lead < 0x80       ? 1
                                     : lead >> 5 == 6  ? 2
                                     : lead >> 4 == 14 ? 3
                                     : lead >> 3 == 30 ? 4
                                                       : 0;
            if (size == 0 || at + size > text.size()) return false;
            std::uint32_t point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
            for (std::size_t i = 1; i < size; ++i) {
                const auto byte = static_cast<unsigned char>(text[at + i]);
                if (byte >> 6 != 2) return false;
                point = point << 6 | (byte & 63U);
            }
            constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
            if (point < least[size] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
            at += size;
        }
        return true;
    };
    std::string two(2, 0);
    for (int bytes = 0; bytes < 0x10000; ++bytes) {
        two[0] = static_cast<char>(bytes >> 8);
        two[1] = static_cast<char>(bytes);
        REQUIRE(is_utf8(two) == naive(two));
    }
    std::mt19937_64 random(6);
    std::size_t good = 0;
    for (int round = 0; round < 200'000; ++round) {
        std::string text(random() % 12, 'x');
        for (std::size_t i = random() % 5; i > 0; --i)
            text += "\xC2\xE0\xE1\xED\xEF\xF0\xF4\xF5\x80\x8F\x90\x9F\xA0\xBF"[random() % 14];
        text += std::string(random() % 12, 'y');
        REQUIRE(is_utf8(text) == naive(text));
        good += naive(text);
    }
    CHECK(good > 10'000);
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
    for (const std::string broken : {"\xE2\x80"
                                     "1",
                                     "1\xE2\x80", "\xE2\x80 1", "\xE2\x80\x31\xE2\x80\x7F"})
        CHECK(trim(broken) == broken); // no UTF-8: stays
    CHECK(trim("à") == "à");           // ends in the byte 0xA0
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
    CHECK(normalised("john o’brien ‘N’ élan", {.letter_case = Case::title}) == "John O’brien ‘N’ Élan");
    CHECK(normalised("e\xCC\x81", {.nfc = true}) == "é");
    // In another case a letter composes with what follows it.
    CHECK(normalised("\xC4\xB1\xCC\x88", {.nfc = true, .letter_case = Case::upper}) == "Ï");
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
        const std::string_view alphabet = round % 2 == 0 ? "aB  \tc1@[`{z~Z'" : "ABCDEFGH IJKL";
        for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
        const TextSteps steps{.nfc = random() % 4 == 0,
                              .collapse = random() % 2 == 0,
                              .letter_case = static_cast<Case>(random() % 4)};
        arena.reset();
        INFO("round " << round << ": [" << text << "] collapse " << steps.collapse << " case "
                      << static_cast<int>(steps.letter_case));
        const std::string_view made = normalise(text, steps, arena);
        REQUIRE(made == naive(text, steps));
        if (made == text) REQUIRE(made.data() == text.data());
        // The general way gives the same: a letter that no step changes makes the text non-ASCII.
        const std::string marked = text + "中";
        REQUIRE(normalise(marked, steps, arena) ==
                naive(text + "x", steps).substr(0, naive(text + "x", steps).size() - 1) + "中");
    }
}

TEST_CASE("the step that is needed, wherever it is needed", "[text]") {
    // One byte to change at every place of texts of every length around the size of a machine word.
    for (std::size_t size = 1; size <= 33; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            INFO("size " << size << ", at " << at);
            std::string text(size, 'X');
            text[at] = 'a';
            std::string upper(size, 'X');
            upper[at] = 'A';
            CHECK(normalised(text, {.letter_case = Case::upper}) == upper);
            text[at] = '\t';
            CHECK(normalised(text, {.collapse = true}) == naive(text, {.collapse = true}));
            text.insert(at, " ");
            CHECK(normalised(text, {.collapse = true}) == naive(text, {.collapse = true}));
            CHECK_FALSE(is_ascii(std::string(text).replace(at, 1, 1, '\x80')));
        }
    }
}

TEST_CASE("what stays as it is isn't copied", "[text]") {
    Arena arena;
    const TextSteps all{.nfc = true, .collapse = true, .letter_case = Case::upper};
    for (const std::string text : {"", "A", "ÉLAN VITAL", "한 中", "10 €"}) {
        INFO(text);
        CHECK(normalise(text, all, arena).data() == text.data());
    }
    const std::string title = "John O'brien";
    CHECK(normalise(title, {.letter_case = Case::title}, arena).data() == title.data());
}

TEST_CASE("composing piece by piece", "[text][property]") {
    const char* const pieces[][2] = {
        {"e\xCC\x81", "é"},
        {"é", "é"},
        {"A\xCC\x8A", "Å"},
        {"\xE2\x84\xAB", "Å"},      // the Angstrom sign
        {"o\xCC\xA3\xCC\x82", "ộ"}, // two marks in order
        {"o\xCC\x82\xCC\xA3", "ộ"}, // and out of order
        {"\xE1\x84\x92\xE1\x85\xA1", "하"},
        {"\xE0\xA4\x95\xE0\xA4\xBC", "\xE0\xA4\x95\xE0\xA4\xBC"}, // excluded from composition
        {"\xEF\xAC\x81", "\xEF\xAC\x81"}, // a ligature: only compatibility would change it
        {"x", "x"},
        {"1 2", "1 2"},
        {"€", "€"},
    };
    std::mt19937_64 random(31);
    Arena arena;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        std::string expected;
        for (std::size_t i = random() % 9; i > 0; --i) {
            const auto& piece = pieces[random() % std::size(pieces)];
            text += piece[0];
            expected += piece[1];
        }
        arena.reset();
        INFO("round " << round << ": " << text);
        const std::string_view composed = normalise(text, {.nfc = true}, arena);
        REQUIRE(composed == expected);
        REQUIRE(normalise(composed, {.nfc = true}, arena).data() == composed.data());
    }
}

TEST_CASE("what a spreadsheet takes for a formula", "[text]") {
    for (const char* text : {"=1+1", "=", "+x", "-", "--5", "@sum", "\t1", "\r", "+49 30", "-5-3", "-1e",
                             "-.", "+1,5,0", "-2+cmd|' /C calc'!A0"})
        CHECK(is_formula(text));
    for (const char* text :
         {"", "1", "-5", "+5", "-5.25", "-5,25", "-.5", "+1e3", "-1.5E-7", "x=1", " =1", "'=1"})
        CHECK_FALSE(is_formula(text));
}

TEST_CASE("equal whatever the case", "[text]") {
    CHECK(equal_any_case("", ""));
    CHECK(equal_any_case("EIRE", "eire"));
    CHECK(equal_any_case("ΣΊΣΥΦΟΣ", "σίσυφος")); // the final sigma is a sigma
    CHECK(equal_any_case("\xE2\x84\xAA", "k"));  // the Kelvin sign
    CHECK(equal_any_case("GROẞ", "groß"));
    CHECK_FALSE(equal_any_case("GROSS", "groß")); // simple folding: one code point to one
    CHECK_FALSE(equal_any_case("é", "e"));
    CHECK_FALSE(equal_any_case("@", "`"));
    CHECK_FALSE(equal_any_case("[", "{"));
}
