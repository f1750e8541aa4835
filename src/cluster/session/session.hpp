#pragma once

#include "system/process.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace boost::mpi {
class communicator;
}

namespace ordermill::cluster {

/// What the launcher says about this process, read from the environment without MPI.
struct Launch {
    bool under_mpi =
        false; ///< mpirun or srun started it as a rank (OMPI_COMM_WORLD_SIZE, PMIX_RANK, PMI_RANK)
    std::optional<int> expected; ///< ranks that the launcher promised: OMPI_COMM_WORLD_SIZE, else PMI_SIZE,
                                 ///< else SLURM_NTASKS
    std::string expected_from;   ///< the variable's name
    int rank = 0;                ///< as the launcher says; 0 without one
    int cpus_per_task = 1;       ///< SLURM_CPUS_PER_TASK
};
Launch read_launch();

/// A rank died while all were needed. The run can't go on, and MPI can't be finalised.
struct RankDied : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// MPI for the life of the program. Initialises nothing if the process was started without a launcher. Not a
/// global: main owns it and passes it on. Collective functions wait without using a whole core, as rank 0 may
/// plan for long. They throw RankDied if a rank of this host is seen to be gone. A process that doesn't get
/// to the end of check_same_version within ORDERMILL_START_LIMIT seconds (environment; default 120) ends
/// itself.
class Session {
  public:
    explicit Session(const Launch& launch);
    ~Session(); ///< MPI_Finalize
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    int rank() const noexcept;
    int size() const noexcept;
    const std::string& host() const noexcept;
    /// Null when size is 1.
    boost::mpi::communicator* world() noexcept;

    /// Collective. Every rank gives its build's identity; if they differ, every rank throws, naming one.
    void check_same_version(const std::string& version);
    /// By rank, once check_same_version was called; empty before.
    const std::vector<system::Process>& processes() const noexcept;
    /// Collective. Rank 0's bytes to everybody (any size: in pieces of at most 1 GiB).
    void broadcast(std::string& bytes);
    /// Collective, before the first task only: everybody's small text, by rank, on rank 0 (empty elsewhere).
    std::vector<std::string> gather(const std::string& text);
    /// Collective over all ranks. Gives the first `ranks` ranks a session of their own, and null to the
    /// others. This session must outlive it.
    std::unique_ptr<Session> of_first(int ranks);
    /// Rank 0: sends a short text to one other rank, which calls `hear`.
    void tell(int rank, const std::string& text);
    /// Every other rank: waits for the text of rank 0's `tell`, asleep, however long it takes. Throws
    /// RankDied.
    std::string hear();
    /// Ends every rank now (MPI_Abort), where the run can't be ended in an orderly way.
    [[noreturn]] void abort(int exit_code) noexcept;

  private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    void share_processes();

    std::unique_ptr<State> state_;
};

} // namespace ordermill::cluster
