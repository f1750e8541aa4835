#include "app/visibility.hpp"

#include "app/launch_checks.hpp"
#include "io/error.hpp"
#include "io/input.hpp"
#include "io/output.hpp"
#include "io/run_folder.hpp"
#include "io/scratch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>
#include <unistd.h>

namespace ordermill::app {
namespace {

constexpr std::uint64_t sample = 4096;

std::optional<io::InputFile> still_there(const std::string& path) {
    try {
        return io::InputFile(path);
    } catch (const io::InputError&) {
        return std::nullopt;
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

Probe::~Probe() { ::unlink(path(folder_, nonce_).c_str()); }

std::uint64_t inputs_fingerprint(const Plan& plan) {
    std::uint64_t hash = 0;
    core::Buffer bytes;
    for (const PlannedFile& planned : plan.files) {
        if (planned.pipe()) continue;
        const io::InputFile file(planned.path);
        const std::uint64_t size = file.size();
        hash = XXH3_64bits_withSeed(&size, sizeof size, hash);
        file.read(0, std::min(sample, size), bytes);
        hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), hash);
        file.read(size - std::min(sample, size), size, bytes);
        hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), hash);
    }
    return hash;
}

void check_inputs_unchanged(const Plan& plan) {
    for (const PlannedFile& file : plan.files) {
        if (file.pipe()) continue;
        const std::optional<io::InputFile> now = still_there(file.path);
        if (!now)
            throw std::runtime_error(fmt::format("the input {} is gone since the run began", file.path));
        if (now->size() == file.size && now->modified() == file.modified) continue;
        throw std::runtime_error(fmt::format("the input {} was changed while it was read ({} bytes when the "
                                             "run began, {} now); start over with "
                                             "--force when it is complete",
                                             file.path, file.size, now->size()));
    }
}

RankView RankView::own(const Plan& plan, bool staged, const std::string& nonce, const std::string& host) {
    RankView view;
    view.host = host;
    view.cores = usable_cores();
    view.memory = usable_memory();
    try {
        view.sees_inputs = inputs_fingerprint(plan) == plan.fingerprint;
    } catch (const std::exception&) {
        view.sees_inputs = false;
    }
    if (staged) {
        try {
            io::ScratchFile::check(plan.scratch);
        } catch (const io::Error& error) {
            view.problem = fmt::format("{}; give another --scratch", error.what());
        }
    }
    // A network file system may show a new file late.
    for (int attempt = 0; attempt < 20 && !view.sees_output; ++attempt) {
        if (attempt > 0) ::usleep(100'000);
        view.sees_output = std::filesystem::exists(Probe::path(plan.output, nonce));
    }
    return view;
}

std::string RankView::pack() const {
    return nlohmann::json{{"host", host},          {"cores", cores},        {"memory", memory},
                          {"inputs", sees_inputs}, {"output", sees_output}, {"problem", problem}}
        .dump();
}

RankView RankView::unpack(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    RankView view;
    view.host = json.at("host");
    view.cores = json.at("cores");
    view.memory = json.at("memory");
    view.sees_inputs = json.at("inputs");
    view.sees_output = json.at("output");
    view.problem = json.at("problem");
    return view;
}

} // namespace ordermill::app
