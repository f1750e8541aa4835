// Instructions for calls of functions, and for look-ups.
#include "core/expression/expression_generator.hpp"

#include "core/field/lookup.hpp"
#include "core/number/number.hpp"
#include "core/pattern/regex.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <utility>

namespace ordermill::core::expression {

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

} // namespace ordermill::core::expression
