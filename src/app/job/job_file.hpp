#pragma once

#include "app/base/errors.hpp"
#include "core/base/job_error.hpp"
#include "core/job/job_spec.hpp"

#include <span>
#include <string>
#include <string_view>

namespace ordermill::app {

/// A job that can't be run as written. what() is the whole sentence, with the file's name, line and column in
/// front (or `--set section.key`).
class JobFileError : public UsageError {
  public:
    using UsageError::UsageError;
};

/// Reads a job file's text and `--set section.key=value` overrides, which replace or add keys, a later one
/// winning. Opens no file: those that the job names are recorded as written. Expressions, patterns, date
/// formats and values are only carried, with their places. Throws JobFileError.
core::JobSpec read_job(std::string_view text, std::string_view file_name,
                       std::span<const std::string> overrides);

/// What a job is called after its file: without folder and ending.
std::string_view job_name(std::string_view file_name);

/// The whole sentence of an error that compiling the job found, its place in front. `overrides`: those that
/// the job was read with.
std::string located(const core::JobError& error, std::string_view file_name,
                    std::span<const std::string> overrides);
/// Throws the same as a JobFileError.
[[noreturn]] void rethrow(const core::JobError& error, std::string_view file_name,
                          std::span<const std::string> overrides = {});

} // namespace ordermill::app
