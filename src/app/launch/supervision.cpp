#include "app/launch/supervision.hpp"

#include "app/base/errors.hpp"
#include "app/launch/launch_command.hpp"

#include <fmt/format.h>

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

bool is_past(const std::optional<Moment>& since, std::chrono::milliseconds limit, Moment now) {
    return since && now - *since >= limit;
}

std::string end_of_mpirun(const Ending& ending) {
    return fmt::format("mpirun's exit code is {}", ending.status);
}

} // namespace

void note_request(Watch& watch, int signal, Moment now) {
    if (!watch.asked)
        watch.asked = now;
    else if (signal != SIGUSR1 && !watch.insisted && is_past(watch.asked, same_request, now))
        watch.insisted = now;
}

int signal_due(const Watch& watch, Moment now) {
    if (watch.killed) return 0;
    if (watch.terminated) {
        const bool is_late = is_past(watch.terminated, longest_end, now) ||
                             (is_past(watch.insisted, longest_end_if_insisted, now) &&
                              is_past(watch.terminated, longest_end_if_insisted, now));
        return is_late ? SIGKILL : 0;
    }
    if (watch.insisted || is_past(watch.exit_status, longest_farewell, now) ||
        is_past(watch.told, longest_drain, now))
        return SIGTERM;
    const bool may_be_told = watch.begun || is_past(watch.asked, longest_start, now);
    return watch.asked && !watch.told && !watch.exit_status && may_be_told ? SIGUSR1 : 0;
}

void note_sent(Watch& watch, int signal, Moment now) {
    if (signal == SIGUSR1) watch.told = now;
    if (signal == SIGTERM) watch.terminated = now;
    if (signal == SIGKILL) watch.killed = now;
}

Outcome outcome_of(const Ending& ending) {
    if (const std::optional<int>& code = ending.exit_status.exit_code) {
        if (*code == exit_resume && !ending.asked) return {*code, true, "the run stopped before its end", ""};
        return {*code, false, "", ""};
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
