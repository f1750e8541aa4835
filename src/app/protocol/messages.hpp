#pragma once

#include "core/recipe/tally.hpp"
#include "system/resources.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// What rank 0 and the workers say to each other during a run. Each message is a head of fixed size, one of
/// the structs below, sent as its bytes between processes of one build; some have a body. Offsets and sizes
/// are bytes, of a file from its begin. All functions here throw std::logic_error for a message that is too
/// short.
namespace ordermill::app {

enum class TaskKind : std::uint32_t {
    clean,
    publish,
    flush,
    refer,
    resolve,
    apply,
    measure,
    write,
    discard,
    epoch,
    sync,
    finish
};

/// Where a cleaned chunk is saved in the run folder (saved_chunks.hpp). Size 0: it isn't saved.
struct SavedPlace {
    std::uint64_t generation = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::int32_t rank = 0;
    std::uint32_t crc = 0;
};

/// Clean the range [begin, end) of a file. A message has several of these, one after the other, for small
/// files that the worker reads itself; then the reply has as many CleanReply. With a body: the file's bytes
/// from offset `body_base` on, or a chunk that was saved. Without a body, the worker reads the range itself.
struct CleanTask {
    TaskKind kind = TaskKind::clean;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t body_base = 0;
    bool known_start = false;
    bool body_at_end = false; ///< no data of the file comes after the body
    bool careful = false;     ///< workers died of it: find the record that kills, in child processes
    SavedPlace saved;         ///< if it is saved, restore the chunk from there instead of cleaning it
    /// File offset behind its last record, when that is a line over the length limit that goes on behind what
    /// is read of it.
    std::uint64_t line_end = unknown;

