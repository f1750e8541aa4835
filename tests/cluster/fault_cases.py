"""Trouble between hosts: within 15 s of it the run has ended with a message, or goes on to the same bytes; if it ended, --resume
completes it with the same bytes."""
import os
import signal
import time

from harness import case
from hosts import read, wait_until

LIMIT = 15
GOING_ON_LIMIT = 60  # for those that go on to the end, with fewer workers
# Three ranks on node1 (rank 0 and two workers), two on node2.
LAUNCHER = ["build/release/ordermill", "run", "--hostfile", "hosts-for-faults", "-n", "5",
            "-x", "ORDERMILL_FAULT=pace=800", "--"]
SMALL_CHUNKS = ["--chunk-size", "256KiB", "--checkpoint", "0.5", "--lease", "8"]


def disturbed(t, trouble):
    """A run of some 15 s, with trouble in its midst: its status (None: it hangs), what it said, its output folder."""
    with open(t.path("hosts-for-faults"), "w", encoding="utf-8") as file:
        file.write("node1 slots=3\nnode2 slots=2\n")
    output = t.new_output()
    log = os.path.join(t.site, "log")
    run = t.start("node1", *LAUNCHER, *t.clean(["orders.csv"], output), *SMALL_CHUNKS, log=log)
    t.check(wait_until(lambda: len(t.hosts.processes("node2", "ordermill")) == 2, 20), "two ranks on node2")
    time.sleep(4)
    t.check(run.poll() is None, f"the run was over before the trouble:\n{read(log)}")
    begin = time.monotonic()
    trouble()
    ended = wait_until(lambda: run.poll() is not None, GOING_ON_LIMIT)
    took = time.monotonic() - begin
    print(f"  status {run.returncode} {took:.1f} s after the trouble", flush=True)
    t.check(ended, f"hangs:\n{read(log)[-3000:]}")
    t.check(run.returncode == 0 or took < LIMIT, f"it took {took:.1f} s to give up:\n{read(log)[-3000:]}")
    return run.returncode, read(log), output


def completes(t, outcome):
    status, said, output = outcome
    if status is None:
        return
    if status != 0:
        t.contains(said, "ordermill: ")
        t.run("node1", "build/release/ordermill", *t.clean(["orders.csv"], output), "--resume")
    t.same(output)
    lost = t.report(output)["run"]["lost_ranks"]
    print(f"  lost ranks: {lost}", flush=True)
    t.check(status != 0 or lost, "the trouble was noticed")


def kill_all(t, name, program):
    for process in t.hosts.processes(name, program):
        os.kill(process, signal.SIGKILL)


@case()
def worker_killed(t):
    completes(t, disturbed(t, lambda: os.kill(t.hosts.processes("node2", "ordermill")[0], signal.SIGKILL)))


@case()
def daemon_killed(t):
    completes(t, disturbed(t, lambda: kill_all(t, "node2", "orted")))


@case()
def host_powered_off(t):
    completes(t, disturbed(t, lambda: t.hosts.power_off("node2")))


@case()
def link_cut(t):
    """The ranks behind the cut live on; they do no harm to the run that takes over, before and after the link heals."""
    outcome = disturbed(t, lambda: t.hosts.cut("node2"))
    print(f"  ranks that live on behind the cut: {len(t.hosts.processes('node2', 'ordermill'))}", flush=True)
    completes(t, outcome)
    t.hosts.heal("node2")
    t.check(wait_until(lambda: not t.hosts.processes("node2", "ordermill"), 60), "the ranks behind the cut end by themselves")
    t.same(outcome[2])
