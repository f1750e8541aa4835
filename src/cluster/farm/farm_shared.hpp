#pragma once

#include "cluster/wire/clock.hpp"
#include "cluster/wire/waiting.hpp"
#include "cluster/wire/wire.hpp"
#include "system/process.hpp"

#include <chrono>
#include <cstdint>

/// What rank 0's side of the farm and a worker's have in common; for those two files.
namespace ordermill::cluster::farm {

using wire::Header;
using wire::Kind;
using wire::Message;
using wire::Post;

inline constexpr int producer = 0;
inline constexpr auto beat_interval = std::chrono::seconds(1);
/// While rank 0 or a worker has a large body on its way, it must drive it.
inline constexpr Waiting::Duration driving_sleep = Waiting::shortest_sleep;

/// How long a rank that waits may sleep at once.
inline Waiting::Duration sleep_limit(const Post& post) {
    return post.receiving() || post.sending() ? driving_sleep : Waiting::longest_sleep;
}

/// A rank's first word: which process it is.
inline Header hello() {
    Header header;
    header.kind = Kind::hello;
    header.id = static_cast<std::uint64_t>(system::this_process().number);
    return header;
}

/// Who said hello.
inline system::Process process_of(const Message& message) {
    return {static_cast<long>(message.header.id), message.head};
}

} // namespace ordermill::cluster::farm
