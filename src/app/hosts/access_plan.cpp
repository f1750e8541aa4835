#include "app/hosts/access_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ordermill::app {
namespace {

bool writes_itself(const RankCapabilities& view, const PlanRequest& request,
                   const std::string& producers_host, Probe& probe) {
    if (request.gather == Gather::always || !view.access.output) return false;
    if (view.host == producers_host) return true;
    return probe.answered(view.host) && (view.coherent || request.gather == Gather::never);
}

/// So many of the workers do it the second way.
std::string in_words(std::size_t some, std::size_t workers, std::string_view first, std::string_view second) {
    if (some == 0) return std::string(first);
    if (some == workers) return std::string(second);
    return fmt::format("{}, {} for {} of {} workers", first, second, some, workers);
}

void complain(AccessPlan& access, std::size_t rank, std::string what) {
    if (!access.problem.empty()) return;
    access.problem = std::move(what);
    access.problem_rank = static_cast<int>(rank);
}

} // namespace

AccessPlan plan_access(const Plan& plan, const PlanRequest& request,
                       const std::vector<RankCapabilities>& views, Probe& probe) {
    AccessPlan access_plan;
    access_plan.by_worker.resize(std::max<std::size_t>(2, views.size()));
    const std::size_t workers = std::max<std::size_t>(1, views.size() - 1);
    std::size_t sent = 0;
    std::size_t gathered = 0;
    for (std::size_t rank = 1; rank < views.size(); ++rank) {
        RankAccess& access = access_plan.by_worker[rank];
        access = views[rank].access;
        access.output = writes_itself(views[rank], request, plan.host, probe);
        access.outlived = views[rank].host == plan.host;
        if (request.transport == Transport::reference && !access.sees_all())
            complain(access_plan, rank,
                     fmt::format("this rank can't read the same input files as rank 0 (for example {}), "
                                 "which --transport reference requires; use --transport auto",
                                 plan.files[access.any_input ? access.unseen.front() : 0].path));
        if (request.gather == Gather::never && !access.output)
            complain(access_plan, rank,
                     fmt::format("this rank can't write to the output folder {}, which --gather never "
                                 "requires; use --gather auto",
                                 plan.output));
        sent += access.sees_all() ? 0 : 1;
        gathered += access.output ? 0 : 1;
    }
    if (views.size() == 1 && request.gather == Gather::always) {
        access_plan.by_worker[1].output = false;
        gathered = 1;
    }
    access_plan.inputs =
        plan.by_reference ? in_words(sent, workers, "reference", "inline") : std::string("inline");
    access_plan.outputs = in_words(gathered, workers, "direct", "through rank 0");
    return access_plan;
}

} // namespace ordermill::app
