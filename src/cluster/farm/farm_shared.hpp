#pragma once

#include "cluster/wire/clock.hpp"
#include "cluster/wire/waiting.hpp"
#include "cluster/wire/wire.hpp"
#include "system/process.hpp"

#include <chrono>
#include <cstdint>

/// What both sides of the farm agree on: rank 0's (`farm.cpp`) and a worker's (`farm_worker.cpp`). Private to
/// these two files.
namespace ordermill::cluster::farm {

using wire::Header;
using wire::Kind;
using wire::Message;
using wire::Post;

/// The rank that deals.
inline constexpr int producer = 0;
/// A worker that has nothing else to say tells rank 0 this often that it lives.
inline constexpr auto beat_interval = std::chrono::seconds(1);
/// The longest sleep while a large body is on its way: MPI moves it only while somebody calls MPI.
inline constexpr Waiting::Duration driving_sleep = Waiting::shortest_sleep;

/// The longest time that a rank which waits may sleep before it looks for messages again.
inline Waiting::Duration sleep_limit(const Post& post) {
    return post.receiving() || post.sending() ? driving_sleep : Waiting::longest_sleep;
}

/// A rank's first message. It names this process, so that rank 0 can see whether it is alive.
inline Header hello() {
    Header header;
    header.kind = Kind::hello;
    header.id = static_cast<std::uint64_t>(system::this_process().number);
    return header;
}

/// The process that a `hello` names.
inline system::Process process_of(const Message& message) {
    return {static_cast<long>(message.header.id), message.head};
}

} // namespace ordermill::cluster::farm
