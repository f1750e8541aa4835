#include "app/launch/supervision.hpp"

#include "app/base/errors.hpp"
#include "app/launch/launch_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace ordermill::app {
namespace {

using namespace std::chrono_literals;

/// Closer than that, two signals are one.
constexpr auto same_request = 250ms;
/// A signal kills a rank that doesn't listen yet, so it waits until all have begun; but not for ever, since
/// rank 0 may be where this host can't see its exit_status.
constexpr auto longest_start = 5s;
/// The ranks need 10 s at most.
constexpr auto longest_drain = 30s;
/// From rank 0's exit code, which it knows when all is in place, to mpirun's end. After a death on another
/// host mpirun never ends by itself.
constexpr auto longest_farewell = 3s;
constexpr auto longest_end = std::chrono::seconds(2 * seconds_to_end + 2);
constexpr auto longest_end_if_insisted = 2s;
/// Nobody hears of a rank 0 that is stopped by a signal, nor does anybody of an mpirun; who stops one of them
/// by intent has so long to let it go on.
constexpr auto longest_freeze = 20s;
/// The others wait in MPI_Init for a rank that died on the way to it.
constexpr auto longest_without_rank = 4s;
constexpr auto longest_gap = 5s;

bool is_past(const std::optional<Moment>& since, std::chrono::milliseconds limit, Moment now) {
    return since && now - *since >= limit;
}

std::string end_of_mpirun(const Ending& ending) {
    return ending.cause.empty() ? fmt::format("mpirun's exit code is {}", ending.status) : ending.cause;
}

void keep_since(std::optional<Moment>& since, bool holds, Moment now) {
    if (!holds)
        since.reset();
    else if (!since)
        since = now;
}

std::string cause_of_freeze(const Watch& watch) {
    if (watch.mpirun_frozen) return "mpirun was stopped by a signal and did not continue";
    if (watch.rank0_silent) return "rank 0, on another host, gives no sign of life";
    return "rank 0 was stopped by a signal and did not continue";
}

bool is_frozen(const Watch& watch, Moment now) { return is_past(watch.frozen, longest_freeze, now); }
bool lacks_rank(const Watch& watch, Moment now) {
    return is_past(watch.missing, longest_without_rank, now) && !watch.begun;
}

} // namespace

void note_processes(Watch& watch, const LaunchedProcesses& seen, bool rank0_is_silent, Moment now) {
    if (is_past(watch.looked, longest_gap, now)) {
        watch.frozen.reset();
        watch.missing.reset();
    }
    watch.looked = now;
    watch.mpirun_frozen = seen.mpirun_stopped;
    watch.ranks = std::max(watch.ranks, seen.started);
    watch.rank0_silent = rank0_is_silent && !seen.rank0_here;
    keep_since(watch.frozen, seen.mpirun_stopped || seen.rank0_stopped || watch.rank0_silent, now);
    keep_since(watch.missing, seen.ranks < watch.ranks, now);
}

void note_request(Watch& watch, int signal, Moment now) {
    if (!watch.asked)
        watch.asked = now;
    else if (signal != SIGUSR1 && !watch.insisted && is_past(watch.asked, same_request, now))
        watch.insisted = now;
}

int signal_due(const Watch& watch, Moment now) {
    if (watch.killed) return 0;
    if (watch.mpirun_frozen && is_frozen(watch, now)) return SIGKILL;
    if (watch.terminated) {
        const bool is_late = is_past(watch.terminated, longest_end, now) ||
                             (is_past(watch.insisted, longest_end_if_insisted, now) &&
                              is_past(watch.terminated, longest_end_if_insisted, now));
        return is_late ? SIGKILL : 0;
    }
    if (watch.insisted || is_past(watch.exit_status, longest_farewell, now) ||
        is_past(watch.told, longest_drain, now) || is_frozen(watch, now) || lacks_rank(watch, now))
        return SIGTERM;
    const bool may_be_told = watch.begun || is_past(watch.asked, longest_start, now);
    return watch.asked && !watch.told && !watch.exit_status && may_be_told ? SIGUSR1 : 0;
}

void note_sent(Watch& watch, int signal, Moment now) {
    if (watch.cause.empty() && is_frozen(watch, now))
        watch.cause = cause_of_freeze(watch);
    else if (watch.cause.empty() && lacks_rank(watch, now))
        watch.cause = "a rank died before the start";
    if (signal == SIGUSR1) watch.told = now;
    if (signal == SIGTERM) watch.terminated = now;
    if (signal == SIGKILL) watch.killed = now;
}

Outcome outcome_of(const Ending& ending) {
    const std::optional<int>& said = ending.exit_status.exit_code;
    const bool complete = said == exit_done || said == exit_over_limit;
    // What the ranks say of an end that the launcher brought about is only its echo.
    if (said && (complete || ending.cause.empty())) {
        if (*said == exit_resume && !ending.asked) return {*said, true, "the run stopped before its end", ""};
        return {*said, false, "", ""};
    }
    const int code = ending.journal ? exit_resume : exit_environment;
    const std::string advice = ending.journal
                                   ? "clean --resume continues it from the last checkpoint"
                                   : "no checkpoint is recorded, so start it again from the beginning";
    if (ending.asked) return {code, false, "the run was stopped by a signal", advice};
    const std::string end = end_of_mpirun(ending);
    if (!ending.exit_status.begun)
        return {code, true, fmt::format("mpirun couldn't start the run ({})", end), advice};
    return {code, true, fmt::format("the run died ({})", end), advice};
}

} // namespace ordermill::app
