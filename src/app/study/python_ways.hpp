#pragma once

#include "app/study/child_cost.hpp"
#include "study/burn/waiting_loop.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// A Python that is on this machine.
struct Python {
    std::string program; ///< "python3"
    std::string version; ///< "3.11.2", with "free-threaded" where its threads have no global lock
    bool free_threaded = false;
};
/// python3, and the free-threaded builds beside it; empty where there is none.
std::vector<Python> find_pythons();

/// "turn", "processes", "threads" or "asyncio". The loop is the busy loop's, in Python; its result is checked
/// by the caller. Nothing where that Python can't do it. The wall time is the work's, without the
/// interpreter's start; CPU time and memory are those of all its processes.
std::optional<Cost> loop_in_python(const Python& python, const std::string& way, std::uint64_t orders,
                                   std::uint64_t iterations);
/// The same for orders that wait: "turn", "threads" or "asyncio".
std::optional<Cost> wait_in_python(const Python& python, const std::string& way, const study::Waits& waits);

} // namespace ordermill::app
