#pragma once

#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace ordermill::app {

struct LogOptions {
    std::string level = "info"; ///< trace debug info warning error off
    std::string folder;         ///< a file per rank; empty: none
};

/// What a rank has to say. Warnings and errors go to stderr, prefixed `ordermill: `; with a log folder
/// everything from the level on also goes to the rank's own file, with time, rank and host on each line.
class Log {
  public:
    /// Creates the folder. Throws io::Error.
    Log(const LogOptions& options, int rank, const std::string& host, bool to_stderr);

    void debug(const std::string& message);
    void info(const std::string& message);
    void warning(const std::string& message);
    void error(const std::string& message);

  private:
    std::shared_ptr<spdlog::logger> logger_;
};

} // namespace ordermill::app
