#pragma once

#include "app/chunks/output_placement.hpp"
#include "app/protocol/messages.hpp"
#include "core/recipe/tally.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace ordermill::app {

/// How long workers keep the chunks that they have cleaned.
enum class Keeping : std::uint8_t {
    none,       ///< each is written as soon as those before it have their places
    in_turn,    ///< until its own duplicates are decided
    to_the_end, ///< until every chunk is published, and then its duplicates and orders are decided
};

/// What rank 0 knows of a chunk.
struct Chunk {
    enum class Stage : std::uint8_t {
        searching, ///< rank 0 looks for the end of its last record, and then it is waiting
        waiting,   ///< to be dealt, for the first time or again
        dealt,
        cleaned,
        accepted,
        published, ///< where chunks are kept
        measuring, ///< its worker was asked for its sizes
        measured,
        writing,
        done
    };
    std::uint64_t id = 0;
    std::uint32_t file = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool known_start = false; ///< a record begins at `begin`; else its first one is guessed
    bool empty = false;       ///< accepted without records: the chunk before it covers it
    Stage stage = Stage::waiting;
    int worker = 0;
    std::uint64_t ahead = 0;                     ///< inline: bytes sent beyond its range
    std::uint64_t line_end = CleanTask::unknown; ///< inline: as in CleanTask
    bool within_line = false; ///< of a line over the length limit that begins before it and ends behind it
    std::shared_ptr<const std::string> body{}; ///< a pipe's: kept, because the pipe's window has left it
    std::uint64_t body_base = 0;
    std::uint64_t range_end = 0; ///< of a saved one: no record of it begins at or behind this
    std::uint64_t base_line = 0;
    std::uint64_t turn = 0; ///< once it is accepted: its number among those with records
    CleanReply reply{};
    TextSizes sizes{};          ///< once it is measured
    std::uint64_t dealt_at = 0; ///< counts the tasks dealt, to tell the oldest
    std::uint64_t group = 0;    ///< counts the tasks that chunks were first cut for
    int deaths = 0;             ///< of workers that had it in hand
    bool again = false;         ///< accepted, but to be cleaned again
    SavedPlace saved{};
    WriteTask write{};    ///< once it is placed
    WriteReply written{}; ///< once `tally` came with it
    std::string tally{};
    bool is_written = false;
    int writer = 0;                     ///< who wrote it last, and may not be its worker any more
    bool is_safe = true;                ///< written, and its worker's death can't take that along
    bool rewritten = false;             ///< accounted for, but to be written again
    std::uint64_t written_in = 0;       ///< the last round of syncing that had begun by then
    core::Accounts::Share duplicates{}; ///< of its clean records
    core::Accounts::Share rejected{};   ///< of its clean records, by rules on whole orders

    /// Its last record is longer than what was read behind its end, of which `most` bytes are always enough.
    void read_further(std::uint64_t most) noexcept {
        ahead = std::min(std::max<std::uint64_t>(ahead, 4096) * 4, most);
    }
};

/// The chunks that rank 0 still needs, by ascending number; numbers are given in the order of the inputs.
class ChunkList {
  public:
    /// Adds one with the next number.
    Chunk& add() {
        const std::uint64_t id = next();
        Chunk& added = chunks_.emplace_back();
        added.id = id;
        return added;
    }
    /// Throws std::out_of_range for one that isn't there.
    Chunk& operator[](std::uint64_t id) { return chunks_.at(id - first_); }
    const Chunk& operator[](std::uint64_t id) const { return chunks_.at(id - first_); }
    /// The oldest one isn't needed any more.
    void drop_first() {
        chunks_.pop_front();
        ++first_;
    }
    std::uint64_t first() const noexcept { return first_; }
    /// The number of the chunk that is added next.
    std::uint64_t next() const noexcept { return first_ + chunks_.size(); }
    auto begin() noexcept { return chunks_.begin(); }
    auto end() noexcept { return chunks_.end(); }
    auto begin() const noexcept { return chunks_.begin(); }
    auto end() const noexcept { return chunks_.end(); }

  private:
    std::deque<Chunk> chunks_;
    std::uint64_t first_ = 0;
};

} // namespace ordermill::app
