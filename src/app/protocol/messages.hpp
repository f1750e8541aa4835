#pragma once

#include "core/recipe/tally.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// What rank 0 and the workers tell each other during a run: fixed-size heads, sent as their bytes between
/// processes of one build.
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

/// Where a chunk is kept on the disk (saved_chunks.hpp). Size 0: nowhere.
struct SavedPlace {
    std::uint64_t generation = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::int32_t rank = 0;
    std::uint32_t crc = 0;
};

/// Clean a range of a file. With a body: its bytes, from offset `body_base` on, or what is kept of it;
/// without: read them.
struct CleanTask {
    TaskKind kind = TaskKind::clean;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t body_base = 0;
    bool known_start = false;
    bool body_at_end = false;         ///< no data of the file comes after the body
    bool careful = false;             ///< workers died of it: look for the record in child processes
    SavedPlace saved;                 ///< what came out of it before: it needn't be cleaned
    std::uint64_t line_end = unknown; ///< file offset behind its last record, when that is a line over the
                                      ///< length limit that goes on behind what is read of it

    static constexpr std::uint64_t unknown = UINT64_MAX;
};

/// How long a LinedText will be, for any first line that doesn't change its numbers' digits.
struct LinedSize {
    std::uint64_t bytes = 0; ///< without the numbers
    std::uint64_t holes = 0;
    std::uint64_t first_line = 0;
    std::uint64_t last_line = 0;
};

struct CleanReply {
    TaskKind kind = TaskKind::clean;
    std::uint64_t chunk = 0;
    std::uint64_t first_record = 0;
    std::uint64_t next_record = 0;
    bool needs_more = false;
    std::uint64_t line_goes_on = UINT64_MAX; ///< as in core::Batch
    bool restored = false;                   ///< from where it was kept
    bool saved_gone = false;                 ///< it isn't there any more, or not whole: nothing else counts
    core::Accounts accounts{};
    LinedSize clean{};
    LinedSize rejects{};
    std::uint64_t raw_bytes = 0;
};

/// Keep the chunk, whose first line is line `base_line`, and tell the owners of its records' keys about them;
/// when they are decided in turn (`streaming`), as the chunk with that turn.
struct PublishTask {
    TaskKind kind = TaskKind::publish;
    std::uint32_t epoch = 0;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
    bool streaming = false;
    std::uint64_t turn = 0;
    std::uint64_t expected_keys = 0; ///< that a worker will own in the end, about
};
struct PublishReply {
    TaskKind kind = TaskKind::publish;
    std::uint32_t epoch = 0;
    std::uint64_t chunk = 0;
};

/// A step of the decision on one section. Of the kind
/// - `flush`: send what is still buffered; from the second section on (the rules on whole orders are the one
///   behind the last of the duplicates), first publish every chunk's surviving records;
/// - `refer`: tell the owners of orders that name an order which isn't there;
/// - `resolve`: decide, and tell the holders of the records that don't stay as they are;
/// - `apply`: mark the records of these decisions in the chunks held.
/// All but `flush` wait for `expected` messages: until these are in the worker holds its answer back.
struct StepTask {
    TaskKind kind = TaskKind::flush;
    std::uint32_t epoch = 0;
    std::uint32_t section = 0;
    std::uint64_t expected = 0;
};
/// The answer to `flush` and `refer`, and how the others begin. The body of all but `apply` is a uint64 by
/// rank: the messages sent to it.
struct StepReply {
    TaskKind kind = TaskKind::flush;
    std::uint32_t epoch = 0;
};
/// In the body the group sizes, the largest groups and the order rules' counts follow.
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

/// Give the exact sizes when the chunk's first line is line `base_line`, once its duplicates are decided.
/// Not `decided`: that epoch is over.
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

/// Write the chunk's outputs at these offsets, or send them back, then forget it.
struct WriteTask {
    TaskKind kind = TaskKind::write;
    bool send_back = false;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
    std::uint64_t clean_at = 0;
    std::uint64_t rejects_at = 0;
    std::uint64_t raw_at = 0;
    std::uint64_t duplicates_at = 0;
};
/// The reply's body is the chunk's encoded tally; before it, if they are sent back, the clean text, the
/// rejects, the raw rejects, the duplicates.
struct WriteReply {
    TaskKind kind = TaskKind::write;
    bool sent_back = false;
    std::uint64_t chunk = 0;
    std::uint32_t clean_crc = 0;
    std::uint32_t rejects_crc = 0;
    std::uint32_t raw_crc = 0;
    std::uint32_t duplicates_crc = 0;
};

/// Forget the chunk: its start was guessed wrong, or another chunk's records cover it.
struct DiscardTask {
    TaskKind kind = TaskKind::discard;
    std::uint64_t chunk = 0;
};

/// A worker is gone, and what it knew of keys with it: forget every key and decision, but keep the chunks,
/// which will be published again. Tasks and replies of an older epoch mean nothing. The body is the ranks of
/// the workers that are left, as int32.
struct EpochTask {
    TaskKind kind = TaskKind::epoch;
    std::uint32_t epoch = 0;
};

/// What was written so far is on the disk when the reply comes; in jobs that keep their records, what is
/// published instead. Then the reply's body is a SavedChunk for each that wasn't there before.
struct SyncTask {
    TaskKind kind = TaskKind::sync;
    std::uint64_t checkpoint = 0;
    bool save = true; ///< the worker sees the run folder
};
struct SavedChunk {
    std::uint64_t chunk = 0;
    SavedPlace place;
};
struct SyncReply {
    TaskKind kind = TaskKind::sync;
    std::uint64_t checkpoint = 0;
};

/// Nothing more comes: sync and close the outputs, and say where the time went. The reply's body is the
/// timeline's bars, if it was asked for.
struct FinishTask {
    TaskKind kind = TaskKind::finish;
};
struct Spent { ///< seconds
    double wall = 0;
    double user = 0;
    double system = 0;
    double cpu() const noexcept { return user + system; }
};
struct Phases {
    Spent read;
    Spent clean;
    Spent resolve; ///< duplicates and whole orders: a worker's own part
    Spent exchange;
    Spent write;
    Spent sync;
    Spent total; ///< since the worker was ready
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

/// Every task and reply begins with its kind; the replies to `discard` and `epoch` are nothing else.
inline TaskKind kind_of(std::string_view head) { return unpack<TaskKind>(head); }

} // namespace ordermill::app
