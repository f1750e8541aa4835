#include "core/expression/expression_generator.hpp"

#include <algorithm>
#include <utility>

namespace ordermill::core::expression {

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

Program generate(const Node& root, Place start, const Scope& scope, const Target& target) {
    return Generator(start, scope).finish(root, target);
}

} // namespace ordermill::core::expression
