#pragma once

#include <stdexcept>

namespace ordermill::app {

/// Exit codes, as the README documents them.
inline constexpr int exit_done = 0;
inline constexpr int exit_over_limit = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_environment = 3;
inline constexpr int exit_resume = 75; ///< stopped before the end: EX_TEMPFAIL of sysexits.h

/// The command line or the job can't be run as given: exit code 2.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The run that is to be resumed still lives: exit code 75, so that a caller who repeats the command waits.
struct ResumeLater : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A signal ended the run before its end: exit code 75.
class Stopped : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The exit code that an exception stands for.
int exit_code_of(const std::exception& error) noexcept;

} // namespace ordermill::app
