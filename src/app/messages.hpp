#pragma once

#include "core/tally.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

/// What rank 0 and the workers tell each other during a run: fixed-size heads, sent as their bytes between
/// processes of one build.
namespace ordermill::app {

enum class TaskKind : std::uint32_t { clean, measure, write, discard, finish };

/// Clean a range of a file. With a body: its bytes, from offset `body_base` on; without: read them.
struct CleanTask {
    TaskKind kind = TaskKind::clean;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t body_base = 0;
    bool known_start = false;
    bool body_at_end = false; ///< no data of the file comes after the body
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
    core::Accounts accounts;
    LinedSize clean;
    LinedSize rejects;
    std::uint64_t raw_bytes = 0;
};

/// Give the exact sizes when the chunk's first line is line `base_line`.
struct MeasureTask {
    TaskKind kind = TaskKind::measure;
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
};
struct MeasureReply {
    TaskKind kind = TaskKind::measure;
    std::uint64_t chunk = 0;
    std::uint64_t clean_bytes = 0;
    std::uint64_t rejects_bytes = 0;
};

/// Write the chunk's outputs at these offsets, then forget it.
struct WriteTask {
    TaskKind kind = TaskKind::write;
    std::uint32_t file = 0;
    std::uint64_t chunk = 0;
    std::uint64_t base_line = 0;
    std::uint64_t clean_at = 0;
    std::uint64_t rejects_at = 0;
    std::uint64_t raw_at = 0;
};
/// The reply's body is the chunk's encoded tally.
struct WriteReply {
    TaskKind kind = TaskKind::write;
    std::uint64_t chunk = 0;
    std::uint32_t clean_crc = 0;
    std::uint32_t rejects_crc = 0;
    std::uint32_t raw_crc = 0;
};

/// Forget the chunk: its start was guessed wrong, or another chunk's records cover it.
struct DiscardTask {
    TaskKind kind = TaskKind::discard;
    std::uint64_t chunk = 0;
};
struct DiscardReply {
    TaskKind kind = TaskKind::discard;
};

/// Nothing more comes: sync and close the outputs, and say where the time went.
struct FinishTask {
    TaskKind kind = TaskKind::finish;
};
struct Phases {
    double read = 0; ///< seconds of wall time
    double clean = 0;
    double write = 0;
    double sync = 0;
    std::uint64_t chunks = 0;
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

/// Every task and reply begins with its kind.
inline TaskKind kind_of(std::string_view head) { return unpack<TaskKind>(head); }

} // namespace ordermill::app
