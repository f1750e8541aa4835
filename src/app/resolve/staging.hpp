#pragma once

#include "app/protocol/messages.hpp"
#include "core/clean/batch.hpp"
#include "core/groups/duplicates.hpp"
#include "core/groups/orders.hpp"
#include "core/recipe/recipe.hpp"
#include "io/scratch.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ordermill::app {

/// A chunk that a worker keeps until rank 0 knows where its outputs go.
struct StagedChunk {
    std::unique_ptr<core::Batch> batch; ///< null while it is on disk
    std::uint32_t file = 0;
    std::uint64_t base_line = 0;
    std::uint64_t first_record = 0; ///< file offset
    CleanReply reply;               ///< what rank 0 was told of it
    bool published = false;
    bool streaming = false; ///< published as a chunk whose duplicates are decided in turn
    bool claimed = false;   ///< its keys are at their owners, in this epoch
    bool saved = false;     ///< on the disk, for a run that is resumed

    /// A row that gave way to another record.
    struct Loss {
        std::uint32_t row;
        std::uint32_t section;
        std::uint32_t kept_file;
        std::uint64_t kept_byte_position;
        std::uint64_t kept_line;
    };
    std::vector<Loss> losses; ///< by row, once the section is decided
    /// A row that gave way to another row of this chunk in the section that is being decided.
    struct LocalLoss {
        std::uint32_t row;
        std::uint32_t winner;
        std::uint64_t winner_byte_position;
        std::uint32_t winner_line; ///< relative
    };
    std::vector<LocalLoss> local_losses; ///< a winner may lose to another row further on
    struct Broken {
        std::uint32_t row;
        std::uint64_t rules; ///< bits
    };
    std::vector<Broken> broken;           ///< rows of orders that break a rule, by row
    core::Buffer duplicates;              ///< its part of duplicates.csv
    std::optional<MeasureReply> measured; ///< once its texts are as they will be written
    bool written = false;                 ///< only its keys are left, for an epoch to come

    const Loss* loss(std::uint32_t row) const noexcept;
    bool lost(std::uint32_t row) const noexcept { return loss(row) != nullptr; }
};

/// A worker's chunks, by number: in memory as long as there is room, then on scratch.
class Staging {
  public:
    /// `fresh` gives an empty batch for a chunk of a file, `recycle` takes one that is done with.
    using Fresh = std::function<std::unique_ptr<core::Batch>(std::uint32_t file)>;
    using Recycle = std::function<void(std::unique_ptr<core::Batch>)>;
    Staging(io::ScratchFile& scratch, Fresh fresh, Recycle recycle);

    StagedChunk& put(std::uint64_t id, StagedChunk&& chunk);
    void discard(std::uint64_t id);
    /// The chunk, its batch loaded into memory. Throws std::out_of_range for an unknown chunk.
    StagedChunk& at(std::uint64_t id);
    /// The chunk without loading its batch, which may be on scratch.
    StagedChunk& marks(std::uint64_t id) { return entries_.at(id).chunk; }
    /// The chunk's texts are written: forgets them. With `keep_keys` the batch stays, in memory or on
    /// scratch, since its keys may have to be published again.
    void written(std::uint64_t id, bool keep_keys);
    /// Calls `visit(id, chunk)` in order, each with its batch in memory; loads what is on disk one at a time.
    void for_each(const std::function<void(std::uint64_t, StagedChunk&)>& visit);

    /// The same without loading batches.
    void for_each_marks(const std::function<void(StagedChunk&)>& visit);

    /// Calls `save(id, chunk, encoded batch)` for a chunk that is published and not saved yet, if what came
    /// out of it is still as it was then.
    using Save = std::function<void(std::uint64_t, StagedChunk&, std::string_view)>;
    void save(std::uint64_t id, const Save& save);
    /// For all of them.
    void save_all(const Save& save);

    /// Held in memory, in bytes.
    std::uint64_t memory() const noexcept { return memory_; }
    /// Moves chunks to scratch, the newest first, until at most `most` bytes are held; all but those that are
    /// about to be written.
    void spill(std::uint64_t most);

  private:
    struct Entry {
        StagedChunk chunk;
        std::uint64_t memory = 0; ///< of its batch, as counted; 0: not in memory
        std::uint64_t offset = 0; ///< on scratch
        std::uint64_t size = 0;   ///< 0: not there
    };
    void count(Entry& entry);
    void load(Entry& entry);
    void drop(Entry& entry);
    void save(std::uint64_t id, Entry& entry, const Save& save);

    io::ScratchFile& scratch_;
    Fresh fresh_;
    Recycle recycle_;
    std::map<std::uint64_t, Entry> entries_;
    std::uint64_t memory_ = 0;
    core::Buffer buffer_;
};

} // namespace ordermill::app
