#pragma once

#include "cluster/work/work.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ordermill::cluster {

/// Items on their way from worker to worker, past rank 0, gathered into messages. A message is a run of
/// segments: a kind, a section, and items. Messages sent and received are counted by round, so that rank 0
/// can tell every worker how many to expect.
class Exchange {
  public:
    struct Segment {
        std::uint32_t kind = 0;
        std::uint32_t section = 0;
    };
    using Receive = std::function<void(Segment, std::string_view items)>;

    /// `peers` must outlive it; its `receive` is set to it. `receive` is called for each segment that
    /// arrives.
    Exchange(int workers, Peers& peers, Receive receive);

    int workers() const noexcept { return workers_; }
    /// Those that are left, by rank.
    const std::vector<int>& alive() const noexcept { return alive_; }
    /// The worker that owns a key: by the key's upper bits, in many more parts than workers.
    int owner(std::uint64_t key_bits) const noexcept {
        constexpr int part_bits = 16;
        return alive_[(key_bits >> (64 - part_bits)) * alive_.size() >> part_bits];
    }

    /// Starts anew with the workers that are left: nothing that was sent or received before counts, and what
    /// still arrives of it is dropped. What others have already sent of this epoch is delivered now.
    void begin_epoch(std::uint32_t epoch, std::vector<int> alive);
    std::uint32_t epoch() const noexcept { return epoch_; }

    /// Messages sent from now on count for this round at their receivers. Nothing may be waiting to be sent.
    void begin_round(std::uint32_t round) noexcept { round_ = round; }
    /// Adds items to what goes to `worker`, sent when there is enough of it. Items of one segment that are
    /// added in turn arrive together, or in several parts at the borders of messages.
    void add(int worker, Segment segment, std::string_view items) { add(worker, segment, {}, items); }
    /// The same for `head` and `items`, which arrive as one.
    void add(int worker, Segment segment, std::string_view head, std::string_view items);
    /// Sends what is left; the messages sent since the last call, by rank.
    std::vector<std::uint64_t> flush();
    /// Messages of a round that have arrived.
    std::uint64_t received(std::uint32_t round) const noexcept {
        return round < received_.size() ? received_[round] : 0;
    }

    /// Of what is gathered for one worker before it is sent, in bytes: 256 KiB, or less when there are so
    /// many workers that all together would take more than 64 MiB.
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
