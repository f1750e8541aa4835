#include "core/field/lookup.hpp"

#include "support/catch.hpp"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace ordermill::core;

namespace {

Value text(std::string_view view) {
    Value value;
    value.set_text(view);
    return value;
}

Value number(std::int64_t units) {
    Value value;
    value.set_number(units);
    return value;
}

using Values = std::vector<Value>;

LookupTable table_of(std::vector<ValueType> keys) {
    return {"table", std::move(keys), {{"label", {}}, {"price", {.kind = Kind::number, .scale = 2}}}};
}

} // namespace

TEST_CASE("lookup: finds what was added, and owns it", "[lookup]") {
    LookupTable table = table_of({{}});
    {
        std::string key = "Coffee";
        std::string label = "a label that is too long to live inside its string";
        REQUIRE(table.add(Values{text(key)}, Values{text(label), number(200)}));
        key = "xxxxxx";
        label.assign(label.size(), 'x');
    }
    REQUIRE(table.add(Values{text("")}, Values{Value{}, number(-1)}));
    CHECK(table.rows() == 2);
    CHECK(table.name() == "table");

    const auto row = table.find(Values{text("Coffee")});
    REQUIRE(row);
    CHECK(table.at(*row, 0).text() == "a label that is too long to live inside its string");
    CHECK(table.at(*row, 1).number == 200);
    const auto empty = table.find(Values{text("")});
    REQUIRE(empty);
    CHECK(table.at(*empty, 0).state == State::missing);
    CHECK(table.at(*empty, 1).number == -1);
    CHECK_FALSE(table.find(Values{text("coffee")}));
    CHECK_FALSE(table.find(Values{text("Coffee ")}));
    CHECK_FALSE(table.find(Values{text("xxxxxx")}));
}

TEST_CASE("lookup: a repeated key changes nothing", "[lookup]") {
    LookupTable table = table_of({{}});
    REQUIRE(table.add(Values{text("a")}, Values{text("first"), number(1)}));
    const std::size_t memory = table.memory();
    CHECK_FALSE(table.add(Values{text("a")}, Values{text("second"), number(2)}));
    CHECK(table.rows() == 1);
    CHECK(table.memory() == memory);
    CHECK(table.at(*table.find(Values{text("a")}), 0).text() == "first");
}

TEST_CASE("lookup: keys of several columns are not their concatenation", "[lookup]") {
    LookupTable table = table_of({{}, {}});
    REQUIRE(table.add(Values{text("ab"), text("c")}, Values{text("1"), number(1)}));
    REQUIRE(table.add(Values{text("a"), text("bc")}, Values{text("2"), number(2)}));
    REQUIRE(table.add(Values{text("c"), text("ab")}, Values{text("3"), number(3)}));
    REQUIRE(table.add(Values{text("abc"), text("")}, Values{text("4"), number(4)}));
    CHECK(table.at(*table.find(Values{text("ab"), text("c")}), 1).number == 1);
    CHECK(table.at(*table.find(Values{text("a"), text("bc")}), 1).number == 2);
    CHECK(table.at(*table.find(Values{text("c"), text("ab")}), 1).number == 3);
    CHECK(table.at(*table.find(Values{text("abc"), text("")}), 1).number == 4);
    CHECK_FALSE(table.find(Values{text("bc"), text("a")}));
}

TEST_CASE("lookup: keys are values of their type", "[lookup]") {
    LookupTable table = table_of({{.kind = Kind::number, .scale = 2}, {.kind = Kind::date}});
    REQUIRE(table.add(Values{number(250), number(15033)}, Values{text("x"), number(1)}));
    Value key = number(250);
    key.data = "what a number's text was plays no part";
    key.size = 4;
    CHECK(table.find(Values{key, number(15033)}));
    CHECK_FALSE(table.find(Values{number(25), number(15033)}));
    CHECK_FALSE(table.find(Values{number(250), number(15034)}));
}

TEST_CASE("lookup: what isn't present is found nowhere", "[lookup]") {
    LookupTable table = table_of({{}});
    REQUIRE(table.add(Values{Value{}}, Values{text("x"), number(1)}));
    CHECK_FALSE(table.add(Values{Value{}}, Values{text("y"), number(2)}));
    CHECK_FALSE(table.find(Values{Value{}}));
    Value kept = text("a");
    REQUIRE(table.add(Values{kept}, Values{text("z"), number(3)}));
    kept.state = State::kept;
    CHECK_FALSE(table.find(Values{kept}));
    CHECK_FALSE(table.find(Values{text("")}));
}

TEST_CASE("lookup: an empty table has nothing, a value of a fault is missing", "[lookup]") {
    LookupTable table = table_of({{}});
    CHECK(table.rows() == 0);
    CHECK_FALSE(table.find(Values{text("a")}));
    Value faulty = text("bad");
    faulty.state = State::faulty;
    REQUIRE(table.add(Values{text("a")}, Values{faulty, number(1)}));
    CHECK(table.at(0, 0).state == State::missing);
}

TEST_CASE("lookup: many rows against a map", "[lookup]") {
    constexpr std::uint32_t seed = 20110228;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    LookupTable table = table_of({{}, {.kind = Kind::number}});
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> oracle;
    const auto draw = [&] {
        std::string key(random() % 4, 'a');
        for (char& c : key) c = static_cast<char>('a' + random() % 12);
        return std::pair<std::string, std::int64_t>(key, static_cast<std::int64_t>(random() % 8) - 4);
    };
    std::size_t wrong = 0;
    for (std::int64_t i = 0; i < 20'000; ++i) {
        const auto key = draw();
        const std::string label = key.first + std::to_string(i);
        const bool added =
            table.add(Values{text(key.first), number(key.second)}, Values{text(label), number(i)});
        wrong += added != oracle.emplace(key, i).second;
    }
    for (int i = 0; i < 20'000; ++i) {
        const auto key = draw();
        const auto row = table.find(Values{text(key.first), number(key.second)});
        const auto known = oracle.find(key);
        wrong += row.has_value() != (known != oracle.end());
        if (!row || known == oracle.end()) continue;
        wrong += table.at(*row, 1).number != known->second;
        wrong += table.at(*row, 0).text() != key.first + std::to_string(known->second);
    }
    CHECK(wrong == 0);
    CHECK(table.rows() == oracle.size());
    CHECK(table.memory() > table.rows() * (4 * sizeof(Value) + 8));
    CHECK(table.memory() < table.rows() * (4 * sizeof(Value) * 2 + 8 * 2 + 4 * 4) + (1 << 17) * 2);
}
