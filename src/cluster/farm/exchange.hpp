#pragma once

#include "cluster/work/work.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::cluster {

/// Sends items from worker to worker without rank 0, gathered into messages. A message is a sequence of
/// segments, each a kind, a section and items. Messages sent and received are counted by round, so that rank
/// 0 can tell each worker how many to expect. One object a worker; not for several threads. Memory: at most
/// `largest_message` a worker, beside messages of epochs to come.
class Exchange {
  public:
    struct Segment {
        std::uint32_t kind = 0;
        std::uint32_t section = 0;
    };
    using Receive = std::function<void(Segment, std::string_view items)>;

    /// `peers` must outlive this object, which sets `peers.receive`. `receive` is called for each segment
    /// that arrives: between tasks, or while Work calls Alive.
    Exchange(int workers, Peers& peers, Receive receive);

    int workers() const noexcept { return workers_; }
    /// The ranks of the workers that aren't lost, ascending.
    const std::vector<int>& alive() const noexcept { return alive_; }
    /// The rank of the worker that owns a key, by the key's upper 16 bits. The same on every worker of an
    /// epoch.
    int owner(std::uint64_t key_bits) const noexcept {
        constexpr int part_bits = 16;
        return alive_[(key_bits >> (64 - part_bits)) * alive_.size() >> part_bits];
    }

    /// Starts anew with the workers that are left. Messages of earlier epochs no longer count; those that
    /// still arrive are dropped. Messages of this epoch that arrived early are delivered now.
    void begin_epoch(std::uint32_t epoch, std::vector<int> alive);
    std::uint32_t epoch() const noexcept { return epoch_; }

    /// Messages sent from now on count for this round at their receivers. Call `flush` before it.
    void begin_round(std::uint32_t round) noexcept { round_ = round; }
    /// Adds items for `worker`. They are sent when `largest_message` bytes are gathered, or by `flush`. Items
    /// that are added one after the other to one segment arrive together, unless a message ends between them.
    void add(int worker, Segment segment, std::string_view items) { add(worker, segment, {}, items); }
    /// The same; `head` and `items` are one item and arrive together.
    void add(int worker, Segment segment, std::string_view head, std::string_view items);
    /// Sends what is gathered. Returns, by rank, how many messages were sent since the last call.
    std::vector<std::uint64_t> flush();
    /// How many messages of a round have arrived.
    std::uint64_t received(std::uint32_t round) const noexcept {
        return round < received_.size() ? received_[round] : 0;
    }

    /// How many bytes are gathered for one worker before they are sent: 256 KiB, or less where there are so
    /// many workers that all of them together would need more than 64 MiB.
    std::size_t largest_message() const noexcept { return largest_message_; }

  private:
    struct Head { ///< of a segment in a message
        Segment segment;
        std::uint64_t bytes = 0;
    };
    struct Outgoing {
        std::string bytes;
        std::size_t head_at = 0; ///< of the last segment's head
        Head head;
    };
    struct Stamp { ///< of a message
        std::uint32_t epoch = 0;
        std::uint32_t round = 0;
    };
    void send(int worker);
    void arrive(std::string&& bytes);
    void deliver(std::uint32_t round, std::string_view bytes);

    int workers_;
    std::size_t largest_message_;
    Peers& peers_;
    Receive receive_;
    std::vector<int> alive_; ///< ranks
    std::uint32_t epoch_ = 0;
    std::vector<std::string> early_; ///< messages of epochs to come
    std::uint32_t round_ = 0;
    std::vector<Outgoing> outgoing_; ///< by rank
    std::vector<std::uint64_t> sent_;
    std::vector<std::uint64_t> received_; ///< by round
};

} // namespace ordermill::cluster
