#include "app/launch/leftovers.hpp"

#include "system/process.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace ordermill::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* owner_name = "owner";

/// Of this user, and old enough. A link isn't followed.
bool may_go(const fs::path& path, std::chrono::seconds least_age) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && !S_ISLNK(status.st_mode) && status.st_uid == ::geteuid() &&
           ::time(nullptr) - status.st_mtim.tv_sec >= least_age.count();
}

std::vector<fs::path> entries(const fs::path& folder, const std::string& prefix) {
    std::vector<fs::path> found;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
        if (entry->path().filename().string().starts_with(prefix)) found.push_back(entry->path());
    return found;
}

/// `pid.1234`, and there is no such process.
bool is_of_dead_mpirun(const fs::path& folder) {
    const std::string name = folder.filename().string();
    const std::size_t at = name.find('.') + 1;
    pid_t number = 0;
    const auto [end, error] = std::from_chars(name.data() + at, name.data() + name.size(), number);
    return error == std::errc() && end == name.data() + name.size() && number > 0 && ::kill(number, 0) != 0 &&
           errno == ESRCH;
}

bool is_of_dead_launcher(const fs::path& folder) {
    std::ifstream file(folder / owner_name);
    system::Process owner;
    return file >> owner.number >> owner.space && owner.known_dead();
}

/// What all processes that we may look at map: of another user's nothing is ours.
std::string all_maps() {
    std::string maps;
    for (const fs::path& process : entries("/proc", "")) {
        std::ifstream file(process / "maps");
        maps.append(std::istreambuf_iterator<char>(file), {});
    }
    return maps;
}

} // namespace

LeftoverPlaces LeftoverPlaces::of_here() {
    const char* const folder = std::getenv("TMPDIR");
    LeftoverPlaces places;
    places.temporary = folder != nullptr && *folder != '\0' ? folder : "/tmp";
    return places;
}

void write_owner(const std::string& folder) {
    const system::Process own = system::this_process();
    std::ofstream(fs::path(folder) / owner_name) << own.number << ' ' << own.space << '\n';
}

void clear_leftovers(const LeftoverPlaces& places) noexcept try {
    const std::string ours = fmt::format("{}.{}", system::host_name(), ::geteuid());
    std::vector<fs::path> left;
    const auto take = [&](const fs::path& folder, const std::string& prefix,
                          const std::function<bool(const fs::path&)>& is_left) {
        for (const fs::path& path : entries(folder, prefix))
            if (may_go(path, places.least_age) && is_left(path)) left.push_back(path);
    };
    take(fs::path(places.temporary) / ("ompi." + ours), "pid.", is_of_dead_mpirun);
    take(places.temporary, "ordermill-run-", is_of_dead_launcher);
    take(places.shared, "vader_segment." + ours + '.', [](const fs::path&) { return true; });
    if (left.empty()) return;
    const std::string maps = all_maps();
    for (const fs::path& path : left) {
        std::error_code ignored;
        if (maps.find(path.string()) == std::string::npos) fs::remove_all(path, ignored);
    }
} catch (...) { // it is only tidying
}

} // namespace ordermill::app
