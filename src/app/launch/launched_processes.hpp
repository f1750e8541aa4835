#pragma once

#include <string>

#include <sys/types.h>

namespace ordermill::app {

/// What can be seen on this host of an mpirun and the ranks that it started.
struct LaunchedProcesses {
    int ranks = 0;   ///< that live
    int started = 0; ///< ranks that mpirun has started or is about to, as those that live know
    // Stopped by a signal (SIGSTOP), and not going on. A debugger's hold isn't one.
    bool mpirun_stopped = false;
    bool rank0_stopped = false;
    bool rank0_here = false; ///< rank 0 runs on this host
};

/// One look, some 20 us a rank. `proc` is the path of /proc; without one nothing is seen.
LaunchedProcesses look_at_processes(pid_t mpirun, const std::string& proc = "/proc");

} // namespace ordermill::app
