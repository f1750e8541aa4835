// The part of Recipe that compiles the rules on whole orders.
#include "core/number/number.hpp"
#include "core/recipe/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::core {
namespace {

bool same_kind(const ValueType& a, const ValueType& b) noexcept {
    return a.kind == b.kind && a.scale == b.scale;
}

std::string broken_text(const OrderRuleSpec& spec) {
    const std::string names = fmt::format("{}", fmt::join(spec.fields, ", "));
    switch (spec.kind) {
    case OrderRuleSpec::Kind::same: return "its lines differ in " + names;
    case OrderRuleSpec::Kind::unique: return "two of its lines have the same " + names;
    case OrderRuleSpec::Kind::sum:
        return fmt::format("the sum of {} is not {}{}", spec.fields[0], spec.fields[1],
                           spec.tolerance == "0" ? "" : " within " + spec.tolerance);
    case OrderRuleSpec::Kind::lines:
        if (spec.most == UINT64_MAX) return fmt::format("it has fewer than {} lines", spec.least);
        if (spec.least == spec.most) return fmt::format("it doesn't have {} lines", spec.least);
        return fmt::format("it doesn't have {} to {} lines", spec.least, spec.most);
    case OrderRuleSpec::Kind::cancels: return fmt::format("{} names an order that isn't there", names);
    }
    return {};
}

} // namespace

void Recipe::add_orders(const OrderSpec& spec) {
    OrderRules orders;
    orders.id = field_named(spec.id, spec.place, "[order] id");
    for (const OrderRuleSpec& rule : spec.rules)
        orders.rules.push_back(compile_order_rule(rule, orders.words));
    if (spec.rejected_line != OrderSpec::RejectedLine::ignore) {
        orders.counts_lost = true;
        orders.rules.push_back({.name = "rejected_line",
                                .kind = OrderRule::Kind::rejected_line,
                                .fields = {},
                                .flags = spec.rejected_line == OrderSpec::RejectedLine::flag,
                                .broken = "another line of it was rejected"});
    }
    if (orders.rules.empty())
        throw JobError(spec.place,
                       "[order] has no rule; give at least one of same, unique, sum, lines, cancels "
                       "or rejected_line");
    if (orders.rules.size() > most_order_rules)
        throw JobError(spec.place, fmt::format("[order] takes at most {} rules", most_order_rules));
    const ValueType& id = fields_[orders.id].type();
    for (std::size_t i = 0; i < spec.rules.size(); ++i) {
        if (orders.rules[i].kind != OrderRule::Kind::cancels) continue;
        orders.has_references = true;
        if (!same_kind(fields_[orders.rules[i].fields.front()].type(), id)) {
            throw JobError(
                spec.rules[i].place,
                fmt::format("order rule {}: {} can't name an order, because its type isn't that of {}",
                            spec.rules[i].name, spec.rules[i].fields.front(), spec.id));
        }
    }
    orders_ = std::move(orders);
}

OrderRule Recipe::compile_order_rule(const OrderRuleSpec& spec, std::uint32_t& words) const {
    OrderRule rule;
    rule.name = spec.name;
    rule.kind = static_cast<OrderRule::Kind>(spec.kind);
    rule.flags = spec.on_fault.flag;
    rule.word = words;
    rule.least = spec.least;
    rule.most = spec.most;
    rule.broken = broken_text(spec);
    for (const std::string& name : spec.fields)
        rule.fields.push_back(field_named(name, spec.place, "order rule " + spec.name));
    switch (rule.kind) {
    case OrderRule::Kind::same: words += static_cast<std::uint32_t>(rule.fields.size()); break;
    case OrderRule::Kind::unique: words += 1; break;
    case OrderRule::Kind::sum:
        set_sum(spec, rule);
        words += 2;
        break;
    default: break;
    }
    return rule;
}

void Recipe::set_sum(const OrderRuleSpec& spec, OrderRule& rule) const {
    const auto refuse = [&](const std::string& what) {
        throw JobError(spec.place, fmt::format("order rule {}: {}", spec.name, what));
    };
    for (const std::uint32_t field : rule.fields) {
        if (fields_[field].type().kind != Kind::number) refuse(fields_[field].name() + " is not a number");
    }
    const int addend = fields_[rule.fields[0]].type().scale;
    const int target = fields_[rule.fields[1]].type().scale;
    const int scale = std::max(addend, target);
    const std::size_t point = spec.tolerance.find('.');
    const int digits = point == std::string::npos ? 0 : static_cast<int>(spec.tolerance.size() - point - 1);
    if (digits > max_scale) refuse(fmt::format("the tolerance has more than {} fraction digits", max_scale));
    const int common = std::max(scale, digits);
    const ParsedNumber tolerance =
        parse_decimal(spec.tolerance, {.scale = static_cast<std::uint8_t>(common)});
    if (tolerance.reason != Reason::none) refuse("the tolerance is too large");
    rule.tolerance = tolerance.value;
    rule.addend_factor = powers_of_ten[common - addend];
    rule.target_factor = powers_of_ten[common - target];
}

} // namespace ordermill::core
