#include "app/resume/former_outputs.hpp"

#include "app/base/errors.hpp"
#include "app/base/name_text.hpp"
#include "app/plan/output_parts.hpp"
#include "io/file_identity.hpp"
#include "io/input.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view raw_folder = "rejects-raw/";

bool is_own_name(std::string_view name) {
    if (is_part_name(std::string(name))) return true;
    if (name.starts_with(raw_folder)) name.remove_prefix(raw_folder.size());
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
}

/// Its subfolder isn't a folder of ours (any more).
bool behind_link(const std::string& output, const std::string& name) {
    if (name.find('/') == std::string::npos) return false;
    const std::string subfolder = fs::path(io::final_path(output, name)).parent_path().string();
    return io::kind_of_path(subfolder) != io::PathKind::folder;
}

/// A report of many inputs is mostly their accounts, which aren't kept.
bool without_files(int depth, Json::parse_event_t event, const Json& parsed) {
    constexpr int in_result = 2;
    return depth != in_result || event != Json::parse_event_t::key || parsed != "files";
}

/// A report's list of outputs; null for what is no report.
const Json* outputs_of(const Json& report) {
    if (!report.is_object() || !report.contains("run") || !report.contains("result")) return nullptr;
    const Json& result = report["result"];
    if (!result.is_object() || !result.contains("outputs") || !result["outputs"].is_array()) return nullptr;
    return &result["outputs"];
}

} // namespace

std::vector<std::string> former_outputs(const std::string& output, const std::string& report) {
    const std::string path = io::final_path(output, report);
    if (io::kind_of_path(path) == io::PathKind::nothing) return {};
    Json json;
    if (io::kind_of_path(path) == io::PathKind::file)
        json = Json::parse(io::read_whole_file(path), without_files, false);
    const Json* outputs = outputs_of(json);
    if (outputs == nullptr)
        throw UsageError(
            fmt::format("{} is not a report of ordermill, so it is not replaced; move it away, or "
                        "choose another --output",
                        path));
    std::vector<std::string> names;
    for (const Json& one : *outputs) {
        if (!one.is_object() || !one.contains("file") || !one["file"].is_string()) continue;
        const auto name = one["file"].get<std::string>();
        if (is_own_name(text_to_name(name))) names.push_back(text_to_name(name));
    }
    return names;
}

void remove_former(const std::string& output, const std::vector<std::string>& former,
                   const std::vector<std::string>& now) noexcept {
    try {
        const std::set<std::string> staying(now.begin(), now.end());
        for (const std::string& name : former) {
            if (staying.contains(name)) continue;
            const fs::path path = io::final_path(output, name);
            if (behind_link(output, name)) continue;
            std::error_code ignored;
            if (io::kind_of_path(path.string()) == io::PathKind::file) fs::remove(path, ignored);
            if (name.find('/') != std::string::npos)
                fs::remove(path.parent_path(), ignored); // if it is empty
        }
    } catch (const std::exception&) {
        // Out of memory: what is left is in no report, and the next run with --force doesn't know it either.
    }
}

void discard_former_temporaries(const std::string& output, const std::vector<std::string>& names) noexcept {
    try {
        std::vector<std::string> own;
        std::copy_if(names.begin(), names.end(), std::back_inserter(own), [&](const std::string& name) {
            return is_own_name(name) && !behind_link(output, name);
        });
        io::discard(output, own);
    } catch (const std::exception&) {
        // Out of memory: what is left bears names of ours, and the next run over it replaces it.
    }
}

} // namespace ordermill::app
