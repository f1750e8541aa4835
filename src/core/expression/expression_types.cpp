#include "core/expression/expression_types.hpp"

#include "core/expression/expression_checker.hpp"
#include "core/field/lookup.hpp"
#include "core/number/number.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::core::expression {
namespace {

std::string_view a_kind(Kind kind) noexcept {
    switch (kind) {
    case Kind::text: return "a text";
    case Kind::number: return "a number";
    case Kind::boolean: return "true or false";
    case Kind::date: return "a date";
    case Kind::timestamp: return "a timestamp";
    }
    return "";
}

std::string_view plural(Kind kind) noexcept {
    switch (kind) {
    case Kind::text: return "texts";
    case Kind::number: return "numbers";
    case Kind::boolean: return "conditions";
    case Kind::date: return "dates";
    case Kind::timestamp: return "timestamps";
    }
    return "";
}

bool is_moment(Kind kind) noexcept { return kind == Kind::date || kind == Kind::timestamp; }

} // namespace

std::string Checker::conversion(const Node& node, Kind wanted) const {
    if (wanted == Kind::number && node.type.kind == Kind::text)
        return fmt::format("; use number({})", source_of(node));
    if (wanted == Kind::text) return fmt::format("; use text({})", source_of(node));
    if (wanted == Kind::date && node.type.kind == Kind::timestamp)
        return fmt::format("; use date({})", source_of(node));
    return "";
}

void Checker::need(const Node& node, Kind wanted, std::string_view who) const {
    if (node.type.kind == wanted) return;
    fail(node.begin, fmt::format("{} takes {}, but {} is {}{}", who, plural(wanted), source_of(node),
                                 a_kind(node.type.kind), conversion(node, wanted)));
}

void Checker::need_moment(Node& node, std::string_view who) {
    adapt(node, {.kind = Kind::date});
    if (is_moment(node.type.kind)) return;
    fail(node.begin,
         fmt::format("{} takes dates, but {} is {}", who, source_of(node), a_kind(node.type.kind)));
}

void Checker::need_whole(const Node& node, std::string_view who) const {
    need(node, Kind::number, who);
    if (node.type.fraction || node.type.digits > 0)
        fail(node.begin, fmt::format("{} takes whole numbers here; use round({})", who, source_of(node)));
}

std::int64_t Checker::need_whole_literal(const Node& node, std::int64_t least, std::int64_t most,
                                         std::string_view who) const {
    const bool whole = node.kind == NodeKind::number && node.type.digits == 0;
    if (!whole || node.value < least || node.value > most)
        fail(node.begin,
             fmt::format("{} takes a number of digits from {} to {}, written out", who, least, most));
    return node.value;
}

void Checker::need_literal(const Node& node, std::string_view who) const {
    if (node.kind != NodeKind::text)
        fail(node.begin,
             fmt::format("{} takes a text in quotes here, because the text is checked before the run", who));
}

void Checker::adapt(Node& node, const Type& beside) {
    if (node.kind != NodeKind::text || !is_moment(beside.kind)) return;
    const auto moment = read_iso(node.text);
    if (!moment) {
        fail(node.begin, fmt::format("{} is not a date; write it as YYYY-MM-DD, or YYYY-MM-DDThh:mm:ss",
                                     source_of(node)));
    }
    if (moment->zoned && !beside.zoned)
        fail(node.begin, fmt::format("{} has a time zone, but the other value has none", source_of(node)));
    node.kind = moment->kind == Kind::date ? NodeKind::date : NodeKind::timestamp;
    node.value = moment->value;
    node.type = {.kind = moment->kind, .zoned = moment->zoned};
}

/// `what` completes "the branches of if".
Type Checker::unite(Node& first, Node& second, std::string_view what) {
    adapt(first, second.type);
    adapt(second, first.type);
    const auto common = common_type(first.type, second.type);
    if (common) return *common;
    const bool number_and_text = (first.type.kind == Kind::number && second.type.kind == Kind::text) ||
                                 (first.type.kind == Kind::text && second.type.kind == Kind::number);
    std::string hint;
    if (number_and_text) {
        const Node& number = first.type.kind == Kind::number ? first : second;
        const Node& text = first.type.kind == Kind::number ? second : first;
        hint = fmt::format("; use number({}) or text({})", source_of(text), source_of(number));
    } else if (first.type.kind == Kind::text || second.type.kind == Kind::text) {
        hint = fmt::format("; use text({})", source_of(first.type.kind == Kind::text ? second : first));
    }
    fail(second.begin,
         fmt::format("{} must be of one kind, but {} is {} and {} is {}{}", what, source_of(first),
                     a_kind(first.type.kind), source_of(second), a_kind(second.type.kind), hint));
}

