#include "app/resolve/resolution_phases.hpp"

#include <algorithm>
#include <utility>

namespace ordermill::app {

ResolutionPhases::ResolutionPhases(const core::Recipe& recipe, int workers, Send send)
    : sections_(recipe.duplicates().size() + (recipe.orders() != nullptr ? 1 : 0)),
      has_references_(recipe.orders() != nullptr && recipe.orders()->has_references), send_(std::move(send)),
      gathering_(static_cast<std::size_t>(workers) + 1, 0) {
    for (int worker = 1; worker <= workers; ++worker) alive_.push_back(worker);
    totals_.sections.resize(recipe.duplicates().size());
    if (recipe.orders() != nullptr) totals_.orders.rules.resize(recipe.orders()->rules.size());
}

void ResolutionPhases::begin_epoch(std::uint32_t epoch, std::vector<int> alive) {
    epoch_ = epoch;
    alive_ = std::move(alive);
    started_ = false;
    section_ = 0;
    std::fill(gathering_.begin(), gathering_.end(), 0);
    for (ResolutionTotals::Section& section : totals_.sections) section = {};
    totals_.orders = {.orders = 0,
                      .rules = std::vector<core::OrderCounts::Rule>(totals_.orders.rules.size())};
}

void ResolutionPhases::start() {
    started_ = true;
    if (!done()) begin(TaskKind::flush);
}

void ResolutionPhases::begin(TaskKind step) {
    step_ = step;
    expected_ = std::exchange(gathering_, std::vector<std::uint64_t>(gathering_.size(), 0));
    waiting_ = alive_.size();
    for (const int worker : alive_) ask(worker);
}

void ResolutionPhases::ask(int worker) {
    send_(worker, pack(StepTask{.kind = step_,
                                .epoch = epoch_,
                                .section = static_cast<std::uint32_t>(section_),
                                .expected = expected_[static_cast<std::size_t>(worker)]}));
}

void ResolutionPhases::add_expected(std::string_view& counts) {
    const auto sent = unpack_items<std::uint64_t>(counts, gathering_.size());
    for (std::size_t rank = 0; rank < sent.size(); ++rank) gathering_[rank] += sent[rank];
}

void ResolutionPhases::take(const cluster::Reply& reply) {
    std::string_view body = reply.body;
    if (unpack<StepReply>(reply.head).epoch != epoch_) return;
    switch (kind_of(reply.head)) {
    case TaskKind::flush:
    case TaskKind::refer: add_expected(body); break;
    case TaskKind::resolve: {
        const auto resolved = unpack<ResolveReply>(reply.head);
        add_expected(body);
        take_resolved(resolved, body);
        break;
    }
    case TaskKind::apply: {
        const auto applied = unpack<ApplyReply>(reply.head);
        if (section_ < totals_.sections.size()) totals_.sections[section_].losers += applied.losers;
        break;
    }
    default: return;
    }
    worker_done();
}

void ResolutionPhases::take_resolved(const ResolveReply& resolved, std::string_view body) {
    const auto sizes = unpack_items<std::pair<std::uint64_t, std::uint64_t>>(body, resolved.size_classes);
    const auto largest = unpack_items<core::LargeGroup>(body, resolved.large_groups);
    const auto rules = unpack_items<core::OrderCounts::Rule>(body, resolved.order_rules);
    if (section_ < totals_.sections.size()) {
        ResolutionTotals::Section& totals = totals_.sections[section_];
        for (const auto& [size, count] : sizes) totals.sizes[size] += count;
        core::merge_largest(totals.largest, largest, core::Survivorship::largest_groups);
        return;
    }
    totals_.orders.orders += resolved.orders;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        totals_.orders.rules[i].broken += rules[i].broken;
        totals_.orders.rules[i].not_applied += rules[i].not_applied;
    }
}

void ResolutionPhases::worker_done() {
    if (--waiting_ > 0) return;
    if (step_ == TaskKind::flush) return begin(refers() ? TaskKind::refer : TaskKind::resolve);
    if (step_ == TaskKind::refer) return begin(TaskKind::resolve);
    if (step_ == TaskKind::resolve) return begin(TaskKind::apply);
    ++section_;
    if (!done()) begin(TaskKind::flush);
}

} // namespace ordermill::app
