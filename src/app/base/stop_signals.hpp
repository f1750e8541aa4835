#pragma once

namespace ordermill::app {

/// From now on SIGUSR1 (Slurm's way), SIGTERM and SIGINT ask this process to end in an orderly way; a second
/// SIGINT ends it at once.
void catch_stop_signals();

/// One of them has come.
bool stop_requested() noexcept;

} // namespace ordermill::app
