#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace ordermill::core {

/// Where in a job file something stands: line and column (in bytes) from 1; line 0 when it came from `--set`
/// or a default. Places are never part of a comparison: two jobs are equal when they mean the same.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const Place&, const Place&) noexcept { return true; }
};

/// A job that can't be run as written: one sentence, without the file's name (the reader knows it) and
/// without a full stop. Thrown only before work begins.
class JobError : public std::runtime_error {
  public:
    JobError(Place where, const std::string& sentence) : std::runtime_error(sentence), place(where) {}
    Place place;
};

} // namespace ordermill::core
