# Another MPI would be found out by the compiler only, after minutes, in a header that it doesn't have.

# ordermill_mpi_problem(VARIABLE): what is wrong with MPI::MPI_CXX and Boost::mpi, as the end of a sentence; empty when MPI is Open
# MPI 4.1 or later and Boost.MPI was built with it. Compiles and links two small programs, runs none.
function(ordermill_mpi_problem variable)
  set(folder ${CMAKE_BINARY_DIR}/CMakeFiles/check_mpi)
  file(WRITE ${folder}/which.cpp [[
#include <mpi.h>
#define IN_QUOTES(x) #x
#define TEXT(x) IN_QUOTES(x)
#if defined(OMPI_MAJOR_VERSION)
#define FOUND "Open MPI " TEXT(OMPI_MAJOR_VERSION) "." TEXT(OMPI_MINOR_VERSION) "." TEXT(OMPI_RELEASE_VERSION)
#elif defined(I_MPI_VERSION)
#define FOUND "Intel MPI " I_MPI_VERSION
#elif defined(MVAPICH2_VERSION)
#define FOUND "MVAPICH2 " MVAPICH2_VERSION
#elif defined(MPICH_VERSION)
#define FOUND "MPICH " MPICH_VERSION
#else
#define FOUND "an MPI that doesn't name itself"
#endif
extern const char found[];
const char found[] = "[ordermill found " FOUND "]";
int main(int count, char**) { return found[count]; }
]])
  file(WRITE ${folder}/boost.cpp [[
#include <boost/mpi/communicator.hpp>
int main() { return boost::mpi::communicator(MPI_COMM_WORLD, boost::mpi::comm_attach).rank(); }
]])
  set(found "an MPI whose programs don't compile or link")
  try_compile(compiles ${folder}/which ${folder}/which.cpp LINK_LIBRARIES MPI::MPI_CXX COPY_FILE ${folder}/which.out
              COPY_FILE_ERROR not_copied)
  if(compiles AND NOT not_copied)
    file(STRINGS ${folder}/which.out line REGEX "\\[ordermill found [^]]*\\]" LIMIT_COUNT 1)
    string(REGEX REPLACE ".*\\[ordermill found ([^]]*)\\].*" "\\1" found "${line}")
  endif()
  string(REGEX MATCH "^Open MPI ([0-9.]+)" open_mpi "${found}")
  if(NOT open_mpi OR CMAKE_MATCH_1 VERSION_LESS 4.1)
    set(wrong "what was found is ${found}")
  else()
    try_compile(links ${folder}/boost ${folder}/boost.cpp LINK_LIBRARIES Boost::mpi MPI::MPI_CXX)
    if(NOT links)
      set(wrong "what was found is ${found} and a Boost.MPI that doesn't link with it, probably one of another MPI")
    endif()
  endif()
  unset(compiles CACHE)
  unset(links CACHE)
  set(${variable} "${wrong}" PARENT_SCOPE)
endfunction()

# ordermill_check_mpi(): ends the configuration with one sentence if there is a problem. What was right is remembered.
function(ordermill_check_mpi)
  get_target_property(include MPI::MPI_CXX INTERFACE_INCLUDE_DIRECTORIES)
  set(this "${MPI_CXX_COMPILER};${include}")
  if("${ORDERMILL_MPI_CHECKED}" STREQUAL "${this}")
    return()
  endif()
  ordermill_mpi_problem(problem)
  if(problem)
    set(by "")
    if(MPI_CXX_COMPILER)
      set(by " (by ${MPI_CXX_COMPILER})")
    endif()
    message(FATAL_ERROR "ordermill needs Open MPI 4.1 or later and a Boost.MPI that was built with it, but ${problem}${by}. On Debian: "
                        "apt-get install libopenmpi-dev libboost-mpi-dev. Where there are several, name Open MPI's compiler: "
                        "-DMPI_CXX_COMPILER=mpicxx.openmpi (Debian's name)")
  endif()
  set(ORDERMILL_MPI_CHECKED "${this}" CACHE INTERNAL "the MPI that is known to fit")
endfunction()
