#pragma once

#include "app/base/fault_injection.hpp"
#include "cluster/work/work.hpp"
#include "core/clean/clean.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace ordermill::app {

/// The records of a chunk that end the process that cleans them, or that it never gets past: their offsets,
/// ascending. The chunk is cleaned in forked children, which make no MPI call and tell which record they look
/// at; each child that dies, or makes no progress for `patience`, gives one offset. Stops after `most`
/// offsets; there may be more such records then. Calls `alive` meanwhile. Throws io::Error when a child can't
/// be started.
std::vector<std::uint64_t> find_crashing(core::Cleaner& cleaner, const core::Chunk& chunk,
                                         const core::HeaderMapping& mapping, const FaultInjection& faults,
                                         std::size_t most, std::chrono::milliseconds patience,
                                         const cluster::Alive& alive);

} // namespace ordermill::app
