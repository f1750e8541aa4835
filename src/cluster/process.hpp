#pragma once

#include <string>

namespace ordermill::cluster {

/// Where process numbers mean the same: a machine since its start, and a process namespace on it.
std::string process_space();

/// A process somewhere; what can be known of it from here.
struct Process {
    long number = 0;
    std::string space;
    /// It lived here and is no more (or only its parent hasn't noticed).
    bool known_dead() const;
    /// Ends it at once if it lives here; nothing otherwise.
    void kill() const noexcept;
};

Process this_process();

} // namespace ordermill::cluster
