#pragma once

#include "core/expression/expression.hpp"
#include "core/field/lookup.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

/// A record to try expressions on, and what they come to, in words.
namespace ordermill::testing::expressions {

using namespace core;

inline std::string reason_text(Reason reason) {
    switch (reason) {
    case Reason::out_of_range: return "out of range";
    case Reason::divided_by_zero: return "divided by zero";
    case Reason::inexact: return "inexact";
    case Reason::not_found: return "not found";
    case Reason::not_a_number: return "not a number";
    default: return "another reason";
    }
}

inline std::string decimal(std::int64_t units, int scale) {
    std::string digits = std::to_string(units);
    const bool negative = digits.front() == '-';
    if (negative) digits.erase(0, 1);
    while (digits.size() <= static_cast<std::size_t>(scale)) digits.insert(0, "0");
    if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), ".");
    return (negative ? "-" : "") + digits;
}

inline std::string shown(const Value& value, const ValueType& type) {
    if (value.state == State::missing) return "missing";
    if (value.state == State::faulty) return "fault: " + reason_text(value.reason);
    if (value.state == State::kept) return "kept";
    switch (type.kind) {
    case Kind::text: return fmt::format("'{}'", value.text());
    case Kind::number: return decimal(value.number, type.scale) + (type.trim_zeros ? " trimmed" : "");
    case Kind::boolean: return value.number == 1 ? "true" : value.number == 0 ? "false" : "neither";
    case Kind::date: return fmt::format("day {}", value.number);
    case Kind::timestamp: return fmt::format("microsecond {}{}", value.number, type.zoned ? " UTC" : "");
    }
    return "";
}

inline Value text(const char* view) {
    Value value;
    value.set_text(view);
    return value;
}

inline Value number(std::int64_t units) {
    Value value;
    value.set_number(units);
    return value;
}

inline Value in_state(State state, Reason reason = Reason::none) {
    Value value = text("as it came");
    value.number = 77;
    value.state = state;
    value.reason = reason;
    return value;
}

inline constexpr std::int64_t day = 86'400'000'000;
inline constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

inline std::shared_ptr<const LookupTable> menu() {
    auto table = std::make_shared<LookupTable>(
        "menu", std::vector<ValueType>{{.kind = Kind::text}},
        std::vector<LookupTable::Column>{{"price", {.kind = Kind::number, .scale = 2}}, {"label", {}}});
    const auto add = [&](const char* key, Value price, Value label) {
        const std::vector<Value> keys = {text(key)};
        const std::vector<Value> values = {price, label};
        REQUIRE(table->add(keys, values));
    };
    add("Coffee", number(200), text("hot"));
    add("Cake", number(300), text("sweet"));
    add("Water", Value{}, text("wet"));
    return table;
}

inline std::shared_ptr<const LookupTable> rates() {
    auto table = std::make_shared<LookupTable>(
        "rates", std::vector<ValueType>{{.kind = Kind::number, .scale = 1}, {.kind = Kind::date}},
        std::vector<LookupTable::Column>{{"factor", {.kind = Kind::number, .scale = 3}}});
    const std::vector<Value> keys = {number(25), number(15033)}; // 2.5 on 2011-02-28
    const std::vector<Value> values = {number(1125)};
    REQUIRE(table->add(keys, values));
    return table;
}

inline std::shared_ptr<const LookupTable> shifts() {
    auto table = std::make_shared<LookupTable>("shifts", std::vector<ValueType>{{.kind = Kind::timestamp}},
                                               std::vector<LookupTable::Column>{{"name", {}}});
    const std::vector<Value> keys = {number(15033 * day)};
    const std::vector<Value> values = {text("night")};
    REQUIRE(table->add(keys, values));
    return table;
}

/// One record, and what its fields are called.
struct Record {
    Scope scope;
    std::vector<Value> slots;

    Record() {
        const ValueType whole{.kind = Kind::number};
        const ValueType flag{.kind = Kind::boolean};
        add("quantity", whole, number(6));
        add("zero", whole, number(0));
        add("seven", whole, number(7));
        add("price", {.kind = Kind::number, .scale = 2}, number(255));
        add("rate", {.kind = Kind::number, .scale = 4}, number(-12345));
        add("weight", {.kind = Kind::number, .scale = 9, .trim_zeros = true}, number(1'500'000'000));
        add("largest", whole, number(most));
        add("smallest", whole, number(std::numeric_limits<std::int64_t>::min()));
        add("nano", {.kind = Kind::number, .scale = 9}, number(most));
        add("invoice", {}, text("C536365"));
        add("item", {}, text("Coffee"));
        add("city", {}, text("S\u00e3o Paulo"));
        add("digits", {}, text(" 12.50 "));
        add("blank", {}, text(""));
        add("paid", flag, number(1));
        add("cancelled", flag, number(0));
        add("unknown", flag, Value{});
        add("ordered", {.kind = Kind::date}, number(15033));                                // 2011-02-28
        add("ordered_at", {.kind = Kind::timestamp}, number(15033 * day + 34'200'000'000)); // 09:30
        add("sent_at", {.kind = Kind::timestamp, .zoned = true}, number(15034 * day));
        add("long_ago", {.kind = Kind::timestamp}, number(-1)); // 1969-12-31
        add("never", {.kind = Kind::date}, Value{});
        add("note", {}, Value{});
        add("discount", {.kind = Kind::number, .scale = 2}, Value{});
        add("kept", {.kind = Kind::number, .scale = 2}, in_state(State::kept));
        add("faulty", {.kind = Kind::number, .scale = 2}, in_state(State::faulty, Reason::not_a_number));
        scope.lookups = {menu(), rates(), shifts()};
    }

    void add(const char* name, ValueType type, Value value) {
        scope.variables.push_back({name, type, static_cast<std::uint32_t>(slots.size())});
        slots.push_back(value);
    }

    std::string result(const std::string& source, Target target = {}) const {
        const Expression expression = Expression::compile(source, {1, 1}, scope, target);
        Arena arena;
        return shown(expression.evaluate(slots, arena), expression.type());
    }
};

struct Row {
    const char* source;
    const char* result;
};

inline void check_all(const std::vector<Row>& rows, Target target = {}) {
    const Record record;
    for (const Row& row : rows) {
        INFO(row.source);
        try {
            CHECK(record.result(row.source, target) == row.result);
        } catch (const JobError& error) {
            FAIL_CHECK(fmt::format("column {}: {}", error.place.column, error.what()));
        }
    }
}

} // namespace ordermill::testing::expressions
