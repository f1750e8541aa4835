#pragma once

#include "app/plan/plan.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// A name as a file system that ignores case compares it, for ASCII at least.
std::string folded(std::string name);

/// Before anything is written or removed. `outputs`: the names that the run may give in its output folder,
/// those of the clean records first; `removed`: names in it that the run may remove. Throws UsageError when
/// two outputs, or one and another's temporary name, would be the same file, also where the file system
/// ignores case; when rejects-raw or the folder of the parts is a link or no folder; and when an input, the
/// job file or a table is an output, a temporary file, one that would be removed, or in the run's own folder,
/// whatever name leads to it.
void check_output_conflicts(const Plan& plan, const std::vector<std::string>& outputs,
                            const std::vector<std::string>& removed);

} // namespace ordermill::app
