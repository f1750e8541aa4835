#pragma once

#include <string>

namespace ordermill::system {

/// Where process numbers mean the same: a machine since its start, and a process namespace on it.
/// unknown_space without a /proc (of which `proc` is the path).
std::string process_space(const std::string& proc = "/proc");
inline constexpr const char* unknown_space = "unknown";

/// A process somewhere; what can be known of it from here.
struct Process {
    long number = 0;
    std::string space;
    /// It lived here and is no more (or only its parent hasn't noticed).
    bool known_dead() const;
    /// Its number means the same process to us.
    bool is_of_here() const;
    /// Ends it at once if it lives here; nothing otherwise.
    void kill() const;
};

Process this_process();

/// This machine's name.
std::string host_name();

/// Whether a process here may read another one's memory, found out by trying it on a child. Containers
/// forbid it with a filter for system calls, hardened systems with the rules for debuggers.
bool can_read_other_processes();

} // namespace ordermill::system
