"""What the end-to-end tests share: the program as users run it, and a test that counts its failures."""
import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from mpi_environment import mpi_environment  # noqa: E402
from whole_runs import Checks, generated_orders, outputs_of  # noqa: E402

JOBS = os.path.join(ROOT, "jobs")
SKIPPED = 77
# A run that takes longer hangs: the largest one here needs seconds.
TIME_LIMIT = 120


class Test(Checks):
    """One script's run: its command line, a scratch folder, and what failed so far."""

    def __init__(self, more_options=lambda parser: None):
        super().__init__()
        parser = argparse.ArgumentParser()
        parser.add_argument("--ordermill", required=True)
        parser.add_argument("--mpirun", default="mpirun")
        more_options(parser)
        self.options = options = parser.parse_args()
        self.ordermill = os.path.abspath(options.ordermill)
        self.mpirun = options.mpirun
        self.environment = mpi_environment()
        self.scratch = tempfile.mkdtemp(prefix="ordermill-end-to-end-")
        self.skipped = 0
        self.numbers = 0

    def skip(self, reason):
        """A part of the test can't run on this machine; if nothing fails, ctest lists the whole test as skipped."""
        self.skipped += 1
        print(f"skipped: {reason}", flush=True)

    def finish(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.checks == 0 and self.skipped == 0:
            self.failures += 1
            print("FAILED: no check was made")
        print(f"{self.checks} checks, {self.failures} failed, {self.skipped} skipped")
        sys.exit(1 if self.failures else SKIPPED if self.skipped else 0)

    def path(self, name):
        return os.path.join(self.scratch, name)

    def new_folder(self):
        """The name of an output folder that isn't there yet."""
        self.numbers += 1
        return self.path(f"out-{self.numbers}")

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def generated_orders(self, orders, seed=1, name="orders.csv"):
        """The path of a file with so many generated orders."""
        return generated_orders(self.ordermill, self.path(name), orders, seed)

    def command(self, *arguments, ranks=1):
        launcher = [self.mpirun, "-n", str(ranks)] if ranks > 1 else []
        return launcher + [self.ordermill, *map(str, arguments)]

    def run(self, *arguments, ranks=1, environment=None, stdin=subprocess.DEVNULL, cwd=None, limit=TIME_LIMIT):
        """The finished process; a run over the time limit counts as a failure with status -1."""
        command = self.command(*arguments, ranks=ranks)
        try:
            done = subprocess.run(command, env=dict(self.environment, **(environment or {})), stdin=stdin, cwd=cwd,
                                  capture_output=True, timeout=limit)
        except subprocess.TimeoutExpired as late:
            self.check(False, f"{' '.join(command)} hangs")
            return subprocess.CompletedProcess(command, -1, late.stdout or b"", late.stderr or b"")
        return done

    def clean(self, job, inputs, *arguments, ranks=1, status=0, **more):
        """A run of `clean` that must end with the status: its output folder as a Run."""
        output = self.new_folder()
        words = ["clean", job, *(word for name in inputs for word in ("--input", name)), "--output", output, *arguments]
        done = self.run(*words, ranks=ranks, **more)
        said = done.stderr.decode(errors="replace")
        self.check(done.returncode == status, f"{os.path.basename(job)} at {ranks} rank(s): status {done.returncode}\n{said[-2000:]}")
        return Run(output, done)


CASES = {}  # name -> function of a Test


def case(function):
    """A part of a script that can be run alone: `resume.py --ordermill PROGRAM stale_runs`. ctest has a test for each."""
    CASES[function.__name__] = function
    return function


def run_cases():
    """Runs the cases that the command line names, or all of them."""
    test = Test(lambda parser: parser.add_argument("case", nargs="*", metavar="CASE", help=f"one of {', '.join(CASES)}; default: all"))
    unknown = [name for name in test.options.case if name not in CASES]
    if unknown:
        sys.exit(f"no case is called {', '.join(unknown)}; there are {', '.join(CASES)}")
    for name in test.options.case or CASES:
        CASES[name](test)
    test.finish()


def wait_for(what, seconds=30):
    """Until `what()` is true; false if that takes too long."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def wait_until_writing(output, run, longer=0.0):
    """Until the run, a Popen, has begun to write, and `longer` seconds more. False if it ended before that, or hangs: then a
    disturbance would come too late, and the caller repeats the run or fails."""
    part = os.path.join(output, ".clean.csv.part")
    wait_for(lambda: os.path.exists(part) or run.poll() is not None)
    if os.path.exists(part):
        time.sleep(longer)
    return os.path.exists(part) and run.poll() is None


class Run:
    def __init__(self, folder, done):
        self.folder = folder
        self.done = done
        self.said = done.stderr.decode(errors="replace")

    def bytes(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return None
        with open(path, "rb") as file:
            return file.read()

    def files(self):
        return outputs_of(self.folder)

    def report(self):
        written = self.bytes("report.json")
        return json.loads(written) if written is not None else {"result": {}, "run": {}}

    def result(self):
        return self.report()["result"]

    def clean(self, name="clean.csv"):
        return read_csv(os.path.join(self.folder, name))

    def rejects(self):
        return read_csv(os.path.join(self.folder, "rejects.csv"))


def read_csv(path, encoding="utf-8", **dialect):
    """Records as dictionaries, by Python's own reader."""
    if not os.path.exists(path):
        return []
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, **dialect))


def data_folder():
    """The real data, which is nobody's to copy into the repository. Ends the test as skipped where it isn't."""
    folder = os.environ.get("ORDERMILL_DATA") or os.path.join(os.path.dirname(ROOT), "shared", "data")
    if not os.path.isdir(folder):
        print(f"skipped: no real data in {folder} (ORDERMILL_DATA may name another folder)")
        sys.exit(SKIPPED)
    return folder
