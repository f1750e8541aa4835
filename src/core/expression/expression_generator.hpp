#pragma once

#include "core/expression/expression_program.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ordermill::core::expression {

/// `generate` in the making: one program, instruction by instruction.
class Generator {
  public:
    Generator(Place start, const Scope& scope) : start_(start) {
        program_.lookups = scope.lookups;
        program_.longest_text = scope.longest_text;
    }

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

} // namespace ordermill::core::expression
