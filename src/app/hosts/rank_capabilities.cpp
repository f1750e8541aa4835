#include "app/hosts/rank_capabilities.hpp"

#include "app/base/fault_injection.hpp"
#include "app/base/name_text.hpp"
#include "app/hosts/launch_checks.hpp"
#include "app/hosts/memory_limit.hpp"
#include "app/plan/fingerprint.hpp"
#include "io/error.hpp"
#include "io/file_system.hpp"
#include "io/input.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "io/recovery/run_folder.hpp"
#include "io/scratch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <thread>
#include <unistd.h>

namespace ordermill::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(2);

std::optional<io::InputFile> still_there(const std::string& path) {
    try {
        return io::InputFile(path);
    } catch (const io::InputError&) {
        return std::nullopt;
    }
}

bool sees(const PlannedFile& file) {
    try {
        return fingerprint_of(io::InputFile(file.path)) == file.fingerprint;
    } catch (const std::exception&) {
        return false;
    }
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

RankAccess access_to_inputs(const Plan& plan, bool blind) {
    RankAccess access;
    std::size_t files = 0;
    for (std::uint32_t file = 0; file < plan.files.size(); ++file) {
        if (plan.files[file].pipe()) continue;
        ++files;
        if (blind || !sees(plan.files[file])) access.unseen.push_back(file);
    }
    if (files > 0 && access.unseen.size() == files) {
        access.any_input = false;
        access.unseen.clear();
    }
    return access;
}

/// A network file system may show a new file late, or its content. Looks once at least.
bool appears(const std::string& path, const std::string& content, Clock::time_point until) {
    constexpr auto between = std::chrono::milliseconds(100);
    while (content_of(path) != content) {
        if (Clock::now() > until) return false;
        std::this_thread::sleep_for(between);
    }
    return true;
}

/// Ranks of one host write the same bytes to the same file.
bool answers(const std::string& folder, const std::string& nonce, const std::string& host) {
    try {
        io::OutputFile file(io::RunFolder::path_in(folder), Probe::answer_name(nonce, host));
        file.write_at(0, nonce);
        file.close();
        return true;
    } catch (const io::Error&) { // read-only for this host, for example
        return false;
    }
}

} // namespace

std::string Probe::path(const std::string& folder, const std::string& nonce) {
    return io::RunFolder::path_in(folder) + "/probe-" + nonce;
}

Probe::Probe(std::string folder) : folder_(std::move(folder)) {
    std::random_device random;
    nonce_ = fmt::format("{:08x}{:08x}", random(), random());
    io::write_whole_file(path(folder_, nonce_), nonce_);
}

Probe::~Probe() {
    ::unlink(path(folder_, nonce_).c_str());
    std::vector<std::string> answers;
    for (const std::string& host : answers_) answers.push_back(answer_name(nonce_, host));
    io::discard(io::RunFolder::path_in(folder_), answers);
}

std::string Probe::answer_name(const std::string& nonce, const std::string& host) {
    return "probe-" + nonce + "-" + host;
}

bool Probe::answered(const std::string& host) {
    if (std::find(answers_.begin(), answers_.end(), host) != answers_.end()) return true;
    const std::string path = io::temporary_path(io::RunFolder::path_in(folder_), answer_name(nonce_, host));
    if (!patience_) patience_ = Clock::now() + patience;
    if (!appears(path, nonce_, *patience_)) return false;
    answers_.push_back(host);
    return true;
}

void check_inputs_unchanged(const Plan& plan) {
    for (const PlannedFile& file : plan.files) {
        if (file.pipe()) continue;
        const std::optional<io::InputFile> now = still_there(file.path);
        if (!now) throw std::runtime_error(fmt::format("the input {} was removed during the run", file.path));
        if (now->size() == file.size && now->modified() == file.modified &&
            now->status_changed() == file.status_changed && now->identity().inode == file.inode)
            continue;
        throw std::runtime_error(fmt::format(
            "the input {} was changed during the run: it had {} bytes at the start and has {} "
            "now{}; when the file is complete, start again with --force",
            file.path, file.size, now->size(),
            now->size() == file.size ? ", but the system says that it was changed or replaced" : ""));
    }
}

RankCapabilities RankCapabilities::own(const Plan& plan, bool staged, const std::string& nonce,
                                       const std::string& host, int rank) {
    const FaultInjection faults = FaultInjection::read(rank);
    RankCapabilities view;
    view.host = host;
    view.cores = usable_cores();
    view.memory = memory_limit().bytes;
    if (rank != 0) view.access = access_to_inputs(plan, faults.blind_inputs); // rank 0 has just read them
    if (staged) {
        try {
            io::ScratchFile::check(plan.scratch);
        } catch (const io::Error& error) {
            view.problem = fmt::format("{}; choose another folder with --scratch", error.what());
        }
    }
    view.access.output = !faults.blind_outputs &&
                         appears(Probe::path(plan.output, nonce), nonce, Clock::now() + patience) &&
                         (host == plan.host || answers(plan.output, nonce, host));
    view.coherent = view.access.output && io::coherent_file_system(plan.output);
    return view;
}

std::string RankCapabilities::pack() const {
    return nlohmann::json{{"host", name_to_text(host)}, {"cores", cores},
                          {"memory", memory},           {"any_input", access.any_input},
                          {"unseen", access.unseen},    {"output", access.output},
                          {"coherent", coherent},       {"problem", name_to_text(problem)}}
        .dump();
}

RankCapabilities RankCapabilities::unpack(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    RankCapabilities view;
    view.host = text_to_name(json.at("host").get<std::string>());
    view.cores = json.at("cores");
    view.memory = json.at("memory");
    view.access.any_input = json.at("any_input");
    view.access.unseen = json.at("unseen").get<std::vector<std::uint32_t>>();
    view.access.output = json.at("output");
    view.coherent = json.at("coherent");
    view.problem = text_to_name(json.at("problem").get<std::string>());
    return view;
}

} // namespace ordermill::app
