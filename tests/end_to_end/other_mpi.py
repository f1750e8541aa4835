"""src/cmake/check_mpi.cmake: another MPI than Open MPI 4.1 or later, or a Boost.MPI of another one, ends the configuration with one
sentence that says what was found. The MPIs are made up, a header each."""
import re
import subprocess

from support import ROOT, TIME_LIMIT, Test

# Checks each folder of FOLDERS; then the first of them again, as a configuration does it.
PROJECT = f"""cmake_minimum_required(VERSION 3.25)
project(made_up LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH {ROOT}/src/cmake)
include(check_mpi)
add_library(MPI::MPI_CXX INTERFACE IMPORTED)
add_library(Boost::mpi INTERFACE IMPORTED)
foreach(folder IN LISTS FOLDERS)
  set_target_properties(MPI::MPI_CXX Boost::mpi PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${{CMAKE_CURRENT_SOURCE_DIR}}/${{folder}})
  ordermill_mpi_problem(problem)
  message(STATUS "[${{folder}}: ${{problem}}]")
endforeach()
list(GET FOLDERS 0 first)
set_target_properties(MPI::MPI_CXX Boost::mpi PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${{CMAKE_CURRENT_SOURCE_DIR}}/${{first}})
ordermill_check_mpi()
"""
BOOST = """#include <mpi.h>
namespace boost::mpi {
enum comm_create_kind { comm_attach };
struct communicator {
    communicator(const MPI_Comm&, comm_create_kind)BODY
    int rank() const { return 0; }
};
}
"""
COMMON = "typedef int MPI_Comm;\n#define MPI_COMM_WORLD 0\n"


def open_mpi(version):
    return "".join(f"#define OMPI_{part}_VERSION {number}\n" for part, number in zip(("MAJOR", "MINOR", "RELEASE"), version.split(".")))


# Words of its own in mpi.h; whether Boost.MPI links with it; what is wrong.
CASES = [
    (open_mpi("4.1.4"), True, ""),
    (open_mpi("5.0.7"), True, ""),
    (open_mpi("10.0.0"), True, ""),
    (open_mpi("4.0.7"), True, "what was found is Open MPI 4.0.7"),
    (open_mpi("4.1.4"), False, "what was found is Open MPI 4.1.4 and a Boost.MPI that doesn't link with it, probably one of another MPI"),
    ('#define MPICH_VERSION "4.0.2"\n', True, "what was found is MPICH 4.0.2"),
    ('#define MPICH_VERSION "3.4"\n#define I_MPI_VERSION "2021.9.0"\n', True, "what was found is Intel MPI 2021.9.0"),
    ('#define MPICH_VERSION "3.2.1"\n#define MVAPICH2_VERSION "2.3.7"\n', True, "what was found is MVAPICH2 2.3.7"),
    ("", True, "what was found is an MPI that doesn't name itself"),
    ("#error broken\n", True, "what was found is an MPI whose programs don't compile or link"),
]


def configured(test, folders):
    done = subprocess.run(["cmake", "-G", "Ninja", "-S", test.scratch, "-B", test.path("build"), "-DFOLDERS=" + ";".join(folders)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=TIME_LIMIT, check=False)
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


def main():
    test = Test()
    test.write("CMakeLists.txt", PROJECT)
    for number, (words, links, _) in enumerate(CASES):
        test.write(f"mpi-{number}/mpi.h", words + COMMON)
        test.write(f"mpi-{number}/boost/mpi/communicator.hpp", BOOST.replace("BODY", " {}" if links else ";"))
    status, said = configured(test, [f"mpi-{number}" for number in range(len(CASES))])
    test.equal(status, 0, f"what fits: {said}")
    for number, (words, links, wrong) in enumerate(CASES):
        test.check(f"[mpi-{number}: {wrong}]" in said, f"{words!r}, Boost.MPI links {links}: it isn't '{wrong}': {said}")
    status, said = configured(test, ["mpi-5"])
    test.check(status != 0, f"MPICH is accepted: {said}")
    sentence = "ordermill needs Open MPI 4.1 or later and a Boost.MPI that was built with it, but what was found is MPICH 4.0.2. On Debian: "
    test.check(sentence in said, f"it doesn't say {sentence}: {said}")
    test.finish()


main()
