#pragma once

#include "app/messages.hpp"
#include "app/plan.hpp"
#include "app/resolution_phases.hpp"
#include "cluster/work.hpp"
#include "core/tally.hpp"
#include "io/input.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// An output as it grows, in chunk order.
struct OutputTotal {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
};

/// What a run came to, the same for any number of ranks.
struct Totals {
    std::vector<core::Accounts> files; ///< by input file
    std::vector<std::uint64_t>
        data_ends; ///< by input file: where its data ended (a pipe's is only known now)
    std::uint64_t records_read = 0; ///< as the chunks were accepted
    core::Tally tally;
    OutputTotal clean;
    OutputTotal rejects;
    OutputTotal duplicates;
    std::map<std::uint32_t, OutputTotal> raw; ///< by input file, those that have rejects
};

/// How the run went; this may differ from run to run.
struct DealingCounts {
    std::uint64_t chunks_dealt = 0;
    std::uint64_t chunks_redone = 0; ///< a guess was wrong, or more bytes were needed
    std::uint64_t inline_bytes = 0;
    std::uint64_t bytes_accepted = 0; ///< of input
    std::uint64_t records_accepted = 0;
    std::uint64_t rejected_accepted = 0;
};

/// Rank 0's side of a run: cuts the inputs into chunks, deals them, follows the records' borders through the
/// chunks in order (guess, verify, redo), and gives every chunk its place in the outputs. Pure bookkeeping:
/// no MPI, and no file but a pipe or, for inline chunks, the inputs.
///
/// A chunk's life: dealt, cleaned, accepted (in order: its first record starts where the chunk before it
/// ended), in jobs that remove duplicates or have rules on whole orders published and kept until these are
/// decided, placed (in order: its
/// sizes are known, so its offsets are), written.
class Dealing {
  public:
    /// All must outlive it.
    Dealing(const Plan& plan, const Prepared& prepared, io::PipeInput& pipe, int workers);

    /// What stands at the beginning of the outputs, written by the caller. Before the first task.
    void set_headers(const std::string& clean, const std::string& rejects, const std::string& duplicates);

    /// For farm::run and serial::run.
    cluster::Dealer dealer(std::function<void()> tick);

    std::optional<cluster::Task> next(int worker, bool room);
    void take(int worker, const cluster::Reply& reply);
    bool finished() const noexcept;

    const Totals& totals() const noexcept { return totals_; }
    const ResolutionTotals& resolution() const noexcept { return resolution_.totals(); }
    const DealingCounts& counts() const noexcept { return counts_; }
    const std::vector<Phases>& phases() const noexcept { return phases_; } ///< by worker, [0] unused
    /// The share of the input that is accepted, 0 to 1; nothing for a pipe.
    std::optional<double> share_done() const noexcept;

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
        CleanReply reply{};
        std::uint64_t clean_bytes = 0;
        std::uint64_t rejects_bytes = 0;
        std::uint64_t duplicates_bytes = 0;
        WriteReply written{};
    };

    void add_chunk(std::uint64_t end);
    bool cut_next();
    bool cut_pipe();
    bool window_full() const noexcept;
    std::optional<cluster::Task> clean_task(int worker);
    cluster::Task make_clean_task(Chunk& chunk);
    std::shared_ptr<const std::string> inline_body(Chunk& chunk, CleanTask& task);
    void accept_chunks();
    bool accept(Chunk& chunk);
    void redo(Chunk& chunk, std::uint64_t begin);
    void cover(Chunk& chunk);
    void publish(Chunk& chunk);
    void resolve();
    bool place(Chunk& chunk);
    void place_chunks();
    void retire_chunks();
    void close_file(std::uint32_t file);
    Chunk& chunk(std::uint64_t id);
    void send(int worker, std::string head);
    void release_pipe();
    bool ready(const Chunk& chunk);
    OutputTotal& raw_total(std::uint32_t file);
    std::uint64_t pipe_data_end(std::uint32_t index) const;

    const Plan& plan_;
    const Prepared& prepared_;
    io::PipeInput& pipe_;
    int workers_;
    std::uint64_t window_;

    std::deque<Chunk> chunks_; ///< ids first_id_ on, ascending
    std::uint64_t first_id_ = 0;
    std::uint64_t next_id_ = 0;
    std::uint64_t accept_id_ = 0; ///< the oldest chunk that isn't accepted
    std::uint64_t place_id_ = 0;  ///< the oldest chunk that isn't placed
    std::uint64_t deal_id_ = 0;   ///< the oldest chunk that may be waiting
    std::uint32_t cut_file_ = 0;  ///< where the next chunk is cut
    std::uint64_t cut_at_ = 0;
    std::uint32_t accept_file_ = 0;
    std::uint64_t expected_ = 0;                    ///< the file offset at which the next record begins
    std::uint64_t line_ = 0;                        ///< physical lines before it
    std::vector<std::deque<cluster::Task>> urgent_; ///< by worker
    bool staged_;                  ///< chunks stay with their workers until all are published and resolved
    std::uint64_t measure_id_ = 0; ///< the oldest published chunk that wasn't told to measure
    std::uint64_t publishing_ = 0; ///< chunks told to publish that haven't answered
    ResolutionPhases resolution_;
    std::vector<bool> finish_sent_;
    int finished_workers_ = 0;
    std::uint64_t unanswered_ = 0; ///< tasks whose replies haven't come
    std::optional<io::InputFile> inline_file_;
    std::uint32_t inline_file_index_ = 0;
    core::Buffer inline_buffer_;
    Totals totals_;
    DealingCounts counts_;
    std::vector<Phases> phases_;
};

} // namespace ordermill::app
