// A file's header, resolved: which of its columns feeds what.
#include "core/base/suggest.hpp"
#include "core/recipe/recipe.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace ordermill::core {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += fmt::format("{}\"{}\"", text.empty() ? "" : " or ", name);
    return text;
}

/// Equal for names that are the same.
std::string name_key(const std::string& name, bool any_case) { return any_case ? without_case(name) : name; }

/// Where each name stands in a header.
class HeaderNames {
  public:
    HeaderNames(std::span<const std::string> header, bool any_case) : any_case_(any_case) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            const auto column = static_cast<std::int32_t>(i);
            const auto [known, fresh] =
                places_.try_emplace(name_key(header[i], any_case), Places{column, -1});
            if (!fresh && known->second.second < 0) known->second.second = column;
        }
    }
    /// The first two columns of that name; -1: none.
    using Places = std::pair<std::int32_t, std::int32_t>;
    Places find(const std::string& name) const {
        const auto found = places_.find(name_key(name, any_case_));
        return found == places_.end() ? Places{-1, -1} : found->second;
    }

  private:
    bool any_case_;
    std::unordered_map<std::string, Places> places_;
};

} // namespace

HeaderMapping Recipe::resolve(std::span<const std::string> header, bool has_header) const {
    HeaderMapping mapping;
    mapping.names.assign(header.begin(), header.end());
    mapping.has_header = has_header;
    const HeaderNames names(header, input_.header_any_case);
    const auto find = [&](const std::string& name, Place place) -> std::int32_t {
        const auto [first, second] = names.find(name);
        if (second >= 0) {
            throw JobError(place,
                           fmt::format("the header has the column \"{}\" twice (columns {} and {}); choose "
                                       "one by its position: #{}",
                                       name, first + 1, second + 1, first + 1));
        }
        return first;
    };
    for (const Column& column : columns_) {
        std::int32_t found = -1;
        if (column.position > 0) {
            if (column.position > header.size()) {
                throw JobError(column.place, fmt::format("there is no column #{}: the file has {}",
                                                         column.position, header.size()));
            }
            found = static_cast<std::int32_t>(column.position) - 1;
        }
        for (const std::string& name : column.alternatives) {
            if (found < 0) found = find(name, column.place);
        }
        if (found < 0 && !column.optional) {
            throw JobError(column.place,
                           fmt::format("there is no column {}{}", quoted_list(column.alternatives),
                                       did_you_mean(column.alternatives.front(), header)));
        }
        mapping.column_of.push_back(found);
    }
    for (const std::string& name : rest_) {
        const std::int32_t found = find(name, rest_place_);
        if (found < 0)
            throw JobError(
                rest_place_,
                fmt::format("there is no column \"{}\", which `rest = *` carries from the first file", name));
        mapping.rest.push_back(static_cast<std::uint32_t>(found));
    }
    return mapping;
}

std::vector<std::string> Recipe::unmapped(std::span<const std::string> header) const {
    std::unordered_set<std::string> read_names;
    std::unordered_set<std::size_t> read_positions;
    for (const Column& column : columns_) {
        read_positions.insert(column.position);
        for (const std::string& name : column.alternatives)
            read_names.insert(name_key(name, input_.header_any_case));
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (!read_positions.contains(i + 1) &&
            !read_names.contains(name_key(header[i], input_.header_any_case)))
            names.push_back(header[i]);
    }
    return names;
}

} // namespace ordermill::core
