#include "app/plan/output_conflicts.hpp"

#include "app/base/errors.hpp"
#include "io/file_identity.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "io/recovery/run_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

/// The folders within the output folder that outputs are in. `outputs`: those of the clean records first.
std::vector<std::string> subfolders_of(const Plan& plan, const std::vector<std::string>& outputs) {
    std::vector<std::string> subfolders{"rejects-raw"};
    if (plan.parts.count > 1) subfolders.push_back(outputs.front().substr(0, outputs.front().find('/')));
    return subfolders;
}

void check_names(const Plan& plan, const std::vector<std::string>& outputs) {
    const std::string& folder = plan.output;
    std::map<std::string, std::string> taken{{folded(io::RunFolder::path_in(folder)), ".ordermill"}};
    const auto take = [&taken](const std::string& path, const std::string& name) {
        const auto [other, is_new] = taken.emplace(folded(path), name);
        if (is_new) return;
        throw UsageError(fmt::format(
            "the outputs {} and {} would be the same file {}, if not here, on a file system that ignores "
            "case; give one of them another name under [output]",
            other->second, name, path));
    };
    for (const std::string& name : subfolders_of(plan, outputs))
        take(io::final_path(folder, name), name + "/");
    for (const std::string& name : outputs) {
        take(io::final_path(folder, name), name);
        take(io::temporary_path(folder, name), name);
    }
}

void check_subfolder(const std::string& path) {
    const io::PathKind kind = io::kind_of_path(path);
    if (kind == io::PathKind::nothing || kind == io::PathKind::folder) return;
    throw UsageError(fmt::format("{} is {}, and ordermill writes only to a folder of its own there; move it "
                                 "away, or choose another --output",
                                 path, kind == io::PathKind::link ? "a link" : "no folder"));
}

/// What must not be read from, since it is written, removed or replaced: by file, what it is.
std::map<io::FileIdentity, std::string> endangered(const std::string& folder,
                                                   const std::vector<std::string>& outputs,
                                                   const std::vector<std::string>& removed) {
    std::map<io::FileIdentity, std::string> files;
    const auto add = [&files](const std::string& path, const std::string& what) {
        if (const auto identity = io::identity_of_file(path)) files.emplace(*identity, what);
    };
    for (const std::string& name : io::names_in_folders_there(folder, outputs)) {
        add(io::final_path(folder, name), "the output " + name);
        add(io::temporary_path(folder, name), "the temporary file of the output " + name);
    }
    for (const std::string& name : removed)
        add(io::final_path(folder, name),
            "the output " + name + " of the run before, which would be removed");
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(io::RunFolder::path_in(folder), ignored))
        add(entry.path().string(), "a file of the run itself");
    return files;
}

} // namespace

std::string folded(std::string name) {
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return name;
}

void check_output_conflicts(const Plan& plan, const std::vector<std::string>& outputs,
                            const std::vector<std::string>& removed) {
    check_names(plan, outputs);
    for (const std::string& name : subfolders_of(plan, outputs))
        check_subfolder(io::final_path(plan.output, name));
    const auto files = endangered(plan.output, outputs, removed);
    const auto check = [&files](const std::string& what, const std::string& path,
                                const std::optional<io::FileIdentity>& identity) {
        const auto found = identity ? files.find(*identity) : files.end();
        if (found == files.end()) return;
        throw UsageError(fmt::format("{} {} is also {}; choose another --output", what, path, found->second));
    };
    for (const PlannedFile& file : plan.files) {
        if (!file.pipe())
            check("the input", file.path, io::FileIdentity{.device = file.device, .inode = file.inode});
    }
    check("the job file", plan.job_path, io::identity_of_file(plan.job_path));
    for (const std::string& path : plan.attachment_paths)
        check("the table", path, io::identity_of_file(path));
}

} // namespace ordermill::app
