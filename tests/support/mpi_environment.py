"""What the scripts' mpirun knows of this machine (src/cmake/mpi-environment.sh), for tests in Python."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def mpi_environment():
    """os.environ with that script's variables; what is set already stays."""
    script = os.path.join(ROOT, "src", "cmake", "mpi-environment.sh")
    printed = subprocess.run(["bash", "-c", '. "$1" && env -0', "bash", script], stdout=subprocess.PIPE, check=True).stdout
    return dict(entry.split("=", 1) for entry in os.fsdecode(printed).split("\0") if entry)
