#include "app/run/worker_rank.hpp"

#include "app/base/errors.hpp"
#include "app/base/stop_signals.hpp"
#include "app/hosts/rank_capabilities.hpp"
#include "app/terminal/log.hpp"
#include "app/work/worker.hpp"
#include "core/number/human_numbers.hpp"

#include <fmt/format.h>

#include <chrono>

namespace ordermill::app {

cluster::farm::Limits farm_limits(const CleanOptions& options) {
    return {.lease = std::chrono::milliseconds(static_cast<std::int64_t>(options.lease_seconds * 1000))};
}

int run_worker(const CleanOptions& options, cluster::Session& session) {
    std::string packed;
    session.broadcast(packed);
    if (packed.empty() || packed.front() != 'P') return exit_done; // rank 0 has said why
    const std::string nonce = packed.substr(1, Probe::nonce_size);
    Plan plan;
    CompiledPlan compiled;
    RankCapabilities view;
    try {
        plan = Plan::unpack(packed.substr(1 + Probe::nonce_size));
        compiled = compile_plan(plan);
        view = RankCapabilities::own(plan, compiled.recipes.front().stages(), nonce, session.host(),
                                     session.rank());
    } catch (const std::exception& error) {
        view.problem = error.what();
    }
    session.gather(view.pack());
    std::string go;
    session.broadcast(go);
    if (go.front() == 'F') return exit_done;
    std::string_view bounds = std::string_view(go).substr(1);
    const auto memory = unpack_items<std::uint64_t>(bounds, static_cast<std::size_t>(session.size()));
    Log log(options.log, session.rank(), session.host(), false);
    log.info(
        fmt::format("ready: {} files, chunks of {}", plan.files.size(), core::human_bytes(plan.chunk_size)));
    cluster::Peers peers;
    defer_stop_signals();
    Worker worker(plan, compiled,
                  {.workers = session.size() - 1,
                   .own_rank = session.rank(),
                   .memory = memory[static_cast<std::size_t>(session.rank())],
                   .scratch = plan.scratch,
                   .max_crashes = options.max_crashes,
                   .crash_patience = farm_limits(options).lease,
                   .timeline = options.in_study},
                  &peers);
    const auto work = [&](const cluster::Task& task, const cluster::Alive& alive) {
        log.debug(fmt::format("task {} of kind {}", task.id, static_cast<int>(kind_of(task.head))));
        return worker.work(task, alive);
    };
    const bool orderly = cluster::farm::serve(*session.world(), work,
                                              {.exit_code_of = exit_code_of,
                                               .peers = &peers,
                                               .wants_stop = stop_requested,
                                               .limits = farm_limits(options)});
    log.info(orderly ? "done" : "stopped");
    return exit_done;
}

} // namespace ordermill::app
