#include "core/expression.hpp"

#include "core/expression_program.hpp"
#include "core/expression_types.hpp"
#include "core/lookup.hpp"

#include <utility>

namespace ordermill::core {

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

Value Expression::evaluate(std::span<const Value> slots, Arena& arena) const {
    return expression::run(*program_, slots, arena);
}

} // namespace ordermill::core
