#include "cluster/wire/failed_ranks.hpp"

#if __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif

#include <numeric>

namespace ordermill::cluster {

#ifdef MPIX_ERR_PROC_FAILED

std::vector<int> failed_ranks(MPI_Comm communicator) {
    MPI_Group failed = MPI_GROUP_NULL;
    if (MPIX_Comm_get_failed(communicator, &failed) != MPI_SUCCESS) return {};
    int count = 0;
    MPI_Group_size(failed, &count);
    std::vector<int> within(static_cast<std::size_t>(count));
    std::iota(within.begin(), within.end(), 0);
    std::vector<int> ranks(within.size());
    MPI_Group all = MPI_GROUP_NULL;
    MPI_Comm_group(communicator, &all);
    if (count > 0) MPI_Group_translate_ranks(failed, count, within.data(), all, ranks.data());
    MPI_Group_free(&all);
    MPI_Group_free(&failed);
    return ranks;
}

bool is_process_failure(int result) noexcept {
    int kind = MPI_SUCCESS;
    return MPI_Error_class(result, &kind) == MPI_SUCCESS && kind == MPIX_ERR_PROC_FAILED;
}

#else

std::vector<int> failed_ranks(MPI_Comm /*communicator*/) { return {}; }

bool is_process_failure(int /*result*/) noexcept { return false; }

#endif

} // namespace ordermill::cluster
