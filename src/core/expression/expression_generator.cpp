#include "core/expression/expression_program.hpp"
#include "core/expression/expression_types.hpp"
#include "core/field/lookup.hpp"
#include "core/number/number.hpp"
#include "core/pattern/regex.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace ordermill::core::expression {
namespace {

class Generator {
  public:
    Generator(Place start, const Scope& scope) : start_(start) { program_.lookups = scope.lookups; }

    Program finish(const Node& root, const Target& target);

  private:
    std::vector<Instruction>& code() noexcept { return program_.instructions; }
    std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(program_.instructions.size()); }
    /// Appends; `effect`: by how much the stack grows. Returns the instruction's index.
    std::uint32_t emit(const Instruction& instruction, int effect);
    void land(std::uint32_t jump) { code()[jump].target = here(); }
    Place place(std::size_t offset) const {
        return {start_.line, start_.column + static_cast<std::uint32_t>(offset)};
    }
    std::uint32_t add_text(std::string text) {
        program_.texts.push_back(std::move(text));
        return static_cast<std::uint32_t>(program_.texts.size() - 1);
    }

    void generate(const Node& node);
    void generate_as(const Node& node, const Type& type) {
        generate(node);
        convert(node.type, type);
    }
    /// The top from one way of holding a value to another that can hold it too.
    void convert(const Type& from, const Type& to);
    /// The top, a number, to a count of 10^-scale.
    void round(const Type& from, int scale, bool strict);
    void constant(std::int64_t value) {
        program_.constants.push_back(value);
        emit({.op = Op::constant, .index = static_cast<std::uint32_t>(program_.constants.size() - 1)}, 1);
    }
    void arithmetic(const Node& node);
    /// Makes the top fit to be compared with one of the other type. Both sides need it before `compare`.
    void ready_to_compare(const Type& type, const Type& other);
    void compare(const Type& left, const Type& right, Relation relation);
    void membership(const Node& node);
    bool texts_only(const Node& node) const;
    void logic(const Node& node);
    void condition(const Node& node);
    void coalesce(const Node& node);
    void moment_as_date(const Node& node);
    void call(const Node& node);
    void lookup(const Node& node);
    void replacement(const Node& node);
    void format_date(const Node& node);
    void write_text(const Node& node);
    bool fused(const Node& node);

    Place start_;
    Program program_;
    int depth_ = 0;
};

std::uint32_t Generator::emit(const Instruction& instruction, int effect) {
    depth_ += effect;
    if (depth_ > static_cast<int>(stack_size)) throw JobError(start_, "the expression is nested too deeply");
    code().push_back(instruction);
    return here() - 1;
}

void Generator::convert(const Type& from, const Type& to) {
    if (from.kind == Kind::date && to.kind == Kind::timestamp) emit({.op = Op::midnight}, 0);
    if (from.kind != Kind::number || to.kind != Kind::number || from.fraction) return;
    if (to.fraction) {
        emit({.op = Op::to_fraction, .small = from.digits}, 0);
    } else if (from.digits < to.digits) {
        emit({.op = Op::scale_up, .small = static_cast<std::uint8_t>(to.digits - from.digits)}, 0);
    }
}

void Generator::round(const Type& from, int scale, bool strict) {
    const auto wanted = static_cast<std::uint8_t>(scale);
    if (from.fraction) {
        emit({.op = Op::round_fraction, .small = wanted, .strict = strict}, 0);
    } else if (from.digits > wanted) {
        const auto dropped = static_cast<std::uint8_t>(from.digits - wanted);
        emit({.op = Op::scale_down, .small = dropped, .strict = strict}, 0);
    } else {
        convert(from, {.kind = Kind::number, .digits = wanted});
    }
}

bool Generator::fused(const Node& node) {
    const bool product = node.kind == NodeKind::multiply;
    const bool prefix = node.kind == NodeKind::call && node.function == Function::starts_with;
    if (!product && !prefix) return false;
    const Node& left = node.children[0];
    const Node& right = node.children[1];
    if (left.kind != NodeKind::variable) return false;
    if (product && !node.type.fraction && right.kind == NodeKind::variable) {
        emit({.op = Op::multiply_slots, .index = left.index, .target = right.index}, 1);
        program_.slots.push_back(left.index);
        program_.slots.push_back(right.index);
        return true;
    }
    if (prefix && right.kind == NodeKind::text) {
        emit({.op = Op::slot_starts_with, .index = left.index, .target = add_text(right.text)}, 1);
        program_.slots.push_back(left.index);
        return true;
    }
    return false;
}

