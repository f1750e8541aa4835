#pragma once

#include <optional>
#include <string>

/// What rank 0 tells the launcher through a small private file, whose path the launcher puts in the
/// environment: that the ranks have begun, and in the end the exit code. mpirun's own status isn't honest
/// once it goes on after a rank's death.
namespace ordermill::app {

inline constexpr const char* exit_status_variable = "ORDERMILL_VERDICT";

/// For rank 0, once every rank is past MPI_Init and listens to signals. Does nothing without the variable; a
/// file that can't be written is ignored.
void write_begun() noexcept;

/// For rank 0, as soon as its exit code is known: before MPI_Finalize or MPI_Abort, which may not return.
void write_exit_status(int exit_code) noexcept;

struct ExitStatus {
    bool begun = false;
    std::optional<int> exit_code;
};

/// The launcher's side. A file that isn't there is a run that hasn't begun.
ExitStatus read_exit_status(const std::string& path);

} // namespace ordermill::app
