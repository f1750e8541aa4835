#pragma once

#include "app/launch/launch_command.hpp"

namespace ordermill::app {

/// `ordermill run`: starts mpirun with the flags that let a run survive a worker's death, hands signals on,
/// ends what doesn't end by itself, and starts a run that died again, as often as `restarts` says. Returns
/// the exit code of ordermill, whatever mpirun's is. For a process without MPI and threads: it blocks
/// signals, and inherits what an mpirun that was killed leaves behind, in order to end that too. Throws
/// UsageError, io::Error.
int launch(const RunOptions& options);

} // namespace ordermill::app
