#pragma once

#include "app/protocol/messages.hpp"

#include <string>
#include <vector>

namespace ordermill::app {

/// How much of the time the one file of clean records was being written to. The kernel lets one process at a
/// time write to a file, so near the whole time more workers don't help: the file bounds the run.
struct CleanFileLoad {
    double share = 0; ///< 0 to 1, of the time from the first deal to the last result
    bool binds = false;
};

/// `phases` by rank, [0] unused; `hosts` by rank. Nothing binds with more than one part, with fewer than four
/// workers, who count as writing while they wait for each other (ChunkWriter), or with workers on several
/// hosts, whose file systems keep their writers apart in other ways.
CleanFileLoad clean_file_load(std::uint32_t parts, const std::vector<Phases>& phases,
                              const std::vector<std::string>& hosts, double dealing_seconds);

/// A sentence for people; empty unless it binds.
std::string in_words(const CleanFileLoad& load);

} // namespace ordermill::app
