#pragma once

#include "app/base/fault_injection.hpp"
#include "app/outputs/chunk_outputs.hpp"
#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "app/resolve/staging.hpp"
#include "app/work/phase_clock.hpp"
#include "cluster/work/work.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace ordermill::app {

/// A worker's write tasks: puts a chunk's texts where rank 0 says, or sends them back. The kernel lets one
/// process at a time write to a file, so a write that would wait for another worker of this host is refused
/// for now, and the worker cleans on meanwhile; but for no longer than `longest_wait`, since what it keeps
/// must stay bounded and somebody else may have locked the file.
class ChunkWriter {
  public:
    static constexpr std::chrono::milliseconds longest_wait{100};
    /// A first try waits for so long: another chunk would take this one's text out of the processor's cache.
    static constexpr std::chrono::microseconds short_wait{200};

    /// With fewer workers, waiting in the kernel costs less than coming back to a chunk later.
    static constexpr int fewest_that_take_turns = 4;

    /// All must outlive it. `workers`: of the run. `keeps_keys`: a chunk's keys may be asked for again after
    /// it is written.
    ChunkWriter(const Plan& plan, const CompiledPlan& compiled, Staging& staging, PhaseClock& clock,
                const FaultInjection& faults, int workers, bool keeps_keys);

    /// The answer to one WriteTask after the other; or not yet, to be tried again soon. Throws io::Error, and
    /// io::Replaced once a newer run has the folder.
    cluster::Reply write_all(std::string_view tasks);
    /// Writes what was refused, at once: before what the chunks hold changes. The answers are given when the
    /// tasks are tried again.
    void write_refused();
    /// What was written is on the disk when it returns. Calls `alive` while it waits for a slow disk.
    void sync(const cluster::Alive& alive);
    void close() { outputs_.close(); }

  private:
    using Clock = std::chrono::steady_clock;
    struct Refused {
        WriteTask task;
        Clock::time_point since;
        int times = 0;
    };
    cluster::Reply write(const WriteTask& task);
    bool has_its_turn(const WriteTask& task);
    /// False when another worker was faster.
    bool put(const WriteTask& task, const ChunkTexts& texts, bool at_once);
    std::optional<cluster::Reply> try_write(const WriteTask& task, bool at_once);
    cluster::Reply refuse(const WriteTask& task);

    Staging& staging_;
    PhaseClock& clock_;
    const FaultInjection& faults_;
    bool takes_turns_;
    bool keeps_keys_;
    ChunkOutputs outputs_;
    std::map<std::uint64_t, Refused> refused_;              ///< by chunk
    std::map<std::uint64_t, cluster::Reply> written_since_; ///< by chunk, not answered yet
    core::Buffer rendered_clean_;
    core::Buffer rendered_rejects_;
};

} // namespace ordermill::app
