"""`ordermill run` with an mpirun that plays what mpirun does when things go wrong: statuses, versions, restarts, no end."""
import os
import signal
import subprocess
import sys
import time

from launched import DATA, JOB, ended, is_gone
from support import Test

# Its ways are in $FAKE: what to do at each start, one word a start, the last one again and again. It writes its command
# line and the starts so far beside itself.
FAKE_MPIRUN = """#!{python}
import os, signal, sys, time
if sys.argv[1:] == ["--version"]:
    sys.exit(print(os.environ.get("FAKE_VERSION", "mpirun (Open MPI) 4.1.4")))
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "starts"), "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
starts = open(os.path.join(here, "starts")).read().count("\\n")
ways = os.environ["FAKE"].split(",")
way = ways[min(starts, len(ways)) - 1]

def verdict(code):
    with open(os.environ["ORDERMILL_VERDICT"], "w") as file:
        file.write(code + "\\n")

def heard(number, frame):
    with open(os.path.join(here, "heard"), "a") as file:
        file.write(signal.Signals(number).name + "\\n")
    if number == signal.SIGUSR1 and way == "drain":
        verdict("75")
        sys.exit(0)
    if number == signal.SIGTERM and way != "deaf":
        sys.exit(1)

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, heard)
if way in ("drain", "deaf", "hang", "orphan"):
    verdict("begun" if way != "hang" else "0")
    rank = way == "orphan" and os.fork() == 0
    with open(os.path.join(here, "pids"), "a") as file:
        file.write(f"{{os.getpid()}}\\n")
    if rank:
        os.setpgid(0, 0)
        os.kill(os.getppid(), signal.SIGKILL)
    while True:
        time.sleep(0.05)
said, _, status = way.partition("/")
if said:
    verdict(said)
if status.startswith("signal"):
    os.kill(os.getpid(), int(status[6:]))
sys.exit(int(status))
"""


class Fake:
    """A folder with an mpirun of ours, which stands first in PATH."""

    def __init__(self, test, job, data):
        self.test, self.job, self.data = test, job, data
        self.folder = self.output = None

    def start(self, ways, *arguments, journal=False, environment=None):
        test = self.test
        self.folder, self.output = test.new_folder(), test.new_folder()
        mpirun = test.write(os.path.join(self.folder, "mpirun"), FAKE_MPIRUN.format(python=sys.executable))
        os.chmod(mpirun, 0o755)
        if journal:
            os.makedirs(os.path.join(self.output, ".ordermill"))
        command = [test.ordermill, "run", *arguments, "--", "clean", self.job, "--input", self.data, "--output", self.output]
        path = self.folder + os.pathsep + os.environ.get("PATH", "")
        environment = dict(test.environment, PATH=path, FAKE=ways, **(environment or {}))
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, ways, *arguments, **more):
        """Its status and what the launcher said."""
        with self.start(ways, *arguments, **more) as run:
            return ended(self.test, run, f"fake mpirun {ways}")

    def lines(self, name):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().split("\n")[:-1]

    def wait_for(self, name, count=1):
        until = time.monotonic() + 20
        while len(self.lines(name)) < count and time.monotonic() < until:
            time.sleep(0.01)
        return self.test.check(len(self.lines(name)) >= count, f"fake mpirun: {count} lines in {name}")

    def nothing_left(self, what):
        for pid in self.lines("pids"):
            if not self.test.check(is_gone(int(pid)), f"{what}: process {pid} is still there"):
                os.kill(int(pid), signal.SIGKILL)


def outcomes(test, fake):
    """mpirun's status with and without rank 0's verdict."""
    for way in ("0/0", "0/137", "0/205", "0/signal9", "1/0", "1/1", "2/0", "3/3", "3/137"):
        status, said = fake.run(way, "-n", "3", journal=True)
        test.equal((status, said), (int(way.split("/")[0]), ""), f"verdict/mpirun {way}: status, message")
        test.equal(len(fake.lines("starts")), 1, f"{way}: starts")
    for way in ("/0", "/1", "/137", "/205", "/signal9", "begun/0", "begun/137"):
        for journal, expected, advice in ((True, 75, "--resume"), (False, 3, "no checkpoint is recorded")):
            status, said = fake.run(way, "-n", "3", journal=journal)
            test.equal((status, said.count("\n"), said.startswith("ordermill: ")), (expected, 1, True), f"{way}, journal {journal}: {said}")
            test.check(advice in said, f"{way}, journal {journal}: {said}")
    status, said = fake.run("75/75", "-n", "3", journal=True)
    test.equal(status, 75, f"stopped by another hand: {said}")


