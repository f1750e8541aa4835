#pragma once

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

/// A rank died while all were needed: there is no orderly way on, and MPI can't be finalised.
struct RankDied : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// MPI for the life of the program; nothing at all is initialised when the process was started without a
/// launcher. Not a global: main owns it and passes it on. Collective functions wait without burning a core,
/// as rank 0 may plan for long; they throw RankDied when a rank of this host is seen to be gone. Until all
/// have met in check_same_version, a limit ends the process (ORDERMILL_START_LIMIT in the environment,
/// seconds, default 120).
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

    /// Collective. Every rank gives its build's identity; throws on every rank, naming a rank that differs.
    void check_same_version(const std::string& version);
    /// Collective. Rank 0's bytes to everybody (any size: in pieces of at most 1 GiB).
    void broadcast(std::string& bytes);
    /// Collective, before the first task only: everybody's small text, by rank, on rank 0 (empty elsewhere).
    std::vector<std::string> gather(const std::string& text);
    /// Collective over all ranks: a session of the first `ranks` of them; null on the others. This one must
    /// outlive it.
    std::unique_ptr<Session> of_first(int ranks);
    /// From rank 0 to one other rank; short.
    void tell(int rank, const std::string& text);
    /// Every other rank: waits for rank 0's word, asleep, however long it takes. Throws RankDied.
    std::string hear();
    /// Ends every rank now (MPI_Abort). For a rank that can't end the run in an orderly way.
    [[noreturn]] void abort(int exit_code) noexcept;

  private:
    struct State;
    explicit Session(std::unique_ptr<State> state);
    void share_processes();

    std::unique_ptr<State> state_;
};

} // namespace ordermill::cluster
