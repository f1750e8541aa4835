"""`ordermill run` with the real mpirun: bytes, exit codes, ranks killed, frozen and stopped. launcher_outcomes.py has one that plays
what mpirun does when things go wrong."""
import os
import re
import signal
import subprocess
import time

from launched import DATA, JOB, descendants, ended, is_gone
from support import JOBS, Run, case, run_cases, wait_for

PLAIN = """[fields]
invoice  = code "InvoiceNo" | required
quantity = integer "Quantity" | required
price    = decimal "UnitPrice" | required | scale 2
"""


def through_run(test, job, inputs, *arguments, options=("-n", "3"), status=0, environment=None):
    output = test.new_folder()
    words = ["run", *options, "--", "clean", job, *(word for name in inputs for word in ("--input", name)), "--output", output, *arguments]
    done = test.run(*words, environment=environment)
    said = done.stderr.decode()
    test.equal(done.returncode, status, f"{' '.join(words)}: status; {said}")
    return Run(output, done)


def job_and_data(test):
    return test.write("job.cfg", JOB), test.write("orders.csv", DATA)


@case
def with_mpirun(test):
    """What works without a failure: bytes, exit codes, options."""
    job, data = job_and_data(test)
    orders = test.generated_orders(60_000, name="many.csv")
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


@case
def on_one_host(test):
    """Networks are left out where all ranks are on one host, unless somebody chose."""
    job, data = job_and_data(test)
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


@case
def frozen(test):
    """What stands still is ended and started again: rank 0, mpirun, every rank; side by side, as each takes its time. A rank that
    dies on the way to the start as well."""
    orders = test.generated_orders(60_000, name="many.csv")
    expected = test.clean(test.write("plain.cfg", PLAIN), [orders]).files()
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


def large_orders(test):
    """A file, and what a run makes of it."""
    large = test.generated_orders(600_000, name="large.csv")
    return large, test.clean(test.write("plain.cfg", PLAIN), [large]).files()


@case
def rank_killed(test):
    large, expected = large_orders(test)
    killed(test, large, expected, 1)
    killed(test, large, expected, 0, "--restarts", "1")


@case
def mpirun_killed(test):
    killed(test, *large_orders(test), None, "--restarts", "1")


@case
def stopped_by_signals(test):
    large, expected = large_orders(test)
    for signals in ([signal.SIGTERM], [signal.SIGINT], [signal.SIGUSR1], [signal.SIGTERM, signal.SIGTERM], [signal.SIGKILL]):
        stopped(test, large, expected, signals)


if __name__ == "__main__":
    run_cases()
