#include "core/recipe/derivation_order.hpp"

#include "core/expression/expression.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace ordermill::core {
namespace {

struct Derived {
    std::uint32_t field = 0;
    std::uint32_t round = 0;
    std::size_t needs = 0;              ///< fields that haven't come yet
    std::vector<std::size_t> needed_by; ///< others of these
};

std::vector<Derived> find_needs(const std::vector<FieldSpec>& fields) {
    std::vector<Derived> derived;
    std::unordered_map<std::string_view, std::size_t> by_name;
    for (std::uint32_t i = 0; i < fields.size(); ++i) {
        if (fields[i].expression.empty()) continue;
        by_name.emplace(fields[i].name, derived.size());
        derived.emplace_back().field = i;
    }
    for (std::size_t i = 0; i < derived.size(); ++i) {
        const FieldSpec& field = fields[derived[i].field];
        for (const std::string& name : names_in(field.expression, field.expression_place)) {
            const auto found = by_name.find(name);
            if (found == by_name.end()) continue;
            derived[found->second].needed_by.push_back(i);
            ++derived[i].needs;
        }
    }
    return derived;
}

} // namespace

std::vector<std::uint32_t> derivation_order(const std::vector<FieldSpec>& fields) {
    std::vector<Derived> derived = find_needs(fields);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < derived.size(); ++i)
        if (derived[i].needs == 0) order.push_back(i);
    for (std::size_t done = 0; done < order.size(); ++done) {
        const std::size_t one = order[done];
        for (const std::size_t other : derived[one].needed_by) {
            const std::uint32_t round = derived[one].round + (one > other ? 1 : 0);
            derived[other].round = std::max(derived[other].round, round);
            if (--derived[other].needs == 0) order.push_back(other);
        }
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return derived[a].round != derived[b].round ? derived[a].round < derived[b].round : a < b;
    });
    for (std::size_t i = 0; i < derived.size(); ++i)
        if (derived[i].needs > 0) order.push_back(i);
    std::vector<std::uint32_t> result;
    for (const std::size_t one : order) result.push_back(derived[one].field);
    return result;
}

} // namespace ordermill::core