    static constexpr std::uint64_t unknown = UINT64_MAX;
};

/// How long a LinedText will be once its line numbers are known, for any first line that doesn't change how
/// many digits they have.
struct LinedSize {
    std::uint64_t bytes = 0; ///< without the line numbers
    std::uint64_t holes = 0; ///< how many line numbers there are
    std::uint64_t first_line = 0;
    std::uint64_t last_line = 0;
};

struct CleanReply {
    TaskKind kind = TaskKind::clean;
    std::uint64_t chunk = 0;
    std::uint64_t first_record = 0;
    std::uint64_t next_record = 0;
    bool needs_more = false;                 ///< a record goes on beyond the bytes that the worker had
    std::uint64_t line_goes_on = UINT64_MAX; ///< as in core::Batch
    bool restored = false;                   ///< from where it was saved
    bool saved_gone = false; ///< what was saved is gone or not whole; nothing else here counts
    core::Accounts accounts{};
    LinedSize clean{};
    LinedSize rejects{};
    std::uint64_t raw_bytes = 0;
};

/// Keep the chunk, whose first line is line `base_line` of its file, and send the keys of its records to
/// their owners. With `streaming`, duplicates are decided while later chunks are cleaned; `turn` is the
/// chunk's place in that order. With `measure`, answer once they are decided, with the sizes of the outputs.
struct PublishTask {
    TaskKind kind = TaskKind::publish;
    std::uint32_t epoch = 0;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
    bool streaming = false;
    bool measure = false;
    std::uint64_t turn = 0;
    std::uint64_t expected_keys = 0; ///< about how many keys a worker will own in the end
};

/// One step of the decision on one section; the rules on whole orders count as the section behind the last
/// one of the duplicates. Its kind says what the worker does:
/// - `flush`: send what is still buffered. From the second section on, first publish the surviving records of
///   every chunk.
/// - `refer`: tell the owners of orders which of their orders name an order that isn't there.
/// - `resolve`: decide, and tell the holders which of their records change.
/// - `apply`: mark those records in the chunks held.
/// All but `flush` answer only when `expected` messages of other workers have arrived.
struct StepTask {
    TaskKind kind = TaskKind::flush;
    std::uint32_t epoch = 0;
    std::uint32_t section = 0;
    std::uint64_t expected = 0;
};
/// The answer to `flush` and `refer`; the other answers begin with it. The body of all but `apply` is one
/// uint64 for each rank: how many messages were sent to it.
struct StepReply {
    TaskKind kind = TaskKind::flush;
    std::uint32_t epoch = 0;
};
/// Behind the counts of messages, the body has the group sizes, the largest groups and the order rules'
/// counts, as many as these members say.
struct ResolveReply {
    StepReply step{TaskKind::resolve};
    std::uint64_t size_classes = 0;
    std::uint64_t large_groups = 0;
    std::uint64_t orders = 0;
    std::uint64_t order_rules = 0;
};
struct ApplyReply {
    StepReply step{TaskKind::apply};
    std::uint64_t losers = 0;
};

/// Say how large the chunk's outputs are, if its first line is line `base_line` and once its duplicates are
/// decided. The reply isn't `decided` if a newer epoch began meanwhile.
struct MeasureTask {
    TaskKind kind = TaskKind::measure;
    std::uint32_t epoch = 0;
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
};
struct MeasureReply {
    TaskKind kind = TaskKind::measure;
    std::uint64_t chunk = 0;
    std::uint64_t clean_bytes = 0;
    std::uint64_t rejects_bytes = 0;
    std::uint64_t duplicates_bytes = 0;
    std::uint64_t raw_bytes = 0;
    // of the chunk's clean records:
    core::Accounts::Share duplicates;
    core::Accounts::Share rejected; ///< by rules on whole orders
    bool decided = true;
};
struct PublishReply {
    TaskKind kind = TaskKind::publish;
    std::uint32_t epoch = 0;
    std::uint64_t chunk = 0;
    bool has_measured = false;
    MeasureReply measured{}; ///< if it was asked for, and no newer epoch began meanwhile
};

/// Write the chunk's outputs at these offsets, or send them to rank 0, then forget the chunk. A message has
/// several of these, one after the other, for small chunks that aren't sent back; then the reply has as many
/// WriteReply, and their bodies in the same order.
struct WriteTask {
    TaskKind kind = TaskKind::write;
    bool send_back = false;
    std::uint32_t file = 0;
    std::uint32_t part = 0; ///< of the clean output
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
    std::uint64_t clean_at = 0; ///< in that part
    std::uint64_t rejects_at = 0;
    std::uint64_t raw_at = 0;
    std::uint64_t duplicates_at = 0;
};
/// The reply's body is the chunk's encoded tally. If the outputs are sent back, they stand before it: the
/// clean text, the rejects, the raw rejects, the duplicates.
struct WriteReply {
    TaskKind kind = TaskKind::write;
    bool sent_back = false;
    std::uint64_t chunk = 0;
    std::uint32_t clean_crc = 0;
    std::uint32_t rejects_crc = 0;
    std::uint32_t raw_crc = 0;
    std::uint32_t duplicates_crc = 0;
    std::uint64_t tally_bytes = 0;
};

/// Forget the chunk: its first record was guessed wrong, or it has no record of its own.
struct DiscardTask {
    TaskKind kind = TaskKind::discard;
    std::uint64_t chunk = 0;
};

/// A worker was lost, with the keys that it owned. Forget all keys and decisions, but keep the chunks; they
/// will be published again. Tasks and replies of older epochs no longer count. The body is the ranks of the
/// workers that are left, as int32.
struct EpochTask {
    TaskKind kind = TaskKind::epoch;
    std::uint32_t epoch = 0;
};

/// Put on the disk what was written so far; the reply says that it is there. In jobs that keep their records
/// until the end, save the published chunks instead; then the reply's body is a SavedChunk for each chunk
/// that wasn't saved before.
struct SyncTask {
    TaskKind kind = TaskKind::sync;
    std::uint64_t checkpoint = 0;
    bool save = true; ///< kept chunks, in a job that keeps them: the worker sees the run folder
};
struct SavedChunk {
    std::uint64_t chunk = 0;
    SavedPlace place;
};
struct SyncReply {
    TaskKind kind = TaskKind::sync;
    std::uint64_t checkpoint = 0;
    bool outputs = false; ///< what it wrote to them is on the disk
};

/// Nothing more comes: sync and close the outputs, and say where the time went. The reply's body is the bars
/// of the timeline, if the run draws one.
struct FinishTask {
    TaskKind kind = TaskKind::finish;
};
struct Spent { ///< seconds
    double wall = 0;
    double cpu = 0; ///< of the worker's thread
};
struct Phases {
    Spent read;
    Spent clean;
    Spent resolve; ///< duplicates and whole orders: a worker's own part
    Spent exchange;
    Spent write;
    Spent sync;
    Spent total;              ///< since the worker was ready
    double at_clean_file = 0; ///< seconds in which it wrote to a file of clean records and kept others out
    double user = 0;          ///< of total.cpu, as the kernel's ticks split it; the rest is the system's
    system::OtherLoad others; ///< meanwhile
    std::uint64_t scratch_bytes = 0;
    std::uint64_t chunks = 0;
    std::uint64_t records = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
};
struct FinishReply {
    TaskKind kind = TaskKind::finish;
    Phases phases;
};

template<class Message>
std::string pack(const Message& message) {
    static_assert(std::is_trivially_copyable_v<Message>);
    return {reinterpret_cast<const char*>(&message), sizeof message};
}

template<class Message>
Message unpack(std::string_view bytes) {
    static_assert(std::is_trivially_copyable_v<Message>);
    if (bytes.size() < sizeof(Message)) throw std::logic_error("a message is too short");
    Message message;
    std::memcpy(&message, bytes.data(), sizeof message);
    return message;
}

/// Items one after the other, as their bytes; `unpack_items` takes `count` of them off the front.
template<class Item>
std::string pack_items(const std::vector<Item>& items) {
    return {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(Item)};
}

template<class Item>
std::vector<Item> unpack_items(std::string_view& bytes, std::size_t count) {
    if (bytes.size() < count * sizeof(Item)) throw std::logic_error("a message is too short");
    std::vector<Item> items(count);
    if (count > 0) std::memcpy(static_cast<void*>(items.data()), bytes.data(), count * sizeof(Item));
    bytes.remove_prefix(count * sizeof(Item));
    return items;
}

/// Every task and reply begins with its kind. The replies to `discard` and `epoch` are nothing but that.
inline TaskKind kind_of(std::string_view head) { return unpack<TaskKind>(head); }

} // namespace ordermill::app
