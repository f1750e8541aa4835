// A file's header, resolved: which of its columns feeds what.
#include "core/base/suggest.hpp"
#include "core/recipe/recipe.hpp"
#include "core/text/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::core {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += fmt::format("{}\"{}\"", text.empty() ? "" : " or ", name);
    return text;
}

} // namespace

HeaderMapping Recipe::resolve(std::span<const std::string> header, bool has_header) const {
    HeaderMapping mapping;
    mapping.names.assign(header.begin(), header.end());
    mapping.has_header = has_header;
    const auto find = [&](const std::string& name, Place place) -> std::int32_t {
        std::int32_t found = -1;
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (input_.header_any_case ? !equal_any_case(header[i], name) : header[i] != name) continue;
            if (found >= 0) {
                throw JobError(place, fmt::format("the header has the column \"{}\" twice (columns {} and "
                                                  "{}); choose one by its position: #{}",
                                                  name, found + 1, i + 1, found + 1));
            }
            found = static_cast<std::int32_t>(i);
        }
        return found;
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
    std::vector<std::string> names;
    for (std::size_t i = 0; i < header.size(); ++i) {
        const bool read = std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) {
            if (column.position == i + 1) return true;
            return std::any_of(
                column.alternatives.begin(), column.alternatives.end(), [&](const std::string& name) {
                    return input_.header_any_case ? equal_any_case(header[i], name) : header[i] == name;
                });
        });
        if (!read) names.push_back(header[i]);
    }
    return names;
}

} // namespace ordermill::core
