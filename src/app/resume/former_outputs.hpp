#pragma once

#include <string>
#include <vector>

namespace ordermill::app {

/// The names of the outputs that the report in the folder lists: those of the run before. Only names that a
/// run could have given: in the folder itself, in rejects-raw/, or those of parts. Nothing when there is no
/// report. Throws UsageError when report.json isn't a report of ordermill: it is the user's, and must not be
/// replaced.
std::vector<std::string> former_outputs(const std::string& output, const std::string& report);

/// Removes the outputs of the run before that this one didn't replace: they would be taken for its own.
/// Nothing else: a name that is a link or a folder by now stays, and so does what is behind a link.
void remove_former(const std::string& output, const std::vector<std::string>& former,
                   const std::vector<std::string>& now) noexcept;

/// Removes the temporary files of a run that didn't end, by the names that it recorded of its outputs: this
/// run may have other ones (fewer parts, other inputs). Nothing behind a link.
void discard_former_temporaries(const std::string& output, const std::vector<std::string>& names) noexcept;

} // namespace ordermill::app
