#include "core/text/vocabulary.hpp"

#include "support/catch.hpp"

#include <iterator>
#include <map>
#include <random>
#include <string>

using ordermill::core::Vocabulary;

TEST_CASE("words as they stand and in any case", "[vocabulary]") {
    Vocabulary exact(false);
    CHECK(exact.find("EIRE") == nullptr);
    CHECK(exact.add("EIRE", "Ireland"));
    CHECK(exact.add("EIRE", "Ireland"));
    CHECK_FALSE(exact.add("EIRE", "Eire"));
    REQUIRE(exact.find("EIRE") != nullptr);
    CHECK(exact.find("EIRE")->canonical == "Ireland");
    CHECK(exact.find("eire") == nullptr);
    CHECK(exact.find("") == nullptr);

    Vocabulary any(true);
    CHECK(any.add("Österreich", "Austria"));
    CHECK(any.add("united kingdom", "United Kingdom"));
    CHECK_FALSE(any.add("ÖSTERREICH", "Australia"));
    REQUIRE(any.find("öSTERREICH") != nullptr);
    CHECK(any.find("United Kingdom")->canonical == "United Kingdom");
    CHECK(any.find("United Kingdom ") == nullptr);
    CHECK(any.find(std::string(2000, 'x')) == nullptr);
}

TEST_CASE("many words", "[vocabulary][property]") {
    std::mt19937_64 random(3);
    Vocabulary words(false);
    std::map<std::string, std::string> oracle;
    for (int i = 0; i < 20'000; ++i) {
        const std::string alias = std::to_string(random() % 30'000);
        const std::string meaning = std::to_string(random() % 2);
        const auto [known, is_new] = oracle.emplace(alias, meaning);
        REQUIRE(words.add(alias, meaning) == (is_new || known->second == meaning));
    }
    CHECK(words.size() == oracle.size());
    for (int i = 0; i < 30'000; ++i) {
        const auto* found = words.find(std::to_string(i));
        const auto expected = oracle.find(std::to_string(i));
        REQUIRE((found != nullptr) == (expected != oracle.end()));
        if (found != nullptr) REQUIRE(found->canonical == expected->second);
    }
}

TEST_CASE("any case is any case of every letter", "[vocabulary][property]") {
    const char* const letters[][2] = {{"a", "A"}, {"z", "Z"}, {"é", "É"}, {"ж", "Ж"}, {"ß", "ẞ"},
                                      {"σ", "Σ"}, {"σ", "ς"}, {"s", "ſ"}, {"1", "1"}, {" ", " "},
                                      {"@", "@"}, {"`", "`"}, {"€", "€"}};
    std::mt19937_64 random(7);
    Vocabulary words(true);
    std::map<std::string, std::string> oracle; // in small letters
    for (int round = 0; round < 20'000; ++round) {
        std::string small;
        std::string mixed;
        for (std::size_t i = random() % 14; i > 0; --i) {
            const auto& letter = letters[random() % std::size(letters)];
            small += letter[0];
            mixed += letter[random() % 2];
        }
        INFO("round " << round << ": " << mixed);
        const auto* found = words.find(mixed);
        const auto known = oracle.find(small);
        REQUIRE((found != nullptr) == (known != oracle.end()));
        if (found != nullptr) {
            REQUIRE(found->canonical == known->second);
        } else {
            const std::string meaning = std::to_string(round);
            REQUIRE(words.add(mixed, meaning));
            REQUIRE_FALSE(words.add(small, meaning + "x"));
            oracle.emplace(small, meaning);
        }
    }
    CHECK(words.size() == oracle.size());
}

TEST_CASE("entries stay where they are", "[vocabulary]") {
    Vocabulary words(false);
    words.add("first", "1");
    const auto* first = words.find("first");
    for (int i = 0; i < 1000; ++i) words.add(std::to_string(i), "x");
    CHECK(words.find("first") == first);
    const Vocabulary moved = std::move(words);
    CHECK(moved.find("first") == first);
    CHECK(first->canonical == "1");
}

TEST_CASE("long words", "[vocabulary]") {
    Vocabulary words(true);
    for (std::size_t size : {500U, 508U, 511U, 512U, 513U, 520U, 2000U}) {
        INFO(size);
        const std::string word(size, 'x');
        const std::string umlauts = std::string(size - size % 2, 'y') + "ä";
        CHECK(words.add(word, std::to_string(size)));
        CHECK(words.add(umlauts, "ä"));
        REQUIRE(words.find(word) != nullptr);
        CHECK(words.find(word)->canonical == std::to_string(size));
        CHECK(words.find(umlauts) != nullptr);
    }
    // The limit is on the folded word, whichever way it is written.
    for (std::size_t size = 505; size <= 515; ++size) {
        INFO(size);
        Vocabulary any(true);
        CHECK(any.add(std::string(size, 's'), "s"));
        const bool folds = size <= 512;
        CHECK((any.find(std::string(size, 'S')) != nullptr) == folds);
        CHECK((any.find("ſ" + std::string(size - 1, 'S')) != nullptr) == folds);
        // A last letter of two bytes that begins within the limit and may end behind it.
        Vocabulary umlaut(true);
        CHECK(umlaut.add(std::string(size - 2, 's') + "ä", "ä"));
        CHECK(umlaut.find(std::string(size - 2, 's') + "ä") != nullptr);
        CHECK((umlaut.find(std::string(size - 2, 'S') + "Ä") != nullptr) == folds);
    }
}
