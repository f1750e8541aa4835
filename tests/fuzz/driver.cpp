// Runs a fuzzer on mutations of its seeds, the same ones for the same --seed, or on files. What ends the
// program, a signal or a sanitizer, leaves the input in a file.
#include "fuzz/fuzz.hpp"
#include "fuzz/mutator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

using namespace ordermill;

/// There when a sanitizer is.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr unsigned seconds_for_an_input = 5;

std::string current;    ///< the input in hand
std::string crash_file; ///< where it goes

void save_input() {
    const int file = ::open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return;
    [[maybe_unused]] const ssize_t written = ::write(file, current.data(), current.size());
    ::close(file);
    for (const std::string_view part : {std::string_view("the input is in "), std::string_view(crash_file),
                                        std::string_view("; run it again with that as the argument\n")}) {
        [[maybe_unused]] const ssize_t said = ::write(STDERR_FILENO, part.data(), part.size());
    }
}

void on_signal(int signal) {
    save_input();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void catch_ends() {
    for (const int signal : {SIGABRT, SIGALRM}) std::signal(signal, on_signal);
    if (__sanitizer_set_death_callback != nullptr) {
        __sanitizer_set_death_callback(save_input);
    } else {
        for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_signal);
    }
}

double slowest = 0; ///< seconds

void run_one(std::string input) {
    current = std::move(input);
    const auto start = std::chrono::steady_clock::now();
    ::alarm(seconds_for_an_input);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
    ::alarm(0);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    slowest = std::max(slowest, passed.count());
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        fmt::print(stderr, "cannot read {}\n", path);
        std::exit(2);
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_seeds(const std::string& folder) {
    std::filesystem::create_directories(folder);
    const std::vector<std::string> seeds = fuzz::seeds();
    for (std::size_t i = 0; i < seeds.size(); ++i)
        std::ofstream(fmt::format("{}/{:03}", folder, i), std::ios::binary) << seeds[i];
}

struct Arguments {
    std::uint64_t runs = 10'000;
    std::optional<double> seconds; ///< instead of `runs`
    std::uint64_t seed = 1;
    std::string seeds_to;
    std::vector<std::string> files;
};

Arguments read_arguments(int count, char** words) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const char* const value = i + 1 < count ? words[i + 1] : nullptr;
        if (!word.starts_with("--")) {
            arguments.files.push_back(word);
            continue;
        }
        if (value == nullptr ||
            (word != "--runs" && word != "--seconds" && word != "--seed" && word != "--write-seeds")) {
            fmt::print(stderr,
                       "usage: {} [--runs N | --seconds N] [--seed N] [--write-seeds FOLDER] [FILES]\n",
                       words[0]);
            std::exit(2);
        }
        if (word == "--runs") arguments.runs = std::strtoull(value, nullptr, 10);
        if (word == "--seconds") arguments.seconds = std::strtod(value, nullptr);
        if (word == "--seed") arguments.seed = std::strtoull(value, nullptr, 10);
        if (word == "--write-seeds") arguments.seeds_to = value;
        ++i;
    }
    return arguments;
}

std::uint64_t run_mutations(const Arguments& arguments) {
    const std::vector<std::string> seeds = fuzz::seeds();
    fuzz::Mutator mutator(seeds, arguments.seed);
    const auto start = std::chrono::steady_clock::now();
    const auto enough = [&](std::uint64_t done) {
        if (!arguments.seconds) return done >= arguments.runs;
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        return passed.count() >= *arguments.seconds;
    };
    for (const std::string& seed : seeds) run_one(seed);
    std::uint64_t done = 0;
    for (; !enough(done); ++done) run_one(mutator.next());
    return done + seeds.size();
}

int report(std::uint64_t runs, std::uint64_t seed) {
    fmt::print("seed {}: {} inputs, the slowest took {:.3f} s\n", seed, runs, slowest);
    int status = 0;
    for (const auto& [outcome, share] : fuzz::expected_outcomes()) {
        const std::uint64_t times = fuzz::noted(outcome);
        const bool enough = static_cast<double>(times) >= share * static_cast<double>(runs);
        fmt::print("  {:24}{:>10}{}\n", outcome, times,
                   enough ? "" : fmt::format("  too few: below {} %", share * 100));
        if (!enough) status = 1;
    }
    return status;
}

} // namespace

int main(int count, char** words) {
    const Arguments arguments = read_arguments(count, words);
    crash_file = std::filesystem::path(words[0]).filename().string() + ".crash";
    catch_ends();
    if (!arguments.seeds_to.empty()) {
        write_seeds(arguments.seeds_to);
        return 0;
    }
    for (const std::string& file : arguments.files) run_one(read_file(file));
    if (!arguments.files.empty()) return 0;
    return report(run_mutations(arguments), arguments.seed);
}
