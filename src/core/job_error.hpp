#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace ordermill::core {

/// Where in a job file something stands: line and column from 1; line 0 when it came from `--set` or a default.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// A job that can't be run as written: one sentence, without the file's name (the reader knows it) and
/// without a full stop. Thrown only before work begins.
class JobError : public std::runtime_error {
  public:
    JobError(Place place, const std::string& sentence) : std::runtime_error(sentence), place(place) {}
    Place place;
};

} // namespace ordermill::core
