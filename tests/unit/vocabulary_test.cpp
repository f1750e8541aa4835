#include "core/vocabulary.hpp"

#include "support/catch.hpp"

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
