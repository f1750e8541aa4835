#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::fuzz {

inline std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The files and folders in a folder, in the order of their names.
inline std::vector<std::filesystem::path> sorted_entries(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// The texts of a folder's files with this ending.
inline std::vector<std::string> files_in(const std::filesystem::path& folder, std::string_view ending) {
    std::vector<std::string> texts;
    for (const auto& path : sorted_entries(folder))
        if (path.extension() == ending) texts.push_back(file_text(path));
    return texts;
}

} // namespace ordermill::fuzz
