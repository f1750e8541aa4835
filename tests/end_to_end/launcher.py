"""`ordermill run`: with the real mpirun, and with one that plays what mpirun does when things go wrong."""
import os
import re
import signal
import subprocess
import sys
import time

from support import JOBS, Run, Test, wait_for

JOB = """[fields]
order = code | required
price = decimal | required | scale 2
"""
PLAIN = """[fields]
invoice  = code "InvoiceNo" | required
quantity = integer "Quantity" | required
price    = decimal "UnitPrice" | required | scale 2
"""
DATA = "order,price\n1,2.50\n2,free\n3,4\n"

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


def ended(test, run, what, limit=60):
    try:
        _, said = run.communicate(timeout=limit)
    except subprocess.TimeoutExpired as late:
        run.kill()
        said = str(late.stderr)
        test.check(False, f"{what}: hangs, or what it left holds its output open")
    return run.returncode, said


def is_gone(pid, patience=5.0):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def descendants(pid):
    """All processes below this one."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                    parents.setdefault(int(file.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                pass
    found, open_ends = [], [pid]
    while open_ends:
        below = parents.get(open_ends.pop(), [])
        found += below
        open_ends += below
    return found


def through_run(test, job, inputs, *arguments, options=("-n", "3"), status=0, environment=None):
    output = test.new_folder()
    words = ["run", *options, "--", "clean", job, *(word for name in inputs for word in ("--input", name)), "--output", output, *arguments]
    done = test.run(*words, environment=environment)
    said = done.stderr.decode()
    test.equal(done.returncode, status, f"{' '.join(words)}: status; {said}")
    return Run(output, done)


def with_mpirun(test, job, data, orders):
    """What works without a failure: bytes, exit codes, options."""
    retail = os.path.join(JOBS, "retail.cfg")
    alone = test.clean(retail, [orders])
    test.equal(through_run(test, retail, [orders]).files(), alone.files(), "run -n 3: as by one process")
    test.equal(through_run(test, retail, [orders], options=()).files(), alone.files(), "run without options: as by one process")
    through_run(test, job, [data], "--strict", status=1)
    through_run(test, test.path("nowhere.cfg"), [data], status=2)
    wrong = through_run(test, test.write("wrong.cfg", JOB + "what = nothing\n"), [data], status=2)
    test.check("wrong.cfg:" in wrong.said, f"a wrong job: the ranks' message: {wrong.said}")
    through_run(test, job, [data], "--expect-ranks", "3", status=0)
    through_run(test, job, [data], "--expect-ranks", "2", status=2)
    tagged = through_run(test, job, [data], options=("-n", "2", "--tag-output"))
    test.check("[1,0]<stderr>" in tagged.said, f"--tag-output reaches mpirun: {tagged.said}")
    unlike_ours = through_run(test, job, [data], options=("-n", "2", "--bind-to", "nothing-known"), status=3)
    test.check("nothing-known" in unlike_ours.said, f"--bind-to: the user's reaches mpirun: {unlike_ours.said}")
    bare = {name: text for name, text in test.environment.items() if not name.startswith(("OMPI_", "PRTE_"))}
    done = subprocess.run([test.ordermill, "run", "--", "clean", job, "--input", data, "--output", test.new_folder()], env=bare,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    test.equal(done.returncode, 0, f"without any setting for mpirun, as root too: {done.stderr.decode()}")


def on_one_host(test, job, data):
    """Networks are left out where all ranks are on one host, unless somebody chose."""
    def loaded(*words):
        run = through_run(test, job, [data], options=("-n", "2", "--mca", "pml_base_verbose", "10", *words))
        return set(re.findall(r"found loaded component (\w+)", run.said))
    test.equal(loaded(), {"ob1"}, "ways for messages that were looked at")
    test.check(len(loaded("--mca", "pml", "^nothing")) > 1, "ways for messages, the user's choice")

    def looks_for_cards(**variables):
        run = through_run(test, job, [data], options=("-n", "2"), environment=dict(test.environment, HWLOC_COMPONENTS_VERBOSE="1", **variables))
        lists = re.findall(r"Final list of enabled discovery components: (.*)", run.said)
        test.check(lists, f"hwloc says what it looks for: {run.said}")
        return any("pci(" in components for components in lists)
    test.check(not looks_for_cards(), "no rank looks for network cards")
    test.check(looks_for_cards(HWLOC_COMPONENTS="-x86"), "network cards, the user's choice")


def ranks_below(pid):
    """Process by rank, without mpirun itself."""
    found = {}
    for below in descendants(pid):
        try:
            with open(f"/proc/{below}/environ", "rb") as file:
                entries = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"OMPI_COMM_WORLD_RANK" in entries:
            found[int(entries[b"OMPI_COMM_WORLD_RANK"])] = below
    return found


def killed(test, orders, expected, victim, *options):
    """A rank (or mpirun, None) is killed in the middle of the work: the run is whole all the same."""
    output = test.new_folder()
    part = os.path.join(output, ".clean.csv.part")
    command = [test.ordermill, "run", "-n", "3", *options, "--", "clean", test.path("plain.cfg"), "--input", orders, "--output", output,
               "--chunk-size", "4KiB", "--checkpoint", "0.05", "--lease", "3"]
    # Without mpirun the ranks may go on for two seconds: longer than that they need, then.
    pace = {"ORDERMILL_FAULT": "pace=1"} if victim is None else {}
    with subprocess.Popen(command, env=dict(test.environment, **pace), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as run:
        until = time.monotonic() + 30
        while not (os.path.exists(part) and os.path.getsize(part) > 100_000) and time.monotonic() < until and run.poll() is None:
            time.sleep(0.001)
        ranks = ranks_below(run.pid)
        pid = ranks.get(victim) if victim is not None else next((pid for pid in descendants(run.pid) if pid not in ranks.values()), None)
        if test.check(pid is not None, f"rank {victim} killed: it was there"):
            os.kill(pid, signal.SIGKILL)
        status, said = ended(test, run, f"rank {victim} killed", 90)
    name = "mpirun killed" if victim is None else f"rank {victim} killed"
    test.equal(status, 0, f"{name}: status; {said}")
    test.equal(Run(output, subprocess.CompletedProcess([], status, b"", said.encode())).files(), expected, f"{name}: bytes")
    restarts_said = said.count("starting it again (restart 1 of 1)")
    test.equal(restarts_said, 1 if options else 0, f"{name}: starts again; {said}")


def frozen(test, orders, expected):
    """What stands still is ended and started again: rank 0, mpirun, every rank; side by side, as each takes its time. A rank that
    dies on the way to the start as well."""
    runs = {}
    for name in ("rank 0", "mpirun", "every rank", "a rank in the start"):
        output = test.new_folder()
        command = [test.ordermill, "run", "-n", "3", "--restarts", "1", "--", "clean", test.path("plain.cfg"), "--input", orders,
                   "--output", output, "--chunk-size", "16KiB", "--checkpoint", "0.05"]
        run = subprocess.Popen(command, env=dict(test.environment, ORDERMILL_FAULT="pace=20"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        runs[name] = (run, output, time.monotonic())
        if name == "a rank in the start":
            freeze(run, {1}, signal.SIGSTOP, lambda: len(ranks_below(run.pid)) == 3)
            freeze(run, {1}, signal.SIGKILL, lambda: True)
            continue
        wanted = {"rank 0": {0}, "mpirun": {None}, "every rank": {0, 1, 2}}[name]
        freeze(run, wanted, signal.SIGSTOP, lambda: os.path.exists(os.path.join(output, ".clean.csv.part")))
    for name, (run, output, begin) in runs.items():
        with run:
            status, said = ended(test, run, f"{name} frozen", 120)
        test.equal(status, 0, f"{name} frozen: status; {said}")
        test.equal(Run(output, subprocess.CompletedProcess([], status, b"", said.encode())).files(), expected, f"{name} frozen: bytes")
        # Without mpirun the ranks may come to their end.
        test.check("1 of 1" in said or name == "mpirun", f"{name} frozen: starts again; {said}")
        test.check(time.monotonic() - begin < 80, f"{name} frozen: {time.monotonic() - begin:.0f} s")


def freeze(run, ranks, number, ready):
    """Sends the signal to some ranks of a run (None: mpirun) as soon as it is ready."""
    wait_for(lambda: run.poll() is not None or (ready() and len(ranks_below(run.pid)) > max([rank or 0 for rank in ranks])))
    below = ranks_below(run.pid)
    below[None] = next((pid for pid in descendants(run.pid) if pid not in below.values()), None)
    for rank in ranks:
        os.kill(below[rank], number)


def stopped(test, orders, expected, signals):
    """The launcher gets signals while the ranks start or work: it ends, so do they, and the run can be gone on with."""
    output = test.new_folder()
    command = [test.ordermill, "run", "-n", "3", "--", "clean", test.path("plain.cfg"), "--input", orders, "--output", output,
               "--chunk-size", "1KiB"]
    private = test.path("private")
    os.makedirs(private, exist_ok=True)
    with subprocess.Popen(command, env=dict(test.environment, TMPDIR=private), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as run:
        below, until = [], time.monotonic() + 30
        while len(below) < 4 and time.monotonic() < until and run.poll() is None:  # mpirun and 3 ranks
            below = descendants(run.pid)
            time.sleep(0.01)
        for number in signals:
            run.send_signal(number)
            time.sleep(0.5)
        begin = time.monotonic()
        status, said = ended(test, run, f"{signals}")
    name = "+".join(number.name for number in signals)
    test.check(len(below) >= 4, f"{name}: mpirun and its ranks were running: {below}")
    statuses = (-signal.SIGKILL,) if signal.SIGKILL in signals else (75,) if len(signals) == 1 else (0, 3, 75)
    test.check(status in statuses, f"{name}: status {status}, {said}")
    test.check(time.monotonic() - begin < 15, f"{name}: {time.monotonic() - begin:.1f} s until the end")
    for pid in below:
        test.check(is_gone(pid, 30), f"{name}: process {pid} is still there")
    if signal.SIGKILL not in signals:
        test.equal([left for left in os.listdir(private) if left.startswith("ordermill-run")], [], f"{name}: private files left")
    done = test.run(*command[1:], "--resume")
    test.equal(done.returncode, 0, f"{name}: --resume: {done.stderr.decode()}")
    test.equal(Run(output, done).files(), expected, f"{name}: --resume: bytes")


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
    job = test.write("job.cfg", JOB)
    data = test.write("orders.csv", DATA)
    orders = test.generated_orders(60_000, name="many.csv")
    with_mpirun(test, job, data, orders)
    on_one_host(test, job, data)
    test.write("plain.cfg", PLAIN)
    large = test.generated_orders(600_000, name="large.csv")
    expected = test.clean(test.path("plain.cfg"), [large]).files()
    killed(test, large, expected, 1)
    killed(test, large, expected, 0, "--restarts", "1")
    killed(test, large, expected, None, "--restarts", "1")
    frozen(test, orders, test.clean(test.path("plain.cfg"), [orders]).files())
    for signals in ([signal.SIGTERM], [signal.SIGINT], [signal.SIGUSR1], [signal.SIGTERM, signal.SIGTERM], [signal.SIGKILL]):
        stopped(test, large, expected, signals)
    fake = Fake(test, job, data)
    outcomes(test, fake)
    versions(test, fake)
    restarts(test, fake)
    stubborn(test, fake)
    test.finish()


if __name__ == "__main__":
    main()
