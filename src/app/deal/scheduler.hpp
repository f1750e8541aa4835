#pragma once

#include "app/chunks/chunk.hpp"
#include "app/chunks/chunk_bodies.hpp"
#include "app/chunks/chunk_sizes.hpp"
#include "app/chunks/input_cutter.hpp"
#include "app/chunks/line_search.hpp"
#include "app/chunks/output_placement.hpp"
#include "app/chunks/record_borders.hpp"
#include "app/chunks/written_totals.hpp"
#include "app/deal/checkpoint_rounds.hpp"
#include "app/deal/worker_hands.hpp"
#include "app/hosts/rank_access.hpp"
#include "app/outputs/chunk_outputs.hpp"
#include "app/outputs/gather_queue.hpp"
#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "app/resolve/resolution_phases.hpp"
#include "app/resume/checkpoint.hpp"
#include "cluster/work/work.hpp"
#include "io/input.hpp"
#include "study/rows/phase_buckets.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::app {

/// How the run went; this may differ from run to run.
struct SchedulerCounts {
    std::uint64_t chunks_dealt = 0;
    std::uint64_t chunks_redone = 0;  ///< a guess was wrong, or more bytes were needed
    std::uint64_t inline_bytes = 0;   ///< sent to workers
    std::uint64_t gathered_bytes = 0; ///< of outputs, that came back from workers
    std::uint64_t bytes_accepted = 0; ///< of input
    std::uint64_t records_accepted = 0;
    std::uint64_t rejected_accepted = 0;
    std::uint64_t bytes_resumed = 0;   ///< of bytes_accepted: done by an earlier run
    std::uint64_t chunks_restored = 0; ///< taken from where they were kept, instead of cleaning them
    struct Loss {
        int worker = 0;
        std::uint64_t chunks_again = 0;
    };
    std::vector<Loss> losses;
};

/// Whether a run can decide duplicates in turn (Scheduler::stream_duplicates): the first of equal records
/// stays, and each worker may keep `memory` bytes, which is enough for its share of the keys of all records,
/// 44 bytes each, if records have 16 bytes or more. Who has many workers has few keys of a chunk for each,
/// and would send small messages.
bool can_stream_duplicates(const Plan& plan, const CompiledPlan& compiled, std::uint64_t workers,
                           std::uint64_t memory);

/// Rank 0's side of a run: deals chunks, follows the records' borders through them in order (guess, verify,
/// redo), and gives every chunk its place in the outputs. Pure bookkeeping: no MPI, and no file but a pipe
/// or, for inline chunks, the inputs.
///
/// It only says what happens next; how is known by its parts: where the inputs are cut (InputCutter,
/// ChunkSizes), which bytes travel with a chunk (ChunkBodies), where records begin and end (RecordBorders)
/// and lines over the length limit (LineSearch), where chunks stand in the outputs (OutputPlacement), what
/// those that are written come to (WrittenTotals), what each worker is still to be told (WorkerHands),
/// checkpoints (CheckpointRounds), what a lost worker takes along (lost_worker), when duplicates and orders
/// are decided (ResolutionPhases), and whose outputs come back to rank 0 (GatherQueue).
///
/// A chunk's life: dealt, cleaned, accepted (in order: its first record starts where the chunk before it
/// ended), in jobs that remove duplicates or have rules on whole orders published and kept until these are
/// decided, placed (in order: its
/// sizes are known, so its offsets are), written.
class Scheduler {
  public:
    /// All must outlive it.
    /// `max_crashes`: more records that kill their worker end the run.
    Scheduler(const Plan& plan, const CompiledPlan& compiled, io::PipeInput& pipe, int workers,
              std::uint64_t max_crashes = 10);

    /// What stands at the beginning of the outputs, written by the caller. Before the first task.
    void set_headers(const std::string& clean, const std::string& rejects, const std::string& duplicates);

