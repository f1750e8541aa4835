#pragma once

#include <chrono>
#include <string>

namespace ordermill::app {

/// Where Open MPI and the launcher keep what should end with a run.
struct LeftoverPlaces {
    std::string temporary; ///< TMPDIR, or /tmp
    std::string shared = "/dev/shm";
    std::chrono::seconds least_age{60}; ///< what is younger may belong to a run that just starts

    static LeftoverPlaces of_here();
};

/// Removes what killed runs of this user have left on this host: Open MPI's folders whose mpirun is gone, its
/// shared memory, and private folders of launchers that are gone; nothing that a process still maps. As well
/// as it can, and in silence.
void clear_leftovers(const LeftoverPlaces& places = LeftoverPlaces::of_here()) noexcept;

/// In a launcher's private folder: whose it is.
void write_owner(const std::string& folder);

} // namespace ordermill::app
