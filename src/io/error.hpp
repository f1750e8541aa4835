#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace ordermill::io {

/// The environment failed (disk, network, permissions), and not the job. `main` exits with 3. `what()` is one
/// sentence without a full stop that names the path:
/// `cannot write out/x/.clean.csv.part: No space left on device`.
class Error : public std::system_error {
  public:
    /// Makes the sentence "cannot VERB PATH: TEXT"; TEXT is the system's for `error_number`, an errno.
    Error(std::string_view verb, const std::string& path, int error_number)
        : std::system_error(error_number, std::generic_category(),
                            "cannot " + std::string(verb) + ' ' + path) {}
};

} // namespace ordermill::io