    /// Duplicates are decided chunk by chunk, in the order of the input, so that chunks are written while
    /// others are cleaned; for jobs that keep the first of equal records, whose keys the workers have memory
    /// for. Before the first task.
    void stream_duplicates();
    bool streams_duplicates() const noexcept { return keeping_ == Keeping::in_turn; }
    /// By worker, [0] unused: who doesn't see an input is sent its bytes, who doesn't see the outputs sends
    /// them back, and `write` is called with them. Without a call, all see all. Before the first task.
    using WriteGathered = std::function<void(const WriteTask&, const ChunkTexts&)>;
    void set_access(std::vector<RankAccess> access, WriteGathered write,
                    std::uint64_t most_under_way = GatherQueue::most_by_default);
    /// Goes on from there. After set_headers, before the first task.
    void resume(const Checkpoint& from);
    /// The same for a job that keeps its records: these needn't be cleaned again.
    void resume(const std::vector<SavedRange>& saved);
    using Reached = CheckpointRounds::Reached;
    /// Deals no more; finished when what is in hand is written, or in a job that keeps its records, kept:
    /// then `reached` is called once more, unless there is nothing new.
    void stop(Reached reached);
    bool stopping() const noexcept { return stopping_; }
    /// Has every worker put its outputs on the disk, then calls `reached` with what is written by now; in a
    /// job that keeps its records, with what is kept. Nothing if that is still going on or nothing came
    /// since.
    void begin_checkpoint(Reached reached);
    /// What is written by now.
    Checkpoint written() const { return written_.checkpoint(); }
    /// A worker is gone, and what it had in hand or kept is done again by the others. Throws when there are
    /// none, or a pipe would have to be read again.
    void lost(int worker);

    /// For farm::run and serial::run.
    cluster::Dealer dealer(std::function<void()> tick);

    std::optional<cluster::Task> next(int worker, bool room);
    /// Not inlined: tests/bench/instructions.py counts what it does.
    [[gnu::noinline]] void take(int worker, const cluster::Reply& reply);
    bool finished() const noexcept { return hands_.all_finished(); }
    /// So much is written and not synced, by workers on other hosts than rank 0's, that it is time for a
    /// checkpoint: what is noted of each such chunk takes memory, and is written again if its worker is lost.
    bool much_is_unsafe() const noexcept { return !keeps() && unsafe_ >= most_unsafe_chunks; }
    static constexpr std::uint64_t most_unsafe_chunks = 4096;

    const Totals& totals() const noexcept { return written_.totals(); }
    const ResolutionTotals& resolution() const noexcept { return resolution_.totals(); }
    const SchedulerCounts& counts() const noexcept { return counts_; }
    const std::vector<Phases>& phases() const noexcept { return phases_; } ///< by worker, [0] unused
    /// By worker, where it was asked for.
    const std::vector<std::vector<study::PhaseBuckets::Bar>>& timelines() const noexcept {
        return timelines_;
    }
    /// The share of the input that is accepted, 0 to 1; nothing for a pipe.
    std::optional<double> share_done() const noexcept;
    /// The share that a run that goes on needn't clean again, as far as checkpoints have it.
    double share_recorded() const noexcept;

  private:
    using Stage = Chunk::Stage;

