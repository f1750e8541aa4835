#pragma once

#include "app/base/fault_injection.hpp"
#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "app/resolve/resolution.hpp"
#include "app/resolve/staging.hpp"
#include "app/resume/saved_chunks.hpp"
#include "app/work/chunk_writer.hpp"
#include "app/work/phase_clock.hpp"
#include "cluster/work/work.hpp"
#include "core/clean/clean.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ordermill::app {

/// A worker's side of a run: cleans chunks, keeps what came out until rank 0 knows where it goes, writes it
/// there. Buffers are reused.
class Worker {
  public:
    /// Where a worker stands among the others, and what it may use.
    struct Place {
        int workers = 1;
        int own_rank = 1;
        std::uint64_t memory =
            UINT64_MAX; ///< for chunks and keys that are kept, in bytes; beyond it: scratch
        std::string scratch = "/tmp";
        std::size_t max_crashes = 10; ///< of records, over the whole run
        std::chrono::milliseconds crash_patience{20'000};
        bool timeline = false; ///< also says when it did what
    };
    /// All must outlive it. `peers` links it with the other workers; it may be null when the job keeps no
    /// chunks.
    Worker(const Plan& plan, const CompiledPlan& compiled, const Place& place, cluster::Peers* peers);

    /// Throws exceptions of a broken environment only, with a sentence that names what was worked on.
    cluster::Reply work(const cluster::Task& task, const cluster::Alive& alive);

  private:
    cluster::Reply obey(const cluster::Task& task, const cluster::Alive& alive);
    cluster::Reply clean_all(const cluster::Task& with, const cluster::Alive& alive);
    CleanReply clean(const CleanTask& task, const cluster::Task& with, const cluster::Alive& alive);
    cluster::Reply publish(const PublishTask& task);
    void claim(const PublishTask& task);
    bool waits_for_others(const cluster::Task& task);
    cluster::Reply flush(const StepTask& task, const cluster::Alive& alive);
    cluster::Reply refer(const StepTask& task, const cluster::Alive& alive);
    cluster::Reply resolve(const StepTask& task, const cluster::Alive& alive);
    cluster::Reply apply(const StepTask& task);
    cluster::Reply measure(const MeasureTask& task);
    std::optional<MeasureReply> measured(std::uint64_t id, std::uint64_t base_line);
    bool outdated(std::uint32_t epoch) const noexcept { return resolution_->epoch() != epoch; }
    cluster::Reply epoch(const cluster::Task& task);
    cluster::Reply sync(const SyncTask& task, const cluster::Alive& alive);
    cluster::Reply save(const SyncTask& task, const cluster::Alive& alive);
    Staging::Save saver();
    std::optional<CleanReply> restore(const CleanTask& task, const cluster::Task& with);
    cluster::Reply finish(const cluster::Alive& alive);
    void keep_within_memory();
    core::Chunk read_chunk(const CleanTask& task, std::uint64_t ahead);
    std::optional<std::uint64_t> find_line_end(std::uint32_t file, std::uint64_t offset,
                                               const std::function<void()>& between);
    std::unique_ptr<core::Batch> fresh_batch(std::uint32_t file, std::uint64_t input_bytes = UINT64_MAX);
    void recycle(std::unique_ptr<core::Batch> batch);

    const Plan& plan_;
    const CompiledPlan& compiled_;
    std::vector<core::Cleaner> cleaners_; ///< by recipe
    Place place_;
    PhaseClock clock_;
    FaultInjection faults_;
    io::ScratchFile scratch_;
    Staging staging_;
    std::unique_ptr<Resolution> resolution_;
    std::vector<std::unique_ptr<core::Batch>> spare_;
    std::size_t expected_bytes_ = 0; ///< of a batch: the most so far, so that a fresh one needn't grow
    std::size_t expected_rows_ = 0;
    SavedChunks saved_;
    std::vector<SavedChunk> newly_saved_; ///< not told to rank 0 yet
    bool saves_ = false;                  ///< each chunk, as soon as it is published
    core::Buffer input_;
    core::Buffer line_piece_; ///< of a line that is passed over
    std::optional<io::InputFile> open_input_;
    std::uint32_t open_input_file_ = 0;
    ChunkWriter writer_;
};

} // namespace ordermill::app
