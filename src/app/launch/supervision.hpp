#pragma once

#include "app/launch/exit_status_file.hpp"
#include "app/launch/launched_processes.hpp"

#include <chrono>
#include <optional>
#include <string>

/// What the launcher decides while mpirun runs and when it has ended. The caller brings clock, signals and
/// files.
namespace ordermill::app {

using Moment = std::chrono::steady_clock::time_point;

/// What has happened to one mpirun so far.
struct Watch {
    bool begun = false;                ///< the ranks are past MPI_Init
    std::optional<Moment> exit_status; ///< when rank 0's exit code was first seen

    std::optional<Moment> asked;    ///< the user's first signal
    std::optional<Moment> insisted; ///< SIGINT or SIGTERM once more

    std::optional<Moment> told;       ///< SIGUSR1 was sent to mpirun, which hands it to the ranks
    std::optional<Moment> terminated; ///< SIGTERM was sent to mpirun
    std::optional<Moment> killed;     ///< SIGKILL was sent to mpirun

    std::optional<Moment> looked;  ///< at the processes, last
    std::optional<Moment> frozen;  ///< mpirun or rank 0 stands still, since then
    std::optional<Moment> missing; ///< a rank died before all had begun
    bool mpirun_frozen = false;
    bool rank0_silent = false; ///< frozen, as far as another host's rank 0 can be known
    int ranks = 0;             ///< that should be there
    std::string cause;         ///< why mpirun is ended, where the user didn't ask for it
};

/// The user's signal: SIGINT, SIGTERM or SIGUSR1. `timeout` and some schedulers send the same one twice in a
/// row: that counts once.
void note_request(Watch& watch, int signal, Moment now);

/// What was seen of the processes, and whether rank 0 has fallen silent (LifelineListener), which counts
/// where its process can't be seen; about once a second. A gap between two looks means that this process
/// slept itself (a suspended job, a laptop): what was seen before it counts no more.
void note_processes(Watch& watch, const LaunchedProcesses& seen, bool rank0_is_silent, Moment now);

/// The signal that mpirun should get now; 0: none. `note_sent` says that it was sent.
int signal_due(const Watch& watch, Moment now);
void note_sent(Watch& watch, int signal, Moment now);

/// How one mpirun ended.
struct Ending {
    ExitStatus exit_status;
    int status = 0;       ///< mpirun's exit code, or 128 + the signal that killed it
    bool asked = false;   ///< the user asked it to stop
    bool journal = false; ///< the output folder holds a journal: there is something to resume
    std::string cause{};  ///< why the launcher ended it; empty: it ended by itself, or the user asked for it
};

struct Outcome {
    int exit_code = 0;
    bool died = false;  ///< nobody asked for the end, and another attempt may get further
    std::string why;    ///< empty: the ranks have said what there is to say
    std::string advice; ///< what to do about it, if no attempt follows
};

/// What an end means: rank 0's own exit code if it is known; else 75 when there is a journal to resume, and 3
/// when there is none.
Outcome outcome_of(const Ending& ending);

} // namespace ordermill::app
