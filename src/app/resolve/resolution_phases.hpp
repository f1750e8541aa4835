#pragma once

#include "app/protocol/messages.hpp"
#include "cluster/work/work.hpp"
#include "core/groups/duplicates.hpp"
#include "core/groups/orders.hpp"
#include "core/recipe/recipe.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// What removing duplicates and the rules on whole orders came to, for the report.
struct ResolutionTotals {
    struct Section {
        std::uint64_t losers = 0;
        core::GroupSizes sizes;
        std::vector<core::LargeGroup> largest;
    };
    std::vector<Section> sections; ///< of duplicates
    core::OrderCounts orders;
};

/// Rank 0's side of a Resolution, once every chunk is published: section by section flush, refer (orders that
/// name others), resolve, apply, each over when every worker is done with it. Only counts pass through here.
class ResolutionPhases {
  public:
    using Send = std::function<void(int worker, std::string head)>;

    ResolutionPhases(const core::Recipe& recipe, int workers, Send send);

    void start();
    /// A worker was lost: starts anew. No section counts as decided, and replies of earlier epochs are
    /// ignored. `alive`: the ranks that are left.
    void begin_epoch(std::uint32_t epoch, std::vector<int> alive);
    std::uint32_t epoch() const noexcept { return epoch_; }
    bool started() const noexcept { return started_; }
    bool done() const noexcept { return started_ && section_ == sections_; }
    void take(const cluster::Reply& reply);
    const ResolutionTotals& totals() const noexcept { return totals_; }

  private:
    void begin(TaskKind step);
    void ask(int worker);
    void add_expected(std::string_view& counts);
    void take_resolved(const ResolveReply& resolved, std::string_view body);
    void worker_done();
    bool refers() const noexcept { return has_references_ && section_ + 1 == sections_; }

    std::size_t sections_; ///< those of duplicates, and one for the orders
    bool has_references_;
    std::vector<int> alive_; ///< ranks
    std::uint32_t epoch_ = 0;
    Send send_;
    bool started_ = false;
    TaskKind step_ = TaskKind::flush;
    std::size_t section_ = 0;
    std::size_t waiting_ = 0;              ///< workers that aren't done with the step
    std::vector<std::uint64_t> expected_;  ///< messages sent to each rank in the step before
    std::vector<std::uint64_t> gathering_; ///< in this one
    ResolutionTotals totals_;
};

} // namespace ordermill::app
