#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace ordermill::io {

/// The environment failed (disk, network, permissions), not the job: exit code 3. `what()` is one sentence
/// without a full stop that names the path: `cannot write out/x/.clean.csv.part: No space left on device`.
class Error : public std::system_error {
  public:
    /// `verb` as in "cannot VERB PATH"; `error_number` is an errno.
    Error(std::string_view verb, const std::string& path, int error_number)
        : std::system_error(error_number, std::generic_category(),
                            "cannot " + std::string(verb) + ' ' + path) {}
};

} // namespace ordermill::io
