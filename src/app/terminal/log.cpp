#include "app/terminal/log.hpp"

#include "app/terminal/message.hpp"
#include "io/error.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <filesystem>
#include <vector>

namespace ordermill::app {

Log::Log(const LogOptions& options, int rank, const std::string& host, bool to_stderr) {
    std::vector<spdlog::sink_ptr> sinks;
    if (to_stderr) {
        auto console = std::make_shared<spdlog::sinks::stderr_sink_st>();
        console->set_pattern("ordermill: %v");
        console->set_level(spdlog::level::warn);
        sinks.push_back(std::move(console));
    }
    if (!options.folder.empty()) {
        std::error_code failed;
        std::filesystem::create_directories(options.folder, failed);
        const std::string path = fmt::format("{}/rank-{}.log", options.folder, rank);
        try {
            auto file = std::make_shared<spdlog::sinks::basic_file_sink_st>(path, true);
            file->set_pattern(fmt::format("%Y-%m-%dT%H:%M:%S.%e%z rank {} {} %l: %v", rank, printable(host)));
            sinks.push_back(std::move(file));
        } catch (const spdlog::spdlog_ex&) {
            throw io::Error("write", path, failed ? failed.value() : errno);
        }
    }
    logger_ = std::make_shared<spdlog::logger>("ordermill", sinks.begin(), sinks.end());
    logger_->set_level(spdlog::level::from_str(options.level));
    logger_->flush_on(spdlog::level::info);
}

void Log::debug(const std::string& message) { logger_->debug(printable(message)); }
void Log::info(const std::string& message) { logger_->info(printable(message)); }
void Log::warning(const std::string& message) { logger_->warn(printable(message)); }
void Log::error(const std::string& message) { logger_->error(printable(message)); }

} // namespace ordermill::app
