#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// What a way of working cost.
struct Cost {
    double wall = 0; ///< seconds
    double user = 0;
    double system = 0;
    std::uint64_t peak = 0;    ///< bytes, of all processes together
    std::uint64_t results = 0; ///< combined: the same for every way
};

/// What a child process cost that did the work; it makes no MPI call and ends without any of this process'
/// clearing up. Throws io::Error when a child can't be had.
Cost in_child(const std::function<std::uint64_t()>& work);

/// A child process for each order, all at the same time; their results are added.
Cost in_children(std::uint64_t orders, const std::function<std::uint64_t(std::uint64_t order)>& work);

/// A program's exit code, its output, and what it and the processes that it waited for cost; nothing when it
/// can't be started. `cost.peak` is the largest process'.
struct ProgramRun {
    int exit_code = 0;
    std::string output;
    Cost cost;
};
std::optional<ProgramRun> run_program(const std::vector<std::string>& command);

/// How many of two orders come out well when the first crashes: as processes, and as threads of one process.
struct Survivors {
    std::uint64_t processes = 0;
    std::uint64_t threads = 0;
};
Survivors crash_demo();

} // namespace ordermill::app
