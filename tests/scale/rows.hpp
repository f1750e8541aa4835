#pragma once

#include "scale/worker.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ordermill::scale {

/// What a simulated run came to.
struct Outcome {
    double seconds = 0;
    double rank_0 = 0; ///< seconds that rank 0 worked
    std::uint64_t replies = 0;
    struct {
        double begin = 0, end = 0; ///< seconds
        std::uint64_t replies = 0;
    } exchange;                 ///< from the first answer to the last, of those that are about keys
    std::vector<Spent> workers; ///< by rank; [0] unused
};

/// Appends the run, which cleaned so many bytes and records, to a file of the scaling study's raw rows. Every
/// rank counts as a host with one core.
void append_rows(const std::string& path, const Outcome& outcome, std::uint64_t bytes, std::uint64_t records);

} // namespace ordermill::scale
