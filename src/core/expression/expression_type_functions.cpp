// What types functions take and give.
#include "core/expression/expression_checker.hpp"
#include "core/expression/expression_signatures.hpp"
#include "core/number/number.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::core::expression {
namespace {

Type integer() noexcept { return {.kind = Kind::number}; }

} // namespace

void Checker::call(Node& node) {
    const auto found = std::find_if(signatures.begin(), signatures.end(),
                                    [&](const Signature& signature) { return signature.name == node.text; });
    if (found == signatures.end()) {
        std::vector<std::string> known;
        for (const Signature& signature : signatures) known.emplace_back(signature.name);
        fail(node.offset,
             fmt::format("there is no function \"{}\"{}", node.text, suggestion(node.text, known)));
    }
    const std::size_t count = node.children.size();
    if (count < found->least || count > found->most) {
        const std::string wanted = found->least == found->most ? fmt::format("{}", found->least)
                                   : found->most == any_number
                                       ? fmt::format("{} to {}", found->least, any_number)
                                       : fmt::format("{} or {}", found->least, found->most);
        fail(node.offset, fmt::format("{} takes {} argument{}, not {}", found->name, wanted,
                                      wanted == "1" ? "" : "s", count));
    }
    node.function = found->function;
    function(node, found->name);
}

void Checker::function(Node& node, std::string_view name) {
    std::vector<Node>& arguments = node.children;
    Node& first = arguments[0];
    const auto all_are = [&](Kind kind) {
        for (const Node& argument : arguments) need(argument, kind, name);
    };
    switch (node.function) {
    case Function::abs:
        all_are(Kind::number);
        node.type = first.type;
        return;
    case Function::round: return round(node, name);
    case Function::condition: need(first, Kind::boolean, "the condition of if"); [[fallthrough]];
    case Function::coalesce: return choice(node, name);
    case Function::concat:
    case Function::upper:
    case Function::lower:
        all_are(Kind::text);
        node.type = {.kind = Kind::text};
        return;
    case Function::replace:
        all_are(Kind::text);
        need_literal(arguments[1], name);
        need_literal(arguments[2], name);
        node.type = {.kind = Kind::text};
        return;
    case Function::substring:
        need(first, Kind::text, name);
        for (std::size_t i = 1; i < arguments.size(); ++i) need_whole(arguments[i], name);
        node.type = {.kind = Kind::text};
        return;
    case Function::starts_with:
    case Function::ends_with:
    case Function::contains:
        all_are(Kind::text);
        node.type = {.kind = Kind::boolean};
        return;
    case Function::length:
        need(first, Kind::text, name);
        node.type = integer();
        return;
    case Function::year:
    case Function::quarter:
    case Function::month:
    case Function::day:
    case Function::days_between:
        for (Node& argument : arguments) need_moment(argument, name);
        node.type = integer();
        return;
    case Function::format_date: need_literal(arguments[1], name); [[fallthrough]];
    case Function::month_name:
        need_moment(first, name);
        node.type = {.kind = Kind::text};
        return;
    case Function::date:
        need_moment(first, name);
        node.type = {.kind = Kind::date};
        return;
    case Function::missing: node.type = {.kind = Kind::boolean}; return;
    case Function::number:
        need(first, Kind::text, name);
        node.type = {.kind = Kind::number, .digits = max_scale, .scale = max_scale, .trim_zeros = true};
        return;
    case Function::text: node.type = {.kind = Kind::text}; return;
    }
}

void Checker::round(Node& node, std::string_view name) const {
    need(node.children[0], Kind::number, name);
    const std::int64_t digits =
        node.children.size() == 1 ? 0 : need_whole_literal(node.children[1], 0, max_scale, name);
    const auto scale = static_cast<std::uint8_t>(digits);
    node.type = {.kind = Kind::number, .digits = scale, .scale = scale};
}

/// if and coalesce: the type that all branches can have.
void Checker::choice(Node& node, std::string_view name) {
    const std::size_t begin = node.function == Function::condition ? 1 : 0;
    std::vector<Node>& branches = node.children;
    const std::string what = fmt::format("the values of {}", name);
    for (std::size_t i = begin + 1; i < branches.size(); ++i)
        for (std::size_t before = begin; before < i; ++before) unite(branches[before], branches[i], what);
    node.type = branches[begin].type;
    for (std::size_t i = begin + 1; i < branches.size(); ++i)
        node.type = *common_type(node.type, branches[i].type);
}

} // namespace ordermill::core::expression
