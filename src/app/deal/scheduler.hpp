#pragma once

#include "app/deal/chunk_sizes.hpp"
#include "app/deal/output_placement.hpp"
#include "app/deal/record_borders.hpp"
#include "app/hosts/rank_access.hpp"
#include "app/outputs/chunk_outputs.hpp"
#include "app/outputs/gather_queue.hpp"
#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "app/resolve/resolution_phases.hpp"
#include "app/resume/checkpoint.hpp"
#include "cluster/work/work.hpp"
#include "core/recipe/tally.hpp"
#include "io/input.hpp"
#include "study/rows/phase_buckets.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
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

/// Rank 0's side of a run: cuts the inputs into chunks, deals them, follows the records' borders through the
/// chunks in order (guess, verify, redo), and gives every chunk its place in the outputs. Pure bookkeeping:
/// no MPI, and no file but a pipe or, for inline chunks, the inputs.
///
/// Its parts: how large chunks are (ChunkSizes), where records begin and end (RecordBorders), where chunks
/// stand in the outputs (OutputPlacement), when duplicates and orders are decided (ResolutionPhases), and
/// whose outputs come back to rank 0 (GatherQueue).
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
    bool streams_duplicates() const noexcept { return streaming_; }
    /// By worker, [0] unused: who doesn't see an input is sent its bytes, who doesn't see the outputs sends
    /// them back, and `write` is called with them. Without a call, all see all. Before the first task.
    using WriteGathered = std::function<void(const WriteTask&, const ChunkTexts&)>;
    void set_access(std::vector<RankAccess> access, WriteGathered write,
                    std::uint64_t most_under_way = GatherQueue::most_by_default);
    /// Goes on from there. After set_headers, before the first task.
    void resume(const Checkpoint& from);
    /// The same for a job that keeps its records: these needn't be cleaned again.
    void resume(const std::vector<SavedRange>& saved);
    /// Called with each checkpoint that is reached.
    using Reached = std::function<void(const Checkpoint&)>;
    /// Deals no more; finished when what is in hand is written, or in a job that keeps its records, kept:
    /// then `reached` is called once more, unless there is nothing new.
    void stop(Reached reached);
    bool stopping() const noexcept { return stopping_; }
    /// Has every worker put its outputs on the disk, then calls `reached` with what is written by now; in a
    /// job that keeps its records, with what is kept. Nothing if that is still going on or nothing came
    /// since.
    void begin_checkpoint(Reached reached);
    /// What is written by now.
    Checkpoint written() const;
    /// A worker is gone, and what it had in hand or kept is done again by the others. Throws when there are
    /// none, or a pipe would have to be read again.
    void lost(int worker);

    /// For farm::run and serial::run.
    cluster::Dealer dealer(std::function<void()> tick);

    std::optional<cluster::Task> next(int worker, bool room);
    void take(int worker, const cluster::Reply& reply);
    bool finished() const noexcept;

    const Totals& totals() const noexcept { return totals_; }
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
    enum class Stage : std::uint8_t {
        waiting,
        dealt,
        cleaned,
        accepted,
        published,
        measuring,
        measured,
        writing,
        done
    };
    struct Chunk {
        std::uint64_t id = 0;
        std::uint32_t file = 0;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        bool known_start = false;
        bool empty = false; ///< accepted without records: the chunk before it covers it
        Stage stage = Stage::waiting;
        int worker = 0;
        std::uint64_t ahead = 0; ///< inline: bytes sent beyond its range
        std::uint64_t base_line = 0;
        std::uint64_t turn = 0; ///< once it is accepted: its number among those with records
        CleanReply reply{};
        TextSizes sizes{};          ///< once it is measured
        std::uint64_t dealt_at = 0; ///< counts the tasks dealt, to tell the oldest
        int deaths = 0;             ///< of workers that had it in hand
        bool again = false;         ///< accepted, but to be cleaned again
        SavedPlace saved{};
        WriteTask write{};    ///< once it is placed
        WriteReply written{}; ///< once `tally` came with it
        std::string tally{};
        bool is_written = false;
        core::Accounts::Share duplicates{}; ///< of its clean records
        core::Accounts::Share rejected{};
    };

    void add_chunk(std::uint64_t end);
    bool cut_next(int worker);
    bool cut_pipe();
    bool window_full() const noexcept;
    bool all_done() const noexcept;
    std::optional<cluster::Task> clean_task(int worker);
    cluster::Task make_clean_task(Chunk& chunk);
    std::shared_ptr<const std::string> body_for(Chunk& chunk, CleanTask& task);
    std::shared_ptr<const std::string> saved_body(const Chunk& chunk);
    std::shared_ptr<const std::string> inline_body(Chunk& chunk, CleanTask& task);
    void accept_chunks();
    bool accept(Chunk& chunk);
    void redo(Chunk& chunk, std::uint64_t begin);
    static void enlarge_ahead(Chunk& chunk);
    void cover(Chunk& chunk);
    void publish(Chunk& chunk);
    void resolve();
    void measure_published();
    void ask_measures(Chunk& chunk);
    std::uint64_t expected_keys() const noexcept;
    bool place(Chunk& chunk);
    void place_chunks();
    void send_write(Chunk& chunk);
    void ask_gathered();
    void take_written(const cluster::Reply& reply);
    void retire_chunks();
    void retire(const Chunk& done);
    void take_cleaned(int worker, const CleanReply& cleaned);
    void cleaned_again(Chunk& chunk, const CleanReply& cleaned);
    void take_measured(const MeasureReply& measured);
    void take_synced(const SyncReply& synced);
    void take_saved(std::string_view chunks);
    bool settled();
    bool takes_along(int worker, const Chunk& of) const noexcept;
    void done_again(Chunk& of);
    void begin_epoch();
    void blame(int worker);
    void check_crashes() const;
    std::vector<int> alive() const;
    bool drained() const noexcept;
    void close_file();
    Chunk& chunk(std::uint64_t id);
    void send(int worker, std::string head);
    void release_pipe();
    bool ready(const Chunk& chunk);
    OutputTotal& raw_total(std::uint32_t file);
    std::uint64_t pipe_data_end(std::uint32_t index) const;

    const Plan& plan_;
    const CompiledPlan& compiled_;
    io::PipeInput& pipe_;
    int workers_;
    std::uint64_t max_crashes_;
    std::uint64_t window_;

    std::deque<Chunk> chunks_; ///< ids first_id_ on, ascending
    std::uint64_t first_id_ = 0;
    std::uint64_t retire_id_ =
        0; ///< the oldest chunk that isn't retired: first_id_, if those needn't be kept
    std::uint64_t next_id_ = 0;
    std::uint64_t accept_id_ = 0; ///< the oldest chunk that isn't accepted
    std::uint64_t place_id_ = 0;  ///< the oldest chunk that isn't placed
    std::uint64_t deal_id_ = 0;   ///< the oldest chunk that may be waiting
    std::uint32_t cut_file_ = 0;  ///< where the next chunk is cut
    std::uint64_t cut_at_ = 0;
    std::uint64_t uncut_ = 0;                       ///< bytes of data that aren't cut yet, pipes apart
    RecordBorders borders_;                         ///< of the chunks that are accepted
    std::vector<std::deque<cluster::Task>> urgent_; ///< by worker
    bool staged_;                  ///< chunks stay with their workers until all are published and resolved
    bool streaming_ = false;       ///< not until all, but until those before them are
    std::uint64_t turns_ = 0;      ///< given
    std::uint64_t measure_id_ = 0; ///< the oldest published chunk that wasn't told to measure
    std::uint64_t again_ = 0;      ///< accepted chunks that must be cleaned again
    std::uint64_t publishing_ = 0; ///< chunks told to publish that haven't answered
    ResolutionPhases resolution_;
    struct Hand {
        bool finish_sent = false;
        bool finished = false;
        bool lost = false;
        std::uint64_t unanswered = 0; ///< tasks whose replies haven't come
        std::uint64_t synced = 0;     ///< the last checkpoint that it synced for
    };
    std::vector<Hand> hands_;      ///< by worker
    std::uint64_t unanswered_ = 0; ///< by all
    ChunkSizes chunk_sizes_;
    std::vector<RankAccess> access_; ///< by worker
    GatherQueue gathering_;
    WriteGathered write_gathered_;
    bool stopping_ = false;
    bool finishing_ = false;  ///< a worker was told to finish
    Reached reached_at_stop_; ///< null once it needn't be called any more
    std::map<std::pair<std::uint32_t, std::uint64_t>, SavedRange> saved_; ///< of an earlier run, by place
    std::uint64_t resumed_at_ = UINT64_MAX; ///< offset in the file of the first chunk, whose start is known
    struct Pending {                        ///< a checkpoint
        std::uint64_t number = 0;
        std::uint64_t so_far = UINT64_MAX; ///< the chunks that the last one spoke of
        std::optional<Checkpoint> point;
        Reached reached;
    };
    Pending checkpoint_;
    OutputPlacement placement_;
    Checkpoint retired_; ///< how far they are written, without the totals
    std::optional<io::InputFile> inline_file_;
    std::uint32_t inline_file_index_ = 0;
    core::Buffer inline_buffer_;
    Totals totals_;
    SchedulerCounts counts_;
    std::vector<Phases> phases_;
    std::vector<std::vector<study::PhaseBuckets::Bar>> timelines_;
};

} // namespace ordermill::app
