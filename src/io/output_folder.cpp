#include "io/output_folder.hpp"

#include "io/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ordermill::io {

namespace {

namespace fs = std::filesystem;

fs::path parent_of(std::string_view folder, std::string_view name) {
    return fs::path(final_path(folder, name)).parent_path();
}

/// Makes renames in a folder last through a power cut.
void sync_folder(const fs::path& folder) {
    const std::string path = folder.empty() ? "." : folder.string();
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw Error("open", path, errno);
    try {
        sync_descriptor(descriptor, path);
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    ::close(descriptor);
}

void remove_if_there(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
        throw Error("remove", path, errno);
}

void check_final_name(const std::string& path, bool force) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return;
        throw Error("write", path, errno);
    }
    if (!force)
        throw OutputExists(path +
                           " exists already: give --force to replace the file, or choose another --output");
    if (S_ISDIR(status.st_mode)) throw Error("replace", path, EISDIR);
}

void check_temporary(const std::string& path) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) throw Error("find", path, errno);
}

} // namespace

void create_folder(const std::string& folder) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) throw Error("create", folder, failed.value());
    if (::access(folder.c_str(), W_OK | X_OK) != 0) throw Error("write into", folder, errno);
}

void prepare_folder(const std::string& folder, bool force, const std::vector<std::string>& names) {
    create_folder(folder);
    const std::vector<std::string> possible = names_in_folders_there(folder, names);
    for (const std::string& name : possible) check_final_name(final_path(folder, name), force);
    for (const std::string& name : possible) remove_if_there(temporary_path(folder, name));
}

std::vector<std::string> names_in_folders_there(const std::string& folder,
                                                const std::vector<std::string>& names) {
    std::map<std::string_view, bool, std::less<>> is_there;
    std::vector<std::string> possible;
    for (const std::string& name : names) {
        const std::size_t slash = name.rfind('/');
        const std::string_view subfolder =
            slash == std::string::npos ? std::string_view() : std::string_view(name).substr(0, slash);
        const auto [found, is_new] = is_there.try_emplace(subfolder, true);
        if (is_new && !subfolder.empty())
            found->second = ::access(final_path(folder, subfolder).c_str(), F_OK) == 0;
        if (found->second) possible.push_back(name);
    }
    return possible;
}

namespace {

/// The old mark goes first, the new one comes last; between them those of `names` that have temporary files.
void put_all_in_place(const std::string& folder, const std::vector<std::string>& names,
                      const std::string& mark, const std::function<void()>& check) {
    const auto checked = [&check] {
        if (check) check();
    };
    const fs::path folder_of_mark = parent_of(folder, mark);
    checked();
    remove_if_there(final_path(folder, mark));
    sync_folder(folder_of_mark);

    std::set<fs::path> changed;
    for (const std::string& name : names) {
        if (name == mark || ::access(temporary_path(folder, name).c_str(), F_OK) != 0) continue;
        checked();
        put_in_place(folder, name);
        changed.insert(parent_of(folder, name));
    }
    // A subfolder's own name is an entry of the output folder.
    changed.insert(folder);
    for (const fs::path& path : changed) sync_folder(path);

    checked();
    put_in_place(folder, mark);
    sync_folder(folder_of_mark);
}

} // namespace

void commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
            const std::function<void()>& check) {
    for (const std::string& name : names) check_temporary(temporary_path(folder, name));
    check_temporary(temporary_path(folder, mark));
    put_all_in_place(folder, names, mark, check);
}

void finish_commit(const std::string& folder, const std::vector<std::string>& names, const std::string& mark,
                   const std::function<void()>& check) {
    const auto there = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
    for (const std::string& name : names) {
        if (!there(temporary_path(folder, name))) check_temporary(final_path(folder, name));
    }
    if (there(temporary_path(folder, mark))) return put_all_in_place(folder, names, mark, check);
    check_temporary(final_path(folder, mark)); // only the run's own traces were left
}

void discard(const std::string& folder, const std::vector<std::string>& names) noexcept {
    try {
        std::set<fs::path> subfolders;
        for (const std::string& name : names) {
            ::unlink(temporary_path(folder, name).c_str());
            if (fs::path(name).has_parent_path()) subfolders.insert(parent_of(folder, name));
        }
        for (const fs::path& subfolder : subfolders) ::rmdir(subfolder.c_str());
    } catch (...) {
        // Out of memory while clearing up: the next run's prepare_folder removes what is left.
    }
}

void put_in_place(std::string_view folder, std::string_view name) {
    const std::string from = temporary_path(folder, name);
    const std::string to = final_path(folder, name);
    if (std::rename(from.c_str(), to.c_str()) != 0) throw Error("rename", from + " to " + to, errno);
}

void write_whole_file(const std::string& path, std::string_view bytes) {
    const std::string folder = fs::path(path).parent_path().string();
    const std::string name = fs::path(path).filename().string();
    remove_if_there(temporary_path(folder, name));
    try {
        OutputFile file(folder, name);
        file.write_at(0, bytes);
        file.sync();
        file.close();
        put_in_place(folder, name);
    } catch (...) {
        ::unlink(temporary_path(folder, name).c_str());
        throw;
    }
    sync_folder(folder);
}

} // namespace ordermill::io
