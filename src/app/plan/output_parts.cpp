#include "app/plan/output_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <string_view>

namespace ordermill::app {
namespace {

constexpr std::string_view prefix = "part-";
constexpr std::size_t digits = 5;

} // namespace

OutputParts output_parts(std::uint32_t count, std::uint64_t input_bytes) {
    constexpr std::uint64_t smallest = std::uint64_t{1} << 20;
    constexpr std::uint64_t largest = std::uint64_t{8} << 20;
    constexpr std::uint64_t stripes = 8192;
    return {.count = count, .stripe = std::bit_ceil(std::clamp(input_bytes / stripes, smallest, largest))};
}

std::vector<std::string> clean_output_names(const std::string& clean, std::uint32_t parts) {
    if (parts == 1) return {clean};
    const std::filesystem::path path(clean);
    std::vector<std::string> names(parts);
    for (std::uint32_t part = 0; part < parts; ++part)
        names[part] = fmt::format("{}/{}{:0{}}{}", path.stem().string(), prefix, part + 1, digits,
                                  path.extension().string());
    return names;
}

std::string clean_outputs_text(const std::string& clean, std::uint32_t parts) {
    if (parts == 1) return clean;
    const auto names = clean_output_names(clean, parts);
    return fmt::format("{} ... {}", names.front(), std::filesystem::path(names.back()).filename().string());
}

bool is_part_name(const std::string& name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos || slash == 0 || name.find('/', slash + 1) != std::string::npos)
        return false;
    const std::string_view folder(name.data(), slash);
    std::string_view file(name);
    file.remove_prefix(slash + 1);
    if (folder == "." || folder == ".." || !file.starts_with(prefix)) return false;
    file.remove_prefix(prefix.size());
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return file.size() >= digits && std::all_of(file.begin(), file.begin() + digits, is_digit) &&
           (file.size() == digits || file[digits] == '.') && file.find('\0') == std::string_view::npos;
}

} // namespace ordermill::app