void Generator::generate(const Node& node) {
    if (fused(node)) return;
    switch (node.kind) {
    case NodeKind::number:
    case NodeKind::boolean:
    case NodeKind::date:
    case NodeKind::timestamp: return constant(node.value);
    case NodeKind::text: emit({.op = Op::text, .index = add_text(node.text)}, 1); return;
    case NodeKind::variable:
        emit({.op = Op::load, .index = node.index}, 1);
        program_.slots.push_back(node.index);
        return;
    case NodeKind::negate:
        generate(node.children[0]);
        emit({.op = Op::negate}, 0);
        return;
    case NodeKind::add:
    case NodeKind::subtract:
    case NodeKind::multiply:
    case NodeKind::divide: return arithmetic(node);
    case NodeKind::compare: {
        const Node& left = node.children[0];
        const Node& right = node.children[1];
        generate(left);
        ready_to_compare(left.type, right.type);
        generate(right);
        ready_to_compare(right.type, left.type);
        return compare(left.type, right.type, node.relation);
    }
    case NodeKind::matches: {
        const Node& pattern = node.children[1];
        generate(node.children[0]);
        program_.patterns.push_back(Pattern::compile(pattern.text, place(pattern.offset + 1)));
        emit({.op = Op::matches, .index = static_cast<std::uint32_t>(program_.patterns.size() - 1)}, 0);
        return;
    }
    case NodeKind::in: return membership(node);
    case NodeKind::logical_not:
        generate(node.children[0]);
        emit({.op = Op::logical_not}, 0);
        return;
    case NodeKind::logical_and:
    case NodeKind::logical_or:
    case NodeKind::implies: return logic(node);
    case NodeKind::call: return call(node);
    case NodeKind::lookup: return lookup(node);
    }
}

void Generator::arithmetic(const Node& node) {
    const Node& left = node.children[0];
    const Node& right = node.children[1];
    const bool fractions =
        left.type.fraction || right.type.fraction || (node.type.fraction && node.kind != NodeKind::divide);
    if (fractions) {
        generate_as(left, {.kind = Kind::number, .fraction = true});
        generate_as(right, {.kind = Kind::number, .fraction = true});
        const Op op = node.kind == NodeKind::add        ? Op::add_fraction
                      : node.kind == NodeKind::subtract ? Op::subtract_fraction
                      : node.kind == NodeKind::multiply ? Op::multiply_fraction
                                                        : Op::divide_fraction;
        emit({.op = op}, -1);
        return;
    }
    if (node.kind == NodeKind::add || node.kind == NodeKind::subtract) {
        generate_as(left, node.type);
        generate_as(right, node.type);
        emit({.op = node.kind == NodeKind::add ? Op::add : Op::subtract}, -1);
        return;
    }
    generate(left);
    generate(right);
    if (node.kind == NodeKind::multiply) {
        emit({.op = Op::multiply}, -1);
        return;
    }
    const int a = right.type.digits - left.type.digits;
    emit({.op = Op::divide,
          .small = static_cast<std::uint8_t>(std::max(a, 0)),
          .small_of_b = static_cast<std::uint8_t>(std::max(-a, 0))},
         -1);
}

void Generator::ready_to_compare(const Type& type, const Type& other) {
    // Counts of different powers of ten are compared as they are, so that nothing overflows.
    if (type.kind == Kind::number && !other.fraction) return;
    convert(type, other);
}

void Generator::compare(const Type& left, const Type& right, Relation relation) {
    if (left.kind == Kind::text) {
        emit({.op = Op::compare_text, .relation = relation}, -1);
    } else if (left.fraction || right.fraction) {
        emit({.op = Op::compare_fraction, .relation = relation}, -1);
    } else {
        const int a = right.digits - left.digits;
        emit({.op = Op::compare,
              .small = static_cast<std::uint8_t>(std::max(a, 0)),
              .small_of_b = static_cast<std::uint8_t>(std::max(-a, 0)),
              .relation = relation},
             -1);
    }
}