void Checker::literal(Node& node) const {
    if (node.kind == NodeKind::text) {
        node.type = {.kind = Kind::text};
        return;
    }
    if (node.kind == NodeKind::boolean) {
        node.type = {.kind = Kind::boolean};
        node.value = node.text == "true" ? 1 : 0;
        return;
    }
    const std::size_t point = node.text.find('.');
    const std::size_t digits = point == std::string::npos ? 0 : node.text.size() - point - 1;
    if (digits > max_scale)
        fail(node.offset,
             fmt::format("{} has more than {} digits after the decimal point", node.text, max_scale));
    for (const char c : node.text) {
        if (c == '.') continue;
        if (__builtin_mul_overflow(node.value, 10, &node.value) ||
            __builtin_add_overflow(node.value, c - '0', &node.value))
            fail(node.offset, fmt::format("the number {} is too large", node.text));
    }
    const auto scale = static_cast<std::uint8_t>(digits);
    node.type = {.kind = Kind::number, .digits = scale, .scale = scale};
}

void Checker::variable(Node& node) const {
    const Scope::Variable* const found = scope_.find(node.text);
    if (found == nullptr) {
        std::vector<std::string> known = {"true", "false"};
        for (const auto& variable : scope_.variables) known.push_back(variable.name);
        fail(node.offset, fmt::format("there is no field \"{}\"{}", node.text, suggestion(node.text, known)));
    }
    node.index = found->slot;
    node.type = {.kind = found->type.kind,
                 .digits = found->type.scale,
                 .scale = found->type.scale,
                 .trim_zeros = found->type.trim_zeros,
                 .zoned = found->type.zoned};
}

void Checker::arithmetic(Node& node) const {
    for (const Node& operand : node.children) {
        if (operand.type.kind == Kind::number) continue;
        const Kind kind = operand.type.kind;
        const std::string_view sign = operator_of(node);
        if (node.kind == NodeKind::add && node.children[0].type.kind == Kind::text && kind == Kind::text)
            fail(node.offset, "+ adds numbers; join texts with concat(...)");
        const std::string hint = is_moment(kind) && node.kind == NodeKind::subtract
                                     ? "; count days with days_between(from, to)"
                                     : conversion(operand, Kind::number);
        fail(operand.begin,
             fmt::format("{} takes numbers, but {} is {}{}", sign, source_of(operand), a_kind(kind), hint));
    }
    if (node.kind == NodeKind::negate) {
        node.type = node.children[0].type;
        if (node.children[0].kind != NodeKind::number) return;
        node.kind = NodeKind::number;
        node.value = -node.children[0].value;
        node.children.clear();
        return;
    }
    const Type& a = node.children[0].type;
    const Type& b = node.children[1].type;
    Type type = *common_type(a, b);
    if (node.kind == NodeKind::multiply) {
        const int digits = a.digits + b.digits;
        type.fraction = type.fraction || digits > most_digits;
        type.digits = static_cast<std::uint8_t>(type.fraction ? 0 : digits);
        type.scale = static_cast<std::uint8_t>(std::min(a.scale + b.scale, max_scale));
    }
    if (node.kind == NodeKind::divide)
        type = {.kind = Kind::number, .fraction = true, .trim_zeros = true, .divided = true};
    if (type.divided) type.scale = scale_of_quotient;
    node.type = type;
}

void Checker::comparison(Node& node) {
    Node& left = node.children[0];
    Node& right = node.children[1];
    if (node.kind == NodeKind::matches) {
        need(left, Kind::text, "matches");
        need_literal(right, "matches");
    } else {
        const Type common = unite(left, right, "the compared values");
        if (common.kind == Kind::boolean && node.relation != Relation::equal &&
            node.relation != Relation::not_equal)
            fail(node.offset, "true and false have no order; compare them with = or !=");
    }
    node.type = {.kind = Kind::boolean};
}

void Checker::membership(Node& node) {
    for (std::size_t i = 1; i < node.children.size(); ++i)
        unite(node.children[0], node.children[i], "the values of in");
    node.type = {.kind = Kind::boolean};
}

