#include <mpi.h>
#include <simgrid/s4u.hpp>

#include <unordered_map>

/// Simulated time passes only while something waits, so a loop that probes and looks at the clock would turn
/// for ever. Two probes in vain by the same rank at the same moment are such a loop: then time goes on a
/// little (MPI.s profiling interface: the library's own is PMPI_Iprobe). SimGrid's smpi/iprobe does so for
/// every probe, which charges the busy ones too.
extern "C" int MPI_Iprobe(int source, int tag, MPI_Comm communicator, int* flag, MPI_Status* status) {
    constexpr double a_while = 10e-6;
    constexpr int at_once = 2; // Post::receive looks twice
    struct InVain {
        double at = -1;
        int times = 0;
    };
    static std::unordered_map<long, InVain> in_vain;
    const int result = PMPI_Iprobe(source, tag, communicator, flag, status);
    if (result != MPI_SUCCESS || *flag != 0) return result;
    InVain& mine = in_vain[simgrid::s4u::this_actor::get_pid()];
    const double now = simgrid::s4u::Engine::get_clock();
    mine = {now, mine.at == now ? mine.times + 1 : 1};
    if (mine.times > at_once) simgrid::s4u::this_actor::sleep_for(a_while);
    return result;
}