def versions(test, fake):
    fake.run("0/0", "-n", "3", environment={"FAKE_VERSION": "mpirun (Open MPI) 5.0.7"})
    test.check("--with-ft ulfm" in fake.lines("starts")[0], f"Open MPI 5: {fake.lines('starts')}")
    fake.run("0/0", "-n", "3")
    test.check("--mca orte_enable_recovery 1" in fake.lines("starts")[0], f"Open MPI 4: {fake.lines('starts')}")
    status, said = fake.run("0/0", environment={"FAKE_VERSION": "HYDRA build details:"})
    test.equal(status, 3, "another MPI's mpirun: status")
    test.check("HYDRA" in said and "Open MPI" in said, f"another MPI's mpirun: {said}")
    hosts = test.write("hosts", "localhost slots=2\nnode7 slots=2\n")
    fake.run("0/0", "--hostfile", hosts)
    test.check("async_mpi_finalize" not in fake.lines("starts")[0] and f"--hostfile {hosts}" in fake.lines("starts")[0],
               f"two hosts: {fake.lines('starts')}")
    status, said = fake.run("0/0", "--hostfile", test.path("no-hosts"))
    test.check(status == 2 and "no-hosts" in said, f"a host file that isn't there: {status} {said}")
    done = test.run("run", "--", "clean", fake.job, "--input", fake.data, environment={"PATH": test.new_folder()})
    test.equal(done.returncode, 3, "without mpirun: status")
    test.check("openmpi-bin" in done.stderr.decode(), f"without mpirun: {done.stderr.decode()}")


def restarts(test, fake):
    for ways, arguments, status, starts in (
            ("/137,begun/1,0/0", ["--restarts", "2"], 0, 3), ("/137,begun/1,0/0", ["--restarts", "1"], 75, 2),
            ("/137,1/1", ["--restarts", "9"], 1, 2), ("75/75,0/0", ["--restarts", "1"], 0, 2), ("75/75,0/0", [], 75, 1),
            ("0/137", ["--restarts", "3"], 0, 1), ("1/137", ["--restarts", "3"], 1, 1), ("2/2", ["--restarts", "3"], 2, 1),
            ("3/3", ["--restarts", "3"], 3, 1)):
        got, said = fake.run(ways, *arguments, journal=True)
        test.equal((got, len(fake.lines("starts"))), (status, starts), f"{ways} {arguments}: status, starts; {said}")
        resumes = [line.split().count("--resume") for line in fake.lines("starts")]
        test.equal(resumes, [0] + [1] * (starts - 1), f"{ways} {arguments}: --resume; {fake.lines('starts')}")
        again = [line for line in said.split("\n") if "starting it again" in line]
        test.equal(len(again), starts - 1, f"{ways} {arguments}: a line for each start: {said}")
    with fake.start("drain", "--restarts", "3", journal=True) as run:
        fake.wait_for("pids")
        run.send_signal(signal.SIGTERM)
        status, said = ended(test, run, "a user's signal")
    test.equal((status, len(fake.lines("starts")), fake.lines("heard"), said), (75, 1, ["SIGUSR1"], ""), "a user's signal: no new start")


def stubborn(test, fake):
    """An mpirun that doesn't end by itself."""
    with fake.start("hang") as run:
        begin = time.monotonic()
        status, said = ended(test, run, "hanging after the verdict")
    seconds = time.monotonic() - begin
    test.equal((status, said, fake.lines("heard")), (0, "", ["SIGTERM"]), "hanging after the verdict: status, message, signals")
    test.check(2.5 < seconds < 10, f"hanging after the verdict: {seconds:.1f} s")
    with fake.start("deaf", journal=True) as run:
        fake.wait_for("pids")
        run.send_signal(signal.SIGINT)
        fake.wait_for("heard")
        time.sleep(0.4)
        run.send_signal(signal.SIGINT)
        fake.wait_for("heard", 2)
        begin = time.monotonic()
        status, _ = ended(test, run, "deaf")
    test.equal((status, fake.lines("heard")), (75, ["SIGUSR1", "SIGTERM"]), "deaf: status, signals")
    test.check(time.monotonic() - begin < 10, f"deaf: {time.monotonic() - begin:.1f} s")
    fake.nothing_left("deaf")
    with fake.start("drain") as run:
        fake.wait_for("pids")
        run.kill()
        fake.wait_for("heard")
        ended(test, run, "launcher killed")
    test.equal(fake.lines("heard"), ["SIGTERM"], "launcher killed: mpirun is told to end")
    fake.nothing_left("launcher killed")
    with fake.start("orphan", journal=True) as run:
        status, _ = ended(test, run, "mpirun killed", 20)
    test.equal(status, 75, "mpirun killed: status")
    fake.nothing_left("mpirun killed")


def main():
    test = Test()
    fake = Fake(test, test.write("job.cfg", JOB), test.write("orders.csv", DATA))
    outcomes(test, fake)
    versions(test, fake)
    restarts(test, fake)
    stubborn(test, fake)
    test.finish()


if __name__ == "__main__":
    main()
