#include "io/recovery/run_folder.hpp"

#include "io/file_identity.hpp"
#include "io/output_file.hpp"
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

/// The generation in a name that begins so: `generation-3`, `kept-3-1`. Nothing in one that nobody gave.
std::optional<std::uint64_t> number_behind(std::string_view prefix, std::string_view name) {
    constexpr std::uint64_t most = std::uint64_t{1} << 53;
    if (!name.starts_with(prefix)) return std::nullopt;
    std::uint64_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [behind, failed] = std::from_chars(name.data() + prefix.size(), end, number);
    const bool whole = behind == end || *behind == '-';
    if (failed != std::errc() || !whole || number == 0 || number > most) return std::nullopt;
    return number;
}

/// 0: none.
std::uint64_t last_generation(const std::string& folder) {
    std::uint64_t last = 0;
    std::error_code failed;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed)) {
        if (const auto number = number_behind(generation_prefix, entry.path().filename().string()))
            last = std::max(last, *number);
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

    /// Nothing when there is no such file, or it is being written. Throws Error when it can't be read, or
    /// something else stands in its place.
    static std::optional<Owner> read(const std::string& path) {
        switch (kind_of_path(path)) {
        case PathKind::nothing: return std::nullopt;
        case PathKind::file: break;
        default: throw Error("read", path + ", where a run's own file should be", EINVAL);
        }
        errno = 0;
        std::ifstream file(path);
        if (!file && errno != ENOENT) throw Error("read", path, errno);
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
    if (kind_of_path(generation_path(folder, generation + 1)) != PathKind::nothing) return false;
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
    // A run that ends just now removes the folder when nothing is left in it.
    for (int attempt = 0; !descriptor_; ++attempt) take_next_generation(output, patience, attempt < 5);
    beat();
    journal_ = std::make_unique<Journal>(journal_path(folder_, generation_));
}

void RunFolder::take_next_generation(const std::string& output, std::chrono::milliseconds patience,
                                     bool again_if_gone) {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw Error("create", folder_, failed.value());
    if (kind_of_path(folder_) != PathKind::folder)
        throw Error("write into", folder_ + ", which is a link", EINVAL);
    const std::uint64_t last = last_generation(folder_);
    if (last > 0) refuse_living_owner(generation_path(folder_, last), patience);
    generation_ = last + 1;
    const std::string path = generation_path(folder_, generation_);
    descriptor_ = system::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (descriptor_ || (errno == ENOENT && again_if_gone)) return;
    if (errno == EEXIST)
        throw FolderInUse("another run has just begun to write into " + output +
                          ": wait for its end, or choose another --output");
    throw Error("create", path, errno);
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
    // A newer run may begin at any moment: its files bear a later number, and it needs ours until it has one.
    const std::string own = generation_path(folder_, generation_);
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
        if (entry.path() == own || of_newer_run(entry.path().filename().string())) continue;
        if (entry.symlink_status(ignored).type() == fs::file_type::regular) fs::remove(entry.path(), ignored);
    }
    ::unlink(own.c_str());
    ::rmdir(folder_.c_str()); // if nothing is left in it
}

bool RunFolder::of_newer_run(std::string_view name) const {
    if (name.starts_with('.')) name.remove_prefix(1); // a temporary name
    for (const std::string_view prefix : {"generation-", "journal-", "kept-"}) {
        if (const auto number = number_behind(prefix, name)) return *number > generation_;
    }
    return false;
}

} // namespace ordermill::io
