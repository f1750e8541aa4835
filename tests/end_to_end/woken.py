#!/usr/bin/env python3
"""A worker that counted as lost and speaks again: rank 0 takes nothing from it, it ends by itself, and the run ends well. One that never
wakes up is ended by force when the run is over."""
import os
import re
import signal
import subprocess

from launched import descendants
from support import Run, Test, wait_for

JOB = """[fields]
invoice  = code "InvoiceNo" | required
quantity = integer "Quantity" | required
price    = decimal "UnitPrice" | required | scale 2
"""
VICTIM = 2
LEASE = 3


def process_of(pid, rank):
    for below in descendants(pid):
        try:
            with open(f"/proc/{below}/environ", "rb") as file:
                if f"OMPI_COMM_WORLD_RANK={rank}".encode() in file.read().split(b"\0"):
                    return below
        except (FileNotFoundError, ProcessLookupError):
            continue
    return None


def freeze_and_wake(test, name, launcher, orders, expected, wakes, status):
    output = test.new_folder()
    part = os.path.join(output, ".clean.csv.part")
    command = [*launcher, "clean", test.path("job.cfg"), "--input", orders, "--output", output, "--chunk-size", "16KiB", "--lease", str(LEASE)]
    said_path = test.path("said")
    with open(said_path, "wb") as said_file:
        run = subprocess.Popen(command, env=dict(test.environment, ORDERMILL_FAULT="pace=60"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=said_file)

    def said():
        with open(said_path, encoding="utf-8", errors="replace") as file:
            return file.read()
    wait_for(lambda: run.poll() is not None or os.path.exists(part))
    victim = process_of(run.pid, VICTIM)
    if not test.check(victim is not None, f"{name}: rank {VICTIM} is there: {said()}"):
        run.kill()
        return
    os.kill(victim, signal.SIGSTOP)
    lost = f"rank {VICTIM} on "
    test.check(wait_for(lambda: run.poll() is not None or lost in said(), 40) and run.poll() is None, f"{name}: it counts as lost: {said()}")
    if wakes:
        os.kill(victim, signal.SIGCONT)
    try:
        run.wait(timeout=60)
    except subprocess.TimeoutExpired:
        run.kill()
        test.check(False, f"{name}: hangs: {said()}")
        return
    test.equal(run.returncode, status, f"{name}: status; {said()}")
    test.check(re.search(r"rank 2 on \S+ is lost", said()), f"{name}: it is said: {said()}")
    test.check(not os.path.exists(f"/proc/{victim}"), f"{name}: nothing of it is left")
    done = Run(output, subprocess.CompletedProcess([], run.returncode, b"", said().encode()))
    test.equal(done.files(), expected, f"{name}: bytes")
    test.equal([one["rank"] for one in done.report()["run"].get("lost_ranks", [])], [VICTIM], f"{name}: the report")


def main():
    test = Test()
    test.write("job.cfg", JOB)
    orders = test.generated_orders(30_000)
    expected = test.clean(test.path("job.cfg"), [orders]).files()
    ours = [test.ordermill, "run", "-n", "4", "--"]
    plain = [test.mpirun, "-n", "4", test.ordermill]
    freeze_and_wake(test, "run, woken", ours, orders, expected, True, 0)
    freeze_and_wake(test, "mpirun, woken", plain, orders, expected, True, 0)
    freeze_and_wake(test, "run, never woken", ours, orders, expected, False, 0)
    freeze_and_wake(test, "mpirun, never woken", plain, orders, expected, False, 137)
    test.finish()


if __name__ == "__main__":
    main()
