/* What Open MPI 5 declares for its fault tolerance, so that the code for it is compiled where only Open MPI 4 is. */
#pragma once
#include <mpi.h>
#define MPIX_ERR_PROC_FAILED 75
extern "C" int MPIX_Comm_get_failed(MPI_Comm communicator, MPI_Group* failed);
