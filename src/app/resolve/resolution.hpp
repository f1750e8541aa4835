#pragma once

#include "app/plan/plan.hpp"
#include "app/protocol/messages.hpp"
#include "app/resolve/partitioned_keys.hpp"
#include "app/resolve/staging.hpp"
#include "app/resolve/streaming_duplicates.hpp"
#include "cluster/farm/exchange.hpp"
#include "core/groups/duplicates.hpp"
#include "core/groups/orders.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// Decides for which chunks equal records are combined before their keys are sent. The result is the same
/// either way; combining only pays where many records are equal. After a chunk with few equal records the
/// next 15 chunks are sent uncombined.
class CombiningWatch {
  public:
    bool due() noexcept {
        if (skipped_ == 0) return true;
        --skipped_;
        return false;
    }
    void saw(std::size_t rows, std::size_t combined) noexcept { skipped_ = combined * 8 < rows ? 15 : 0; }

  private:
    std::uint32_t skipped_ = 0; ///< chunks still to be left as they are
};

/// A worker's part in what needs records that were cleaned on different ranks to meet: duplicates, section by
/// section, then the rules on whole orders, which count as one section more. Every key has an owner among the
/// workers, by its hash. Publishing sends the keys of a worker's records to their owners; resolving decides
/// and sends decisions back to the workers that hold the records; applying marks them. Rank 0 only counts
/// messages, to know when a step is over.
class Resolution {
  public:
    /// All must outlive it.
    Resolution(const CompiledPlan& compiled, int workers, int own_rank, cluster::Peers& peers,
               io::ScratchFile& scratch);

    /// The section of the rules on whole orders, behind those of the duplicates.
    std::uint32_t orders_section() const noexcept { return static_cast<std::uint32_t>(duplicates_); }

    /// Sends the keys of the chunk's records in this section to their owners.
    void publish(std::uint64_t id, StagedChunk& chunk, std::uint32_t section);
    /// The same for a chunk whose duplicates are decided in turn. Then all chunks of the epoch are.
    void publish_streaming(std::uint64_t id, StagedChunk& chunk, const StreamingDuplicates::Turn& turn);
    /// Marks the rows of a chunk that was published in turn; false, and nothing marked, while they aren't
    /// decided.
    bool decided(std::uint64_t id, StagedChunk& chunk);
    /// `decided` would be true, once the chunk is published.
    bool is_decided(std::uint64_t id) const noexcept { return streaming_ && streaming_->is_decided(id); }
    /// Sends what is buffered; messages sent in this round, by rank.
    std::vector<std::uint64_t> flush();

    struct Resolved {
        std::vector<std::uint64_t> sent; ///< messages, by rank
        core::GroupSizes sizes;
        std::vector<core::LargeGroup> largest;
        core::OrderCounts orders;
    };
    // Each gives nothing while messages are still on their way: `expected` ones of the step before.

    /// Orders only: tells the owners of orders whose references lead nowhere. Messages sent, by rank.
    std::optional<std::vector<std::uint64_t>> refer(std::uint32_t section, std::uint64_t expected,
                                                    const cluster::Alive& alive);
    std::optional<Resolved> resolve(std::uint32_t section, std::uint64_t expected,
                                    const cluster::Alive& alive);
    /// The number of losers.
    std::optional<std::uint64_t> apply(std::uint32_t section, std::uint64_t expected, Staging& staging);

    /// A worker was lost: forgets every key and every decision. `alive`: the ranks that are left.
    void begin_epoch(std::uint32_t epoch, std::vector<int> alive);
    std::uint32_t epoch() const noexcept { return exchange_.epoch(); }

    /// Held in memory for the keys, in bytes.
    std::uint64_t memory() const noexcept;
    void spill();

  private:
    enum Kind : std::uint32_t {
        places,
        candidates,
        lines,
        references,
        dangling,
        lost_candidates,
        order_violations,
        claims,
        answers
    };
    enum Step : std::uint32_t { publishing, referring, resolving };
    struct PlaceItem {
        std::uint64_t chunk;
        core::ChunkPlace place;
    };

    static std::uint32_t round(std::uint32_t section, Step step) noexcept { return 3 * section + step; }
    void receive(cluster::Exchange::Segment segment, std::string_view items);
    template<class Item>
    void send(int worker, Kind kind, std::uint32_t section, const Item& item);
    void announce(int worker, std::uint64_t id, const StagedChunk& chunk);
    void publish_contenders(std::uint64_t id, StagedChunk& chunk, std::uint32_t section);
    void combine(StagedChunk& chunk, std::uint32_t section);
    void publish_lines(std::uint64_t id, const StagedChunk& chunk);
    void resolve_duplicates(std::uint32_t section, Resolved& resolved, const cluster::Alive& alive);
    void resolve_orders(std::uint32_t section, Resolved& resolved, const cluster::Alive& alive);
    void apply_duplicates(std::uint32_t section, Staging& staging);
    void finish_losses(std::uint32_t section, StagedChunk& chunk);
    void apply_local_losses(std::uint32_t section, StagedChunk& chunk);
    void apply_orders(Staging& staging);
    int owner(const core::Key& key) const noexcept { return exchange_.owner(key.high); }
    PartitionedKeys& store(std::optional<PartitionedKeys>& store, std::size_t item_bytes);
    StreamingDuplicates& streaming();

    const core::Recipe& recipe_;
    std::size_t duplicates_; ///< sections
    int own_rank_;
    io::ScratchFile& scratch_;
    cluster::Exchange exchange_;
    core::ChunkPlaces places_;
    std::optional<StreamingDuplicates> streaming_; ///< instead of all that follows
    std::optional<PartitionedKeys> candidates_;
    std::optional<PartitionedKeys> lines_;
    std::optional<PartitionedKeys> references_;
    std::optional<PartitionedKeys> dangling_;
    std::vector<core::Superseded> superseded_;
    std::vector<core::OrderViolation> order_violations_;
    // for the chunk in hand, reused
    core::LocalGroups local_groups_;
    CombiningWatch combining_;
    std::vector<std::uint32_t> counts_; ///< by row: records that it stands for; 0: another one stands for it
    std::vector<bool> announced_;       ///< by rank
};

} // namespace ordermill::app
