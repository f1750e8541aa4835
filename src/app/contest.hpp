#pragma once

#include "app/messages.hpp"
#include "app/plan.hpp"
#include "cluster/work.hpp"
#include "core/batch.hpp"
#include "core/duplicates.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// A chunk that a worker keeps until rank 0 knows where its outputs go.
struct HeldChunk {
    std::unique_ptr<core::Batch> batch;
    std::uint32_t file = 0;
    std::uint64_t base_line = 0;
    struct Loss {
        std::uint32_t section;
        core::Verdict verdict;
    };
    std::map<std::uint32_t, Loss> losses; ///< by row
    core::Buffer duplicates;              ///< its part of duplicates.csv
};
using HeldChunks = std::map<std::uint64_t, HeldChunk>;

/// A worker's part in the removal of duplicates. Every key has an owner among the workers, by its hash;
/// records go to their keys' owners as contenders, and verdicts on the losers come back to the workers that
/// hold them. Rank 0 only counts messages, to know when a step is over.
class Contest {
  public:
    /// All must outlive it; `peers.receive` is set to it.
    Contest(const Prepared& prepared, int workers, int own_rank, cluster::Peers& peers);

    void publish(std::uint64_t id, const HeldChunk& chunk, std::uint32_t section);
    /// Sends what is buffered; messages sent since the last count, by rank.
    std::vector<std::uint64_t> flush(std::uint32_t section);

    struct Resolved {
        std::vector<std::uint64_t> sent; ///< messages of verdicts, by rank
        core::GroupSizes sizes;
        std::vector<core::LargeGroup> largest;
    };
    /// Nothing while contenders are still on their way.
    std::optional<Resolved> resolve(std::uint32_t section, std::uint64_t expected);
    /// Nothing while verdicts are still on their way; else the number of losers.
    std::optional<std::uint64_t> apply(std::uint32_t section, std::uint64_t expected, HeldChunks& held);

    static constexpr std::size_t largest_groups = 10;

  private:
    enum class Kind : std::uint32_t { contenders, verdicts };
    struct Head {
        Kind kind;
        std::uint32_t section;
    };
    void receive(std::string&& bytes);
    void send(int worker, Head head, std::string& items);
    int owner(const core::Key& key) const noexcept;

    const Prepared& prepared_;
    int workers_;
    int own_rank_;
    cluster::Peers& peers_;
    std::vector<std::string> outgoing_; ///< contenders, by rank
    std::vector<std::uint64_t> sent_;   ///< messages, by rank
    core::ContestTable table_;
    std::uint32_t table_section_ = UINT32_MAX;
    std::map<std::uint32_t, std::uint64_t> contender_messages_; ///< received, by section
    std::map<std::uint32_t, std::uint64_t> verdict_messages_;
    std::map<std::uint32_t, std::vector<core::Verdict>> verdicts_;
};

/// Takes the losers out of the chunk's clean text and writes their rows for duplicates.csv; once, when no
/// more losers come.
void remove_losers(HeldChunk& chunk, const Plan& plan, const core::Recipe& recipe);

/// The losers' records and source bytes.
core::Accounts::Share lost_share(const HeldChunk& chunk);

} // namespace ordermill::app
