#include "core/expression/expression.hpp"

#include "support/catch.hpp"
#include "support/exact_numbers.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace ordermill::core;
using ordermill::test::bits;
using ordermill::test::cpp_int;
using ordermill::test::cpp_rational;
using ordermill::test::power_of_ten_exact;
using ordermill::test::rounded;

namespace {

constexpr std::uint32_t seed = 536365;

/// The result as the language's rules have it, worked out on the tree, both sides always.
struct Outcome {
    State state = State::present;
    Reason reason = Reason::none;
    cpp_rational number;
    bool truth = false;
};

Outcome of_number(const cpp_rational& number) { return {State::present, Reason::none, number, false}; }
Outcome of_truth(bool truth) { return {State::present, Reason::none, 0, truth}; }
Outcome missing() { return {State::missing, Reason::none, 0, false}; }
Outcome fault(Reason reason) { return {State::faulty, reason, 0, false}; }

/// What both being needed makes of operands that aren't there; present when they are.
Outcome absent(const Outcome& a, const Outcome& b) {
    if (a.state == State::faulty) return a;
    if (b.state == State::faulty) return b;
    if (a.state == State::missing || b.state == State::missing) return missing();
    return {};
}

Outcome logic(const Outcome& a, const Outcome& b, bool decisive) {
    const auto decides = [&](const Outcome& x) { return x.state == State::present && x.truth == decisive; };
    if (decides(a) || decides(b)) return of_truth(decisive);
    const Outcome both = absent(a, b);
    return both.state == State::present ? of_truth(!decisive) : both;
}

Outcome negated(Outcome a) {
    a.truth = !a.truth;
    return a;
}

struct Generated {
    std::string source;
    Outcome outcome;
};

/// Draws expressions and records; the fields of a record are its variables.
class Source {
  public:
    explicit Source(std::uint32_t from) : random_(from) {
        const std::array<int, 6> scales = {0, 0, 2, 2, 4, 9};
        for (std::size_t i = 0; i < scales.size(); ++i) {
            const auto slot = static_cast<std::uint32_t>(i);
            const auto scale = static_cast<std::uint8_t>(scales[i]);
            scope.variables.push_back(
                {std::string(1, static_cast<char>('a' + i)), {.kind = Kind::number, .scale = scale}, slot});
        }
        slots.resize(scales.size());
    }

    void draw_record() {
        for (Value& slot : slots) {
            slot = {};
            if (below(8) > 0) slot.set_number(static_cast<std::int64_t>(below(400)) - 200);
            if (below(40) == 0) slot.set_number(static_cast<std::int64_t>(random_()) * 4096);
        }
    }
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
    Generated number(int depth);
    Generated truth(int depth);
    /// True when a number came up that 128 bits might not hold on the way.
    bool risky() const noexcept { return risky_; }
    void forget_risk() noexcept { risky_ = false; }

    Scope scope;
    std::vector<Value> slots;

  private:
    Generated leaf();
    Generated arithmetic(int depth);
    Generated comparison(int depth);
    Generated member(int depth);
    Outcome watched(const Outcome& a, const Outcome& b, const Outcome& result);

