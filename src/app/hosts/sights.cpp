#include "app/hosts/sights.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {
namespace {

bool writes_itself(const RankView& view, const PlanRequest& request, const std::string& producers_host,
                   Probe& probe) {
    if (request.gather == Gather::always || !view.sight.output) return false;
    if (view.host == producers_host) return true;
    return probe.answered(view.host) && (view.coherent || request.gather == Gather::never);
}

/// So many of the workers do it the second way.
std::string in_words(std::size_t some, std::size_t workers, std::string_view first, std::string_view second) {
    if (some == 0) return std::string(first);
    if (some == workers) return std::string(second);
    return fmt::format("{}, {} for {} of {} workers", first, second, some, workers);
}

void complain(Sights& sights, std::size_t rank, std::string what) {
    if (!sights.problem.empty()) return;
    sights.problem = std::move(what);
    sights.problem_rank = static_cast<int>(rank);
}

} // namespace

Sights decide_sights(const Plan& plan, const PlanRequest& request, const std::vector<RankView>& views,
                     Probe& probe) {
    Sights sights;
    sights.by_worker.resize(std::max<std::size_t>(2, views.size()));
    const std::size_t workers = std::max<std::size_t>(1, views.size() - 1);
    std::size_t sent = 0;
    std::size_t gathered = 0;
    for (std::size_t rank = 1; rank < views.size(); ++rank) {
        Sight& sight = sights.by_worker[rank];
        sight = views[rank].sight;
        sight.output = writes_itself(views[rank], request, plan.host, probe);
        if (request.transport == Transport::reference && !sight.sees_all())
            complain(sights, rank,
                     fmt::format("can't see the same input files (for example {}); use --transport auto",
                                 plan.files[sight.any_input ? sight.unseen.front() : 0].path));
        if (request.gather == Gather::never && !sight.output)
            complain(
                sights, rank,
                fmt::format("can't see, or write to, the output folder {}; use --gather auto", plan.output));
        sent += sight.sees_all() ? 0 : 1;
        gathered += sight.output ? 0 : 1;
    }
    if (views.size() == 1 && request.gather == Gather::always) {
        sights.by_worker[1].output = false;
        gathered = 1;
    }
    sights.inputs =
        plan.by_reference ? in_words(sent, workers, "reference", "inline") : std::string("inline");
    sights.outputs = in_words(gathered, workers, "direct", "through rank 0");
    return sights;
}

} // namespace ordermill::app
