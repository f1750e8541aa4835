#pragma once

// Included before all of Boost.MPI's sources: SimGrid calls itself MPI 3, but has no matched probes.
#include <boost/mpi/config.hpp>
#undef BOOST_MPI_USE_IMPROBE
