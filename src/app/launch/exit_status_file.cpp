#include "app/launch/exit_status_file.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace ordermill::app {
namespace {

constexpr const char* begun_text = "begun\n";

/// A reader finds the old text or the new one, never a part.
void replace_file(const char* text) noexcept try {
    const char* const path = std::getenv(exit_status_variable);
    if (path == nullptr || *path == '\0') return;
    const std::string temporary = std::string(path) + ".new";
    std::FILE* const file = std::fopen(temporary.c_str(), "w");
    if (file == nullptr) return;
    const bool written = std::fputs(text, file) >= 0;
    const bool closed = std::fclose(file) == 0;
    if (written && closed) std::rename(temporary.c_str(), path);
} catch (...) { // no memory for the path
}

} // namespace

void write_begun() noexcept { replace_file(begun_text); }

void write_exit_status(int exit_code) noexcept {
    char text[16];
    std::snprintf(text, sizeof text, "%d\n", exit_code);
    replace_file(text);
}

ExitStatus read_exit_status(const std::string& path) {
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    ExitStatus exit_status{.begun = !text.empty(), .exit_code = std::nullopt};
    int code = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error == std::errc() && std::string_view(end, text.data() + text.size()) == "\n")
        exit_status.exit_code = code;
    return exit_status;
}

} // namespace ordermill::app
