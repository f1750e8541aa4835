#include "core/expression/expression.hpp"

#include "core/expression/expression_program.hpp"
#include "core/expression/expression_types.hpp"
#include "core/field/lookup.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ordermill::core {

namespace {

void add_names(const expression::Node& node, std::vector<std::string>& names) {
    if (node.kind == expression::NodeKind::variable) names.push_back(node.text);
    for (const expression::Node& child : node.children) add_names(child, names);
}

} // namespace

const Scope::Variable* Scope::find(std::string_view name) const {
    for (; indexed_ < variables.size(); ++indexed_) by_name_.emplace(variables[indexed_].name, indexed_);
    const auto found = by_name_.find(std::string(name));
    return found == by_name_.end() ? nullptr : &variables[found->second];
}

std::vector<std::string> names_in(std::string_view source, Place place) {
    std::vector<std::string> names;
    try {
        add_names(expression::parse(source, place), names);
    } catch (const JobError&) { // `compile` says so
    }
    return names;
}

Expression::Expression(std::unique_ptr<const expression::Program> program) : program_(std::move(program)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Expression Expression::compile(std::string_view source, Place place, const Scope& scope, Target target) {
    expression::Node root = expression::parse(source, place);
    expression::check(root, source, place, scope, target);
    return Expression(
        std::make_unique<const expression::Program>(expression::generate(root, place, scope, target)));
}

ValueType Expression::type() const noexcept { return program_->type; }

std::span<const std::uint32_t> Expression::operands() const noexcept { return program_->slots; }

std::optional<Expression::Product> Expression::as_product() const noexcept {
    const auto& code = program_->instructions;
    if (code.size() != 1 || code[0].op != expression::Op::multiply_slots) return std::nullopt;
    return Product{code[0].index, code[0].target};
}

std::optional<Expression::PrefixChoice> Expression::as_prefix_choice() const noexcept {
    using expression::Op;
    constexpr Op shape[] = {Op::slot_starts_with, Op::branch, Op::text, Op::jump, Op::text};
    const auto& code = program_->instructions;
    const bool alike = std::equal(code.begin(), code.end(), std::begin(shape), std::end(shape),
                                  [](const auto& instruction, Op op) { return instruction.op == op; });
    if (!alike || code[1].target != 4 || code[3].target != 5) return std::nullopt;
    const auto& texts = program_->texts;
    return PrefixChoice{code[0].index, texts[code[0].target], texts[code[2].index], texts[code[4].index]};
}

Value Expression::evaluate(std::span<const Value> slots, Arena& arena) const {
    return expression::run(*program_, slots, arena);
}

} // namespace ordermill::core