bool Generator::texts_only(const Node& node) const {
    return node.children.size() < 256 &&
           std::all_of(node.children.begin() + 1, node.children.end(),
                       [](const Node& item) { return item.kind == NodeKind::text; });
}

void Generator::membership(const Node& node) {
    const Node& wanted = node.children[0];
    generate(wanted);
    if (texts_only(node)) {
        const std::uint32_t first = static_cast<std::uint32_t>(program_.texts.size());
        for (std::size_t i = 1; i < node.children.size(); ++i) add_text(node.children[i].text);
        emit({.op = Op::in_texts,
              .count = static_cast<std::uint8_t>(node.children.size() - 1),
              .index = first},
             0);
        return;
    }
    // The stack: what is wanted, found so far; then both sides of one comparison after the other.
    constant(0);
    std::vector<std::uint32_t> found;
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        const Node& item = node.children[i];
        emit({.op = Op::copy_second}, 1);
        ready_to_compare(wanted.type, item.type);
        generate(item);
        ready_to_compare(item.type, wanted.type);
        compare(wanted.type, item.type, Relation::equal);
        emit({.op = Op::logical_or}, -1);
        found.push_back(emit({.op = Op::jump_if_true}, 0));
    }
    for (const std::uint32_t jump : found) land(jump);
    emit({.op = Op::drop_second}, -1);
}

void Generator::logic(const Node& node) {
    generate(node.children[0]);
    if (node.kind == NodeKind::implies) emit({.op = Op::logical_not}, 0);
    const bool both = node.kind == NodeKind::logical_and;
    const std::uint32_t decided = emit({.op = both ? Op::jump_if_false : Op::jump_if_true}, 0);
    generate(node.children[1]);
    emit({.op = both ? Op::logical_and : Op::logical_or}, -1);
    land(decided);
}

void Generator::condition(const Node& node) {
    generate(node.children[0]);
    const std::uint32_t branch = emit({.op = Op::branch}, -1);
    generate_as(node.children[1], node.type);
    const std::uint32_t end = emit({.op = Op::jump}, -1);
    land(branch);
    generate_as(node.children[2], node.type);
    land(end);
    code()[branch].index = here();
}

void Generator::coalesce(const Node& node) {
    std::vector<std::uint32_t> found;
    for (const Node& child : node.children) {
        generate_as(child, node.type);
        if (&child != &node.children.back()) found.push_back(emit({.op = Op::jump_if_present}, -1));
    }
    for (const std::uint32_t jump : found) land(jump);
}

void Generator::moment_as_date(const Node& node) {
    generate(node);
    if (node.type.kind == Kind::timestamp) emit({.op = Op::date}, 0);
}

void Generator::lookup(const Node& node) {
    const auto keys = program_.lookups[node.index]->key_types();
    if (keys.size() > most_key_columns) {
        throw JobError(place(node.offset), fmt::format("the key of the look-up {} has more than {} columns",
                                                       node.text, most_key_columns));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Node& key = node.children[i];
        generate(key);
        if (keys[i].kind == Kind::number) {
            // A number with more digits than the key's scale is in no row: inexact becomes not_found there.
            round(key.type, keys[i].scale, true);
            emit({.op = Op::to_units}, 0);
        } else {
            convert(key.type, {.kind = keys[i].kind});
        }
    }
    emit({.op = Op::lookup,
          .count = static_cast<std::uint8_t>(keys.size()),
          .index = node.index,
          .target = node.column_index},
         1 - static_cast<int>(keys.size()));
}

void Generator::replacement(const Node& node) {
    const Node& pattern = node.children[1];
    const Node& with = node.children[2];
    std::string error;
    auto compiled = compile_regex(pattern.text, error);
    if (!compiled)
        throw JobError(place(pattern.offset + 1), fmt::format("bad regular expression: {}", error));
    if (!compiled->CheckRewriteString(with.text, &error))
        throw JobError(place(with.offset + 1), fmt::format("bad replacement: {}", error));
    generate(node.children[0]);
    emit({.op = Op::replace, .index = static_cast<std::uint32_t>(program_.replacements.size())}, 0);
    program_.replacements.push_back({std::move(compiled), with.text});
}