void Checker::lookup(Node& node) {
    std::vector<std::string> known;
    for (const auto& table : scope_.lookups) known.push_back(table->name());
    const auto table_at = std::find(known.begin(), known.end(), node.text);
    if (table_at == known.end())
        fail(node.offset,
             fmt::format("there is no look-up \"{}\"{}", node.text, suggestion(node.text, known)));
    node.index = static_cast<std::uint32_t>(table_at - known.begin());
    const LookupTable& table = *scope_.lookups[node.index];

    std::vector<std::string> columns;
    for (const auto& column : table.columns()) columns.push_back(column.name);
    const auto column_at = std::find(columns.begin(), columns.end(), node.column);
    if (column_at == columns.end()) {
        fail(node.column_offset, fmt::format("the look-up {} has no column \"{}\"{}", node.text, node.column,
                                             suggestion(node.column, columns)));
    }
    node.column_index = static_cast<std::uint32_t>(column_at - columns.begin());

    const auto keys = table.key_types();
    if (node.children.size() != keys.size()) {
        fail(node.offset, fmt::format("the key of the look-up {} has {} column{}, not {}", node.text,
                                      keys.size(), keys.size() == 1 ? "" : "s", node.children.size()));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        Node& key = node.children[i];
        adapt(key, {.kind = keys[i].kind, .zoned = keys[i].zoned});
        if (keys[i].kind == Kind::timestamp && key.type.kind == Kind::date) continue;
        need(key, keys[i].kind, fmt::format("the key of the look-up {}", node.text));
    }
    const ValueType& type = table.columns()[node.column_index].type;
    node.type = {.kind = type.kind,
                 .digits = type.scale,
                 .scale = type.scale,
                 .trim_zeros = type.trim_zeros,
                 .zoned = type.zoned};
}
void Checker::check(Node& node) {
    for (Node& child : node.children) check(child);
    switch (node.kind) {
    case NodeKind::number:
    case NodeKind::text:
    case NodeKind::boolean: return literal(node);
    case NodeKind::date:
    case NodeKind::timestamp: return;
    case NodeKind::variable: return variable(node);
    case NodeKind::negate:
    case NodeKind::add:
    case NodeKind::subtract:
    case NodeKind::multiply:
    case NodeKind::divide: return arithmetic(node);
    case NodeKind::compare:
    case NodeKind::matches: return comparison(node);
    case NodeKind::in: return membership(node);
    case NodeKind::logical_not:
    case NodeKind::logical_and:
    case NodeKind::logical_or:
    case NodeKind::implies:
        for (const Node& child : node.children) need(child, Kind::boolean, operator_of(node));
        node.type = {.kind = Kind::boolean};
        return;
    case NodeKind::call: return call(node);
    case NodeKind::lookup: return lookup(node);
    }
}

void Checker::check_target(Node& root, const Target& target) {
    if (!target.kind) return;
    adapt(root, {.kind = *target.kind, .zoned = true});
    if (root.type.kind == *target.kind) return;
    if (*target.kind == Kind::timestamp && root.type.kind == Kind::date) return;
    fail(root.begin, fmt::format("expected {} here, but this is {}{}", a_kind(*target.kind),
                                 a_kind(root.type.kind), conversion(root, *target.kind)));
}

std::optional<Type> common_type(const Type& a, const Type& b) noexcept {
    if (is_moment(a.kind) && is_moment(b.kind)) {
        const bool dates = a.kind == Kind::date && b.kind == Kind::date;
        return Type{.kind = dates ? Kind::date : Kind::timestamp, .zoned = a.zoned || b.zoned};
    }
    if (a.kind != b.kind) return std::nullopt;
    Type type{.kind = a.kind};
    type.fraction = a.fraction || b.fraction;
    type.digits = type.fraction ? std::uint8_t{0} : std::max(a.digits, b.digits);
    type.divided = a.divided || b.divided;
    type.scale = type.divided ? std::uint8_t{scale_of_quotient} : std::max(a.scale, b.scale);
    type.trim_zeros = a.trim_zeros || b.trim_zeros;
    return type;
}

void check(Node& root, std::string_view source, Place start, const Scope& scope, const Target& target) {
    Checker checker(source, start, scope);
    checker.check(root);
    checker.check_target(root, target);
}

} // namespace ordermill::core::expression
