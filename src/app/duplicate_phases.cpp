#include "app/duplicate_phases.hpp"

#include "app/contest.hpp"

#include <utility>

namespace ordermill::app {

DuplicatePhases::DuplicatePhases(std::size_t sections, int workers, Send send)
    : workers_(workers), send_(std::move(send)), gathering_(static_cast<std::size_t>(workers) + 1, 0) {
    totals_.sections.resize(sections);
}

void DuplicatePhases::start() {
    started_ = true;
    if (!done()) begin(Step::flush);
}

void DuplicatePhases::begin(Step step) {
    step_ = step;
    expected_ = std::exchange(gathering_, std::vector<std::uint64_t>(gathering_.size(), 0));
    waiting_ = workers_;
    for (int worker = 1; worker <= workers_; ++worker) ask(worker);
}

void DuplicatePhases::ask(int worker) {
    const auto section = static_cast<std::uint32_t>(section_);
    const std::uint64_t expected = expected_[static_cast<std::size_t>(worker)];
    switch (step_) {
    case Step::flush: return send_(worker, pack(FlushTask{.section = section}));
    case Step::resolve: return send_(worker, pack(ResolveTask{.section = section, .expected = expected}));
    case Step::apply: return send_(worker, pack(ApplyTask{.section = section, .expected = expected}));
    }
}

void DuplicatePhases::add_expected(std::string_view& counts) {
    const auto sent = unpack_items<std::uint64_t>(counts, gathering_.size());
    for (std::size_t rank = 0; rank < sent.size(); ++rank) gathering_[rank] += sent[rank];
}

void DuplicatePhases::take(int worker, const cluster::Reply& reply) {
    DuplicateTotals::Section& totals = totals_.sections[section_];
    std::string_view body = reply.body;
    switch (kind_of(reply.head)) {
    case TaskKind::flush: add_expected(body); break;
    case TaskKind::resolve: {
        const auto resolved = unpack<ResolveReply>(reply.head);
        if (resolved.ready == 0) return ask(worker);
        add_expected(body);
        for (const auto& [size, count] :
             unpack_items<std::pair<std::uint64_t, std::uint64_t>>(body, resolved.size_classes)) {
            totals.sizes[size] += count;
        }
        core::merge_largest(totals.largest, unpack_items<core::LargeGroup>(body, resolved.large_groups),
                            Contest::largest_groups);
        break;
    }
    case TaskKind::apply: {
        const auto applied = unpack<ApplyReply>(reply.head);
        if (applied.ready == 0) return ask(worker);
        totals.losers += applied.losers;
        break;
    }
    default: return;
    }
    worker_done();
}

void DuplicatePhases::worker_done() {
    if (--waiting_ > 0) return;
    if (step_ == Step::flush) return begin(Step::resolve);
    if (step_ == Step::resolve) return begin(Step::apply);
    ++section_;
    if (!done()) begin(Step::flush);
}

} // namespace ordermill::app