void Generator::format_date(const Node& node) {
    const Node& moment = node.children[0];
    const Node& format = node.children[1];
    const ValueType type{.kind = moment.type.kind, .zoned = moment.type.zoned};
    program_.date_writers.push_back(DateWriter::compile(format.text, type, place(format.offset + 1)));
    generate(moment);
    emit({.op = Op::format_date, .index = static_cast<std::uint32_t>(program_.date_writers.size() - 1)}, 0);
}

void Generator::write_text(const Node& node) {
    const Node& from = node.children[0];
    generate(from);
    switch (from.type.kind) {
    case Kind::text: return;
    case Kind::number:
        round(from.type, from.type.scale, false);
        emit({.op = Op::to_units}, 0);
        emit({.op = Op::write_number, .small = from.type.scale, .strict = from.type.trim_zeros}, 0);
        return;
    case Kind::boolean: emit({.op = Op::write_boolean}, 0); return;
    case Kind::date: emit({.op = Op::write_date}, 0); return;
    case Kind::timestamp: emit({.op = Op::write_timestamp, .strict = from.type.zoned}, 0); return;
    }
}

void Generator::call(const Node& node) {
    const std::vector<Node>& arguments = node.children;
    const auto simple = [&](Op op) {
        for (const Node& argument : arguments) generate(argument);
        emit({.op = op, .count = static_cast<std::uint8_t>(arguments.size())},
             1 - static_cast<int>(arguments.size()));
    };
    const auto of_dates = [&](Op op) {
        for (const Node& argument : arguments) moment_as_date(argument);
        emit({.op = op}, 1 - static_cast<int>(arguments.size()));
    };
    switch (node.function) {
    case Function::abs: return simple(Op::absolute);
    case Function::round: generate(arguments[0]); return round(arguments[0].type, node.type.digits, false);
    case Function::coalesce: return coalesce(node);
    case Function::condition: return condition(node);
    case Function::concat: return simple(Op::concat);
    case Function::substring: return simple(arguments.size() == 2 ? Op::substring : Op::substring_of_length);
    case Function::upper: return simple(Op::upper);
    case Function::lower: return simple(Op::lower);
    case Function::length: return simple(Op::length);
    case Function::starts_with: return simple(Op::starts_with);
    case Function::ends_with: return simple(Op::ends_with);
    case Function::contains: return simple(Op::contains);
    case Function::replace: return replacement(node);
    case Function::year: return of_dates(Op::year);
    case Function::quarter: return of_dates(Op::quarter);
    case Function::month: return of_dates(Op::month);
    case Function::month_name: return of_dates(Op::month_name);
    case Function::day: return of_dates(Op::day);
    case Function::days_between: return of_dates(Op::days_between);
    case Function::format_date: return format_date(node);
    case Function::date: return moment_as_date(arguments[0]);
    case Function::missing: return simple(Op::missing);
    case Function::number: return simple(Op::read_number);
    case Function::text: return write_text(node);
    }
}

Program Generator::finish(const Node& root, const Target& target) {
    const Type& type = root.type;
    program_.type = {.kind = type.kind, .zoned = type.zoned};
    generate(root);
    if (type.kind == Kind::number) {
        program_.type.scale = target.scale ? static_cast<std::uint8_t>(*target.scale) : type.scale;
        program_.type.trim_zeros = !target.scale && type.trim_zeros;
        round(type, program_.type.scale, target.when_exact);
    } else if (target.kind == Kind::timestamp && type.kind == Kind::date) {
        emit({.op = Op::midnight}, 0);
        program_.type.kind = Kind::timestamp;
    }
    std::sort(program_.slots.begin(), program_.slots.end());
    program_.slots.erase(std::unique(program_.slots.begin(), program_.slots.end()), program_.slots.end());
    return std::move(program_);
}

} // namespace

Program generate(const Node& root, Place start, const Scope& scope, const Target& target) {
    return Generator(start, scope).finish(root, target);
}

} // namespace ordermill::core::expression
