"""Who is measured: the floor, ordermill, and the peers whose scripts and libraries are there."""
import json
import os
import shutil
import subprocess
import sys

from measure import Failed, measure

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mpi_environment import mpi_environment  # noqa: E402

FLOOR = "cp"
ONE, TWO = "ordermill, one process", "ordermill, two workers"
KEEPING = ", duplicates kept"
WORKERS = 2


class Contender:
    """`command(source, output)` cleans the file into a folder. `against`: the one of ours that has as many cores."""

    def __init__(self, name, command, against=None, environment=None):
        self.name = name
        self.command = command
        self.against = against
        self.environment = environment or dict(os.environ)
        self.result = None

    def run(self, source, output, log):
        return measure(self.command(source, output), self.environment, log)


class Floor(Contender):
    """Reads and writes as many bytes as the input has."""

    def __init__(self):
        super().__init__(FLOOR, lambda source, output: ["cp", "--reflink=never", source, output])


class WriteFloor(Contender):
    """Only writes as many bytes as the input has, by so many processes: what the file system takes."""

    def __init__(self, program, writers, files):
        name = f"{writers} writers to {f'{files} files' if files > 1 else 'one file'}"
        super().__init__(name, lambda source, output: [program, output, str(os.path.getsize(source)), str(writers), str(files)])


class Ours(Contender):
    """`result` is the part of the last report that says what came out."""

    def __init__(self, name, ordermill, job, launcher, options=()):
        super().__init__(name, lambda source, output: [*launcher, ordermill, "clean", job, "--input", source,
                                                       "--output", output, "--quiet", *options], environment=mpi_environment())

    def run(self, source, output, log):
        measured = super().run(source, output, log)
        with open(os.path.join(output, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
        self.result = report["result"]
        measured.report_wall = report["run"]["wall_seconds"]
        return measured


def ours(ordermill, mpirun, job, folder):
    """One process and two workers, each with and without the removal of duplicates."""
    launcher = [mpirun, "-n", str(WORKERS + 1)]
    keeping = job.without_duplicates(folder)
    return [Ours(ONE, ordermill, job.path, []), Ours(TWO, ordermill, job.path, launcher),
            Ours(ONE + KEEPING, ordermill, keeping, []), Ours(TWO + KEEPING, ordermill, keeping, launcher)]


def in_parts(ordermill, mpirun, job, folder, workers, parts):
    """One worker and so many, to one file and to parts, with and without the removal of duplicates; and the file system's floor."""
    contenders = []
    for name, path in ("", job.path), (KEEPING, job.without_duplicates(folder)):
        for count, files in (1, 1), (workers, 1), (workers, parts):
            who = f"ordermill, {count} worker{'s' if count > 1 else ''}, {f'{files} parts' if files > 1 else 'one file'}{name}"
            contenders.append(Ours(who, ordermill, path, [mpirun, "-n", str(count + 1)], ["--parts", str(files)]))
    floor = os.path.join(os.path.dirname(ordermill), "write_floor")
    if os.path.exists(floor):
        contenders += [WriteFloor(floor, workers, files) for files in (1, workers)]
    return contenders


# Name, script, arguments behind input and output, the environment's additions, the package that it needs, and which
# of ours has as many cores.
PEERS = [
    ("DuckDB, 1 thread", "clean_duckdb.mjs", ["1"], {}, "@duckdb/node-api", ONE),
    ("DuckDB, 2 threads", "clean_duckdb.mjs", ["2"], {}, "@duckdb/node-api", TWO),
    ("Polars, 2 threads", "clean_polars.mjs", [], {"POLARS_MAX_THREADS": "2"}, "nodejs-polars", TWO),
    ("Python multiprocessing, 2 processes", "clean_python.py", ["2"], {}, "multiprocessing", TWO),
    ("Dask, 2 processes", "clean_dask.py", ["2"], {}, "dask.dataframe", TWO),
    ("pandas", "clean_pandas.py", [], {}, "pandas", ONE),
]


def peers(folder):
    """Those that can run, and (name, why not) of the others."""
    found, missing = [], []
    for name, script, arguments, additions, package, against in PEERS:
        path = os.path.join(folder, script) if folder else ""
        interpreter = interpreter_for(script, package)
        if not os.path.exists(path):
            missing.append((name, f"no {script} (--peers)"))
        elif interpreter is None:
            missing.append((name, f"{package} is not installed"))
        else:
            found.append(peer(name, [interpreter, path], arguments, additions, against))
    return found, missing


def peer(name, program, arguments, additions, against):
    return Contender(name, lambda source, output: [*program, source, output, *arguments], against,
                     {**node_environment(), **additions})


def interpreter_for(script, package):
    """The first program that can load the package; None: none."""
    if script.endswith(".mjs"):
        load = ["-e", f"require('node:module').createRequire(process.env.PEERS_DIR + '/')('{package}')"]
        candidates = ["node"]
    else:
        load = ["-c", f"import {package}"]
        candidates = [sys.executable, "/usr/bin/python3"]
    for candidate in candidates:
        if shutil.which(candidate) and subprocess.run([candidate, *load], env=node_environment(), capture_output=True,
                                                      check=False).returncode == 0:
            return candidate
    return None


def node_environment():
    """PEERS_DIR is the folder above node_modules, where the scripts look for their packages; NODE_PATH does as well."""
    environment = dict(os.environ)
    if "PEERS_DIR" not in environment:
        environment["PEERS_DIR"] = os.path.dirname(environment.get("NODE_PATH", "").split(":")[0]) or "."
    return environment


def make_peers_input(folder, orders, path):
    """The input by the peers' own generator; False where that can't run."""
    script = os.path.join(folder, "make_retail.py") if folder else ""
    interpreter = interpreter_for(script, "numpy")
    if not os.path.exists(script) or interpreter is None:
        return False
    done = subprocess.run([interpreter, script, str(orders), path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{script}: {done.stderr[-500:]}")
    return True
