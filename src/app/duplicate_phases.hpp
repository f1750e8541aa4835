#pragma once

#include "app/messages.hpp"
#include "cluster/work.hpp"
#include "core/duplicates.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ordermill::app {

/// What removing duplicates came to, for the report.
struct DuplicateTotals {
    struct Section {
        std::uint64_t losers = 0;
        core::GroupSizes sizes;
        std::vector<core::LargeGroup> largest;
    };
    std::vector<Section> sections;
};

/// Rank 0's side of the removal of duplicates, once every chunk is published: section by section flush,
/// resolve, apply, each over when every worker is done with it. Only counts of messages pass through here.
class DuplicatePhases {
  public:
    using Send = std::function<void(int worker, std::string head)>;

    DuplicatePhases(std::size_t sections, int workers, Send send);

    void start();
    bool started() const noexcept { return started_; }
    bool done() const noexcept { return started_ && section_ == totals_.sections.size(); }
    void take(int worker, const cluster::Reply& reply);
    const DuplicateTotals& totals() const noexcept { return totals_; }

  private:
    enum class Step : std::uint8_t { flush, resolve, apply };
    void begin(Step step);
    void ask(int worker);
    void add_expected(std::string_view& counts);
    void worker_done();

    int workers_;
    Send send_;
    bool started_ = false;
    Step step_ = Step::flush;
    std::size_t section_ = 0;
    int waiting_ = 0;                      ///< workers that aren't done with the step
    std::vector<std::uint64_t> expected_;  ///< messages sent to each rank in the step before
    std::vector<std::uint64_t> gathering_; ///< in this one
    DuplicateTotals totals_;
};

} // namespace ordermill::app
