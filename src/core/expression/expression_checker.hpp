#pragma once

#include "core/expression/expression_types.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ordermill::core::expression {

/// `check` in the making: types from the leaves of a tree up.
class Checker {
  public:
    Checker(std::string_view source, Place start, const Scope& scope)
        : source_(source), start_(start), scope_(scope) {}

    void check(Node& node);
    void check_target(Node& root, const Target& target);

  private:
    [[noreturn]] void fail(std::size_t offset, const std::string& sentence) const {
        throw JobError({start_.line, start_.column + static_cast<std::uint32_t>(offset)}, sentence);
    }
    std::string_view source_of(const Node& node) const {
        return source_.substr(node.begin, node.end - node.begin);
    }
    std::string_view operator_of(const Node& node) const {
        const auto size = source_.substr(node.offset).find_first_of(" \t(\"'");
        const std::string_view word = source_.substr(node.offset, size);
        return node.kind == NodeKind::add        ? "+"
               : node.kind == NodeKind::subtract ? "-"
               : node.kind == NodeKind::multiply ? "*"
               : node.kind == NodeKind::divide   ? "/"
               : node.kind == NodeKind::negate   ? "-"
                                                 : word;
    }
    /// How to make the other kind of it, where there is a way.
    std::string conversion(const Node& node, Kind wanted) const;
    void need(const Node& node, Kind wanted, std::string_view who) const;
    void need_moment(Node& node, std::string_view who);
    std::int64_t need_whole_literal(const Node& node, std::int64_t least, std::int64_t most,
                                    std::string_view who) const;
    void need_whole(const Node& node, std::string_view who) const;
    void need_literal(const Node& node, std::string_view who) const;
    /// A text literal beside a date or timestamp stands for one.
    void adapt(Node& node, const Type& beside);
    Type unite(Node& first, Node& second, std::string_view what);

    void literal(Node& node) const;
    void variable(Node& node) const;
    void arithmetic(Node& node) const;
    void comparison(Node& node);
    void membership(Node& node);
    void lookup(Node& node);
    void call(Node& node);
    void function(Node& node, std::string_view name);
    void round(Node& node, std::string_view name) const;
    void choice(Node& node, std::string_view name);

    std::string_view source_;
    Place start_;
    const Scope& scope_;
};

} // namespace ordermill::core::expression