    // chunks to workers
    bool window_full() const;
    bool all_done() const noexcept;
    bool nobody_works() const noexcept;
    bool cut_next(int worker);
    Chunk* cut(int worker);
    Chunk* next_waiting(int worker);
    std::optional<cluster::Task> clean_task(int worker);
    void give(Chunk& chunk, int worker);
    cluster::Task make_clean_task(Chunk& chunk);
    // small files that travel together (scheduler_small_files)
    bool is_small_file(std::uint32_t file, int worker) const;
    bool small_file_follows(const Chunk& chunk) const;
    void add_small_files(cluster::Task& task, const Chunk& first);
    std::shared_ptr<const std::string> body_for(Chunk& chunk, CleanTask& task);
    bool has_its_bytes(const Chunk& chunk);
    void clean_later(Chunk& chunk);
    // what comes back, in order
    void take_all_cleaned(int worker, std::string_view replies);
    void take_cleaned(int worker, const CleanReply& cleaned);
    void accept_chunks();
    bool accept(Chunk& chunk);
    void redo(Chunk& chunk, std::uint64_t begin);
    void cover(Chunk& chunk);
    // a line over the length limit whose end a worker can't find (scheduler_long_lines)
    std::uint64_t most_bytes_behind(const Chunk& chunk) const;
    void search_line_end(Chunk& chunk, std::uint64_t offset);
    void search_further();
    void pass_over(const Chunk& chunk, std::uint64_t offset);
    void close_file();
    void release_pipe();
    // duplicates and orders
    bool keeps() const noexcept { return keeping_ != Keeping::none; }
    void publish(Chunk& chunk);
    void take_published(const PublishReply& published);
    void resolve();
    void resolve_and_retire();
    void measure_published();
    void ask_measures(Chunk& chunk);
    void take_measured(const MeasureReply& measured);
    std::uint64_t expected_keys() const noexcept;
    // places in the outputs
    void place_chunks();
    bool place(Chunk& chunk);
    bool measure_cleaned(Chunk& chunk);
    void send_write(Chunk& chunk);
    void ask_gathered();
    void take_all_written(int worker, const cluster::Reply& reply);
    void take_written(int worker, const WriteReply& written, std::string_view& body);
    void retire_chunks();
    void check_crashes() const;
    // checkpoints, stops, losses
    void take_synced(int worker, const cluster::Reply& reply);
    void take_finished(int worker, const cluster::Reply& reply);
    bool settled();
    bool drained() const noexcept;
    /// A job that keeps its records writes all of them again after a stop.
    bool rewrites_at_stop() const noexcept { return !keeps() && rewriting_ > 0; }
    bool make_safe();
    void note_writer(Chunk& chunk, int worker);
    void mark_safe(int worker, std::uint64_t round);
    bool unwrite(Chunk& chunk, int lost);
    void finish_rewriting(Chunk& chunk);
    void clean_again(Chunk& chunk, int lost);
    void cleaned_again(Chunk& chunk, const CleanReply& cleaned);
    void done_again(Chunk& chunk);
    void enter_epoch();
    void begin_epoch();

    const Plan& plan_;
    const CompiledPlan& compiled_;
    io::PipeInput& pipe_;
    int workers_;
    std::uint64_t max_crashes_;
    std::uint64_t window_;
    Keeping keeping_;

    ChunkList chunks_;
    std::uint64_t retire_id_ =
        0; ///< the oldest chunk that isn't retired: the first, if those needn't be kept
    std::uint64_t accept_id_ = 0;   ///< the oldest chunk that isn't accepted
    std::uint64_t place_id_ = 0;    ///< the oldest chunk that isn't placed
    std::uint64_t deal_id_ = 0;     ///< the oldest chunk that may be waiting
    std::uint64_t measure_id_ = 0;  ///< the oldest published chunk that wasn't told to measure
    std::uint64_t turns_ = 0;       ///< given
    std::uint64_t groups_ = 0;      ///< tasks that chunks were cut for
    std::uint64_t tasks_dealt_ = 0; ///< to clean
    std::uint64_t again_ = 0;       ///< accepted chunks that must be cleaned again
    std::uint64_t publishing_ = 0;  ///< chunks told to publish that haven't answered
    std::uint64_t unsafe_ = 0;      ///< written chunks that their worker's death might take along
    std::uint64_t rewriting_ = 0;   ///< chunks that are accounted for, and to be written again

    InputCutter cutter_;
    ChunkSizes chunk_sizes_;
    ChunkBodies bodies_;
    LineSearch line_search_;
    RecordBorders borders_; ///< of the chunks that are accepted
    OutputPlacement placement_;
    WrittenTotals written_;
    WorkerHands hands_;
    CheckpointRounds checkpoints_;
    ResolutionPhases resolution_;
    GatherQueue gathering_;

    std::vector<RankAccess> access_; ///< by worker
    WriteGathered write_gathered_;
    bool stopping_ = false;
    std::vector<bool> finish_sent_; ///< by worker
    bool finishing_ = false;        ///< a worker was told to finish
    Reached reached_at_stop_;       ///< null once it needn't be called any more
    SchedulerCounts counts_;
    std::vector<Phases> phases_;
    std::vector<std::vector<study::PhaseBuckets::Bar>> timelines_;
};

} // namespace ordermill::app
