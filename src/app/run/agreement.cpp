#include "app/run/agreement.hpp"

#include "app/base/errors.hpp"
#include "app/hosts/memory_limit.hpp"
#include "app/hosts/rank_capabilities.hpp"
#include "app/protocol/messages.hpp"
#include "cluster/work/work.hpp"

#include <algorithm>
#include <optional>

namespace ordermill::app {
namespace {

std::vector<RankCapabilities> ask_ranks(const Plan& plan, const CompiledPlan& compiled, const Probe& probe,
                                        cluster::Session& session) {
    std::string packed = 'P' + probe.nonce() + plan.pack();
    session.broadcast(packed);
    const auto own =
        RankCapabilities::own(plan, compiled.recipes.front().stages(), probe.nonce(), session.host(), 0);
    std::vector<RankCapabilities> views;
    for (const std::string& text : session.gather(own.pack()))
        views.push_back(RankCapabilities::unpack(text));
    return views;
}

} // namespace

Agreement agree(const Plan& plan, const CompiledPlan& compiled, const PlanRequest& request,
                cluster::Session& session) {
    Probe probe(plan.output);
    const std::vector<RankCapabilities> views = ask_ranks(plan, compiled, probe, session);
    Agreement agreement;
    std::vector<std::uint64_t> memory;
    for (const RankCapabilities& view : views) {
        agreement.hosts.push_back(view.host);
        agreement.cores.push_back(view.cores);
        memory.push_back(view.memory);
    }
    for (std::size_t rank = 0; rank < views.size(); ++rank) {
        if (!views[rank].problem.empty())
            throw cluster::RemoteError(static_cast<int>(rank), views[rank].host, views[rank].problem,
                                       exit_environment);
    }
    agreement.access = plan_access(plan, request, views, probe);
    if (const AccessPlan& access = agreement.access; !access.problem.empty())
        throw cluster::RemoteError(access.problem_rank,
                                   agreement.hosts[static_cast<std::size_t>(access.problem_rank)],
                                   access.problem, exit_environment);
    agreement.memory = memory_bounds(plan.memory, agreement.hosts, memory);
    return agreement;
}

void start_workers(const Agreement& agreement, cluster::Session& session) {
    std::string go = "G" + pack_items(agreement.memory);
    session.broadcast(go);
}

void refuse_workers(cluster::Session& session) {
    std::string refused = "F";
    session.broadcast(refused);
}

} // namespace ordermill::app