    std::mt19937 random_;
    bool risky_ = false;
};

Outcome Source::watched(const Outcome& a, const Outcome& b, const Outcome& result) {
    const auto size = [](const Outcome& x) {
        return bits(numerator(x.number)) + bits(denominator(x.number));
    };
    // Aligning scales takes up to 10^18, which is 60 bits.
    if (size(a) + size(b) + 60 > 126) risky_ = true;
    return result;
}

Generated Source::leaf() {
    if (below(3) == 0) {
        const std::uint32_t digits = below(3);
        const std::uint32_t units = below(1000);
        std::string text = std::to_string(units + 1000).substr(1);
        if (digits > 0) text.insert(3 - digits, ".");
        return {text, of_number(cpp_rational(units, power_of_ten_exact(static_cast<int>(digits))))};
    }
    const Scope::Variable& variable = scope.variables[below(static_cast<std::uint32_t>(slots.size()))];
    const Value& value = slots[variable.slot];
    const bool there = value.state == State::present;
    return {variable.name,
            there ? of_number(cpp_rational(value.number, power_of_ten_exact(variable.type.scale)))
                  : missing()};
}

Generated Source::arithmetic(int depth) {
    const Generated a = number(depth - 1);
    const Generated b = number(depth - 1);
    const char sign = "+-*/"[below(4)];
    const std::string source = "(" + a.source + " " + sign + " " + b.source + ")";
    Outcome result = absent(a.outcome, b.outcome);
    if (result.state == State::present) {
        const cpp_rational& x = a.outcome.number;
        const cpp_rational& y = b.outcome.number;
        if (sign == '/' && y == 0) {
            result = fault(Reason::divided_by_zero);
        } else {
            result = of_number(sign == '+'   ? cpp_rational(x + y)
                               : sign == '-' ? cpp_rational(x - y)
                               : sign == '*' ? cpp_rational(x * y)
                                             : cpp_rational(x / y));
        }
    }
    return {source, watched(a.outcome, b.outcome, result)};
}

Generated Source::number(int depth) {
    if (depth == 0) return leaf();
    switch (below(9)) {
    case 0: {
        Generated a = number(depth - 1);
        a.outcome.number = -a.outcome.number;
        return {"-(" + a.source + ")", a.outcome};
    }
    case 1: {
        Generated a = number(depth - 1);
        a.outcome.number = abs(a.outcome.number);
        return {"abs(" + a.source + ")", a.outcome};
    }
    case 2: {
        Generated a = number(depth - 1);
        const int digits = static_cast<int>(below(10));
        a.outcome = watched(a.outcome, a.outcome, a.outcome);
        a.outcome.number = cpp_rational(rounded(a.outcome.number, digits), power_of_ten_exact(digits));
        return {"round(" + a.source + ", " + std::to_string(digits) + ")", a.outcome};
    }
    case 3: {
        const Generated condition = truth(depth - 1);
        const Generated a = number(depth - 1);
        const Generated b = number(depth - 1);
        const Outcome& chosen = condition.outcome.state == State::faulty    ? condition.outcome
                                : condition.outcome.state == State::missing ? b.outcome
                                : condition.outcome.truth                   ? a.outcome
                                                                            : b.outcome;
        return {"if(" + condition.source + ", " + a.source + ", " + b.source + ")", chosen};
    }
    case 4: {
        const Generated a = number(depth - 1);
        const Generated b = number(depth - 1);
        const bool first = a.outcome.state == State::present;
        return {"coalesce(" + a.source + ", " + b.source + ")", first ? a.outcome : b.outcome};
    }
    default: return arithmetic(depth);
    }
}

Generated Source::comparison(int depth) {
    const Generated a = number(depth - 1);
    const Generated b = number(depth - 1);
    const cpp_rational& x = a.outcome.number;
    const cpp_rational& y = b.outcome.number;
    const std::array<const char*, 6> signs = {"=", "!=", "<", "<=", ">", ">="};
    const std::array<bool, 6> answers = {x == y, x != y, x<y, x <= y, x> y, x >= y};
    const std::size_t which = below(6);
    Outcome result = absent(a.outcome, b.outcome);
    if (result.state == State::present) result = of_truth(answers[which]);
    return {"(" + a.source + " " + signs[which] + " " + b.source + ")", result};
}

Generated Source::member(int depth) {
    const Generated wanted = number(depth - 1);
    std::string source = "(" + wanted.source + " in (";
    Outcome result = of_truth(false);
    for (std::uint32_t left = 1 + below(3); left > 0; --left) {
        const Generated item = number(depth - 1);
        source += item.source + (left > 1 ? ", " : "))");
        Outcome same = absent(wanted.outcome, item.outcome);
        if (same.state == State::present) same = of_truth(wanted.outcome.number == item.outcome.number);
        result = logic(result, same, true);
    }
    return {source, result};
}

Generated Source::truth(int depth) {
    if (depth == 0) {
        const bool yes = below(2) == 0;
        return {yes ? "true" : "false", of_truth(yes)};
    }
    const std::uint32_t which = below(8);
    if (which < 3) return comparison(depth);
    if (which == 3) return member(depth);
    const Generated a = truth(depth - 1);
    if (which == 4) return {"not " + a.source, negated(a.outcome)};
    const Generated b = truth(depth - 1);
    if (which == 5) return {"(" + a.source + " and " + b.source + ")", logic(a.outcome, b.outcome, false)};
    if (which == 6) return {"(" + a.source + " or " + b.source + ")", logic(a.outcome, b.outcome, true)};
    return {"(" + a.source + " implies " + b.source + ")", logic(negated(a.outcome), b.outcome, true)};
}

/// What a number is in the end: rounded to the target, or a fault.
Outcome in_target(const Outcome& outcome, const Target& target) {
    if (outcome.state != State::present) return outcome;
    const cpp_int units = rounded(outcome.number, *target.scale);
    if (target.when_exact && cpp_rational(units, power_of_ten_exact(*target.scale)) != outcome.number)
        return fault(Reason::inexact);
    if (units > INT64_MAX || units < INT64_MIN) return fault(Reason::out_of_range);
    return of_number(cpp_rational(units));
}

bool agree(const Value& value, const Outcome& wanted, Kind kind) {
    if (value.state != wanted.state) return false;
    if (value.state == State::faulty) return value.reason == wanted.reason;
    if (value.state == State::missing) return true;
    return kind == Kind::boolean ? (value.number == 1) == wanted.truth
                                 : cpp_rational(value.number) == wanted.number;
}

} // namespace

