#pragma once

#include "app/hosts/memory_limit.hpp"

#include <string>

namespace ordermill::app {

/// Where a rank runs.
struct HostFacts {
    std::string host;
    std::string cpu_model; ///< as the kernel names it; empty if it doesn't
    int cores = 1;         ///< that this process may use
    MemoryLimit memory;    ///< that the ranks of this host may use together

    static HostFacts own(const std::string& host);
    std::string pack() const;
    static HostFacts unpack(const std::string& text);
};

} // namespace ordermill::app
