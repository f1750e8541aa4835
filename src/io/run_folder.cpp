#include "io/run_folder.hpp"

#include "io/output.hpp"
#include "system/process.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace ordermill::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* generation_prefix = "generation-";
constexpr auto beat_interval = std::chrono::milliseconds(500);

std::string generation_path(const std::string& folder, std::uint64_t generation) {
    return folder + '/' + generation_prefix + std::to_string(generation);
}
std::string journal_path(const std::string& folder, std::uint64_t generation) {
    return folder + "/journal-" + std::to_string(generation);
}

/// 0: none.
std::uint64_t last_generation(const std::string& folder) {
    std::uint64_t last = 0;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
        const std::string name = entry.path().filename().string();
        const std::string_view prefix(generation_prefix);
        if (!name.starts_with(prefix)) continue;
        std::uint64_t number = 0;
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
        last = std::max(last, number);
    }
    return last;
}

/// 16 hex digits.
std::string random_mark() {
    std::random_device random;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
    return text.data();
}

/// A generation's file: the count, the process, where its number means something, the host, the run's mark.
struct Owner {
    std::uint64_t count = 0;
    long process = 0;
    std::string space;
    std::string host;
    std::string mark;

    static std::optional<Owner> read(const std::string& path) {
        std::ifstream file(path);
        Owner owner;
        if (!(file >> owner.count >> owner.process >> owner.space >> owner.host >> owner.mark))
            return std::nullopt;
        return owner;
    }
    std::string text() const {
        std::ostringstream text;
        text.width(20);
        text.fill('0');
        text << count << ' ' << process << ' ' << space << ' ' << host << ' ' << mark << '\n';
        return text.str();
    }
    bool known_dead() const { return system::Process{process, space}.known_dead(); }
};

bool is_last_in(const std::string& folder, std::uint64_t generation, const std::string& mark) {
    if (::access(generation_path(folder, generation + 1).c_str(), F_OK) == 0) return false;
    const std::optional<Owner> owner = Owner::read(generation_path(folder, generation));
    return owner && owner->mark == mark;
}

void refuse_living_owner(const std::string& path, std::chrono::milliseconds patience) {
    const std::optional<Owner> before = Owner::read(path);
    if (before && before->known_dead()) return;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const std::optional<Owner> now = Owner::read(path);
        if (now && (!before || now->count != before->count)) {
            throw FolderInUse("another run is writing into " +
                              fs::path(path).parent_path().parent_path().string() + " (process " +
                              std::to_string(now->process) + " on " + now->host +
                              "): wait for its end, or choose another --output");
        }
    }
}

} // namespace

std::string RunFolder::path_in(const std::string& output) { return output + "/.ordermill"; }

bool RunFolder::is_last(const std::string& output, std::uint64_t generation, const std::string& mark) {
    return is_last_in(path_in(output), generation, mark);
}

std::vector<std::string> RunFolder::unfinished(const std::string& output) {
    const std::string folder = path_in(output);
    // A run that died before its first record leaves the one before it to be continued.
    for (std::uint64_t generation = last_generation(folder); generation > 0; --generation) {
        std::vector<std::string> records = Journal::read(journal_path(folder, generation));
        if (!records.empty()) return records;
    }
    return {};
}

RunFolder::RunFolder(const std::string& output, std::chrono::milliseconds patience)
    : folder_(path_in(output)), mark_(random_mark()) {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw Error("create", folder_, failed.value());
    const std::uint64_t last = last_generation(folder_);
    if (last > 0) refuse_living_owner(generation_path(folder_, last), patience);
    generation_ = last + 1;
    const std::string path = generation_path(folder_, generation_);
    descriptor_ = system::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!descriptor_ && errno == EEXIST)
        throw FolderInUse("another run has just begun to write into " + output +
                          ": wait for its end, or choose another --output");
    if (!descriptor_) throw Error("create", path, errno);
    beat();
    journal_ = std::make_unique<Journal>(journal_path(folder_, generation_));
}

RunFolder::~RunFolder() = default;

void RunFolder::beat() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_beat_) return;
    next_beat_ = now + beat_interval;
    if (count_ > 0) check();
    const system::Process own = system::this_process();
    const Owner owner{.count = ++count_,
                      .process = own.number,
                      .space = own.space,
                      .host = system::host_name(),
                      .mark = mark_};
    const std::string text = owner.text();
    const std::string path = generation_path(folder_, generation_);
    if (const int error = system::write_all_at(descriptor_.number(), text, 0))
        throw Error("write", path, error);
}

void RunFolder::check() const {
    if (is_last_in(folder_, generation_, mark_)) return;
    throw Replaced("a newer run has taken over " + fs::path(folder_).parent_path().string() +
                   "; this run stops and leaves the files of the newer one alone");
}

void RunFolder::record(std::string_view record) {
    check();
    journal_->append(record);
}

void RunFolder::leave() {
    if (!is_last_in(folder_, generation_, mark_)) return;
    ::unlink(journal_path(folder_, generation_).c_str());
    ::unlink(generation_path(folder_, generation_).c_str());
    ::rmdir(folder_.c_str()); // if nothing is left in it
}

void RunFolder::end() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

} // namespace ordermill::io