TEST_CASE("expression property: random expressions against exact rationals", "[expression][property]") {
    INFO("seed " << seed);
    Source source(seed);
    constexpr int rounds = 30'000;
    int checked = 0;
    std::array<int, 4> seen{};
    Arena arena;
    for (int i = 0; i < rounds; ++i) {
        source.draw_record();
        source.forget_risk();
        const bool of_numbers = i % 3 != 0;
        const int depth = 1 + i % 4;
        const Generated generated = of_numbers ? source.number(depth) : source.truth(depth);
        Target target{.kind = of_numbers ? Kind::number : Kind::boolean};
        if (of_numbers) {
            target.scale = static_cast<int>(source.below(10));
            target.when_exact = source.below(4) == 0;
        }
        const Expression expression = Expression::compile(generated.source, {}, source.scope, target);
        arena.reset();
        const Value value = expression.evaluate(source.slots, arena);
        if (source.risky()) continue;
        ++checked;
        const Outcome wanted = of_numbers ? in_target(generated.outcome, target) : generated.outcome;
        ++seen[static_cast<std::size_t>(wanted.state)];
        if (agree(value, wanted, *target.kind)) continue;
        INFO(generated.source);
        INFO("round " << i << ", scale " << target.scale.value_or(-1) << ", got state "
                      << static_cast<int>(value.state) << " reason " << static_cast<int>(value.reason)
                      << " number " << value.number << ", wanted state " << static_cast<int>(wanted.state)
                      << " reason " << static_cast<int>(wanted.reason) << " number " << wanted.number
                      << " truth " << wanted.truth);
        FAIL();
    }
    CHECK(checked > rounds * 3 / 4);
    CHECK(seen[static_cast<std::size_t>(State::present)] > rounds / 4);
    CHECK(seen[static_cast<std::size_t>(State::missing)] > rounds / 20);
    CHECK(seen[static_cast<std::size_t>(State::faulty)] > rounds / 50);
}

TEST_CASE("expression property: whatever is written compiles or is a job error within it",
          "[expression][property]") {
    INFO("seed " << seed);
    const Source source(seed);
    const std::vector<std::string> words = {"a",
                                            "b",
                                            "c",
                                            "(",
                                            ")",
                                            ",",
                                            "+",
                                            "-",
                                            "*",
                                            "/",
                                            "=",
                                            "!=",
                                            "<",
                                            ">=",
                                            "and",
                                            "or",
                                            "not",
                                            "in",
                                            "implies",
                                            "if(",
                                            "round(",
                                            "abs(",
                                            "1",
                                            "2.5",
                                            "'x'",
                                            "\"y\"",
                                            "true",
                                            "false",
                                            "coalesce(",
                                            "text(",
                                            "missing(",
                                            "year(",
                                            "concat(",
                                            ".",
                                            "'",
                                            "\xC3",
                                            "matches",
                                            "\"[\"",
                                            "\"2011-01-01\"",
                                            "replace(",
                                            "substring(",
                                            "number(",
                                            "9223372036854775807"};
    std::mt19937 random(seed);
    int compiled = 0;
    Arena arena;
    for (int i = 0; i < 100'000; ++i) {
        std::string text;
        for (std::size_t left = 1 + random() % 9; left > 0; --left)
            text += words[random() % words.size()] + " ";
        try {
            const Expression expression = Expression::compile(text, {1, 1}, source.scope);
            arena.reset();
            expression.evaluate(source.slots, arena);
            ++compiled;
        } catch (const JobError& error) {
            const bool within =
                error.place.line == 1 && error.place.column >= 1 && error.place.column <= text.size() + 1;
            if (!within) FAIL(text);
        }
    }
    CHECK(compiled > 1'000);
}
