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
SMALL_CHUNKS = ["--chunk-size", "256KiB", "--checkpoint", "0.5"]


def disturbed(t, trouble, output=None):
    """A run of some 15 s, with trouble in its midst: its status (None: it hangs), what it said, its output folder, as node1
    has it."""
    with open(t.path("hosts-for-faults"), "w", encoding="utf-8") as file:
        file.write("node1 slots=3\nnode2 slots=2\n")
    output = output or t.new_output()
    log = os.path.join(t.site, "log")
    run = t.start("node1", *LAUNCHER, *t.clean(["orders.csv"], output), *SMALL_CHUNKS, log=log)
    t.check(wait_until(lambda: len(t.hosts.processes("node2", "ordermill")) == 2, 20), "two ranks on node2")
    time.sleep(4)
    t.check(run.poll() is None, f"the run was over before the trouble:\n{read(log)}")
    begin = time.monotonic()
    trouble()
    t.check(wait_until(lambda: run.poll() is not None or "is lost" in read(log), LIMIT),
            f"nothing was noticed within {LIMIT} s:\n{read(log)[-3000:]}")
    noticed = time.monotonic() - begin
    ended = wait_until(lambda: run.poll() is not None, GOING_ON_LIMIT)
    took = time.monotonic() - begin
    print(f"  noticed after {noticed:.1f} s, status {run.returncode} after {took:.1f} s", flush=True)
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
    seen = t.hosts.own("node1", output)
    t.same(seen)
    lost = t.report(seen)["run"]["lost_ranks"]
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


@case()
def worker_killed_unshared(t):
    """The output folder is node1's own: what the other host cleans comes back to rank 0."""
    completes(t, disturbed(t, lambda: os.kill(t.hosts.processes("node2", "ordermill")[0], signal.SIGKILL), "/tmp/unshared"))


@case()
def host_powered_off_unshared(t):
    completes(t, disturbed(t, lambda: t.hosts.power_off("node2"), "/tmp/unshared-off"))


@case()
def takes_over_behind_a_cut(t):
    """A new run goes on while ranks of the old one live on behind a cut, as Slurm's requeue does it. When the link heals they
    write to the same folder's old files, or not at all: the bytes are the same then and later."""
    outcome = disturbed(t, lambda: t.hosts.cut("node2"))
    lived_on = t.hosts.processes("node2", "ordermill")
    output = outcome[2]
    if outcome[0] == 0:  # it went on without them: then another run replaces it
        t.run("node1", "build/release/ordermill", *t.clean(["orders.csv"], output), "--force")
    else:
        t.run("node1", "build/release/ordermill", *t.clean(["orders.csv"], output), "--resume")
    print(f"  ranks that lived on: {len(lived_on)}", flush=True)
    t.hosts.heal("node2")
    t.same(output)
    t.check(wait_until(lambda: not t.hosts.processes("node2", "ordermill"), 60), "the ranks behind the cut end by themselves")
    t.same(output)


# Open MPI 4's mpirun is told of a dead link only by its own keep-alive, which begins after 300 s unless it is told otherwise.
KEEP_ALIVE = ["--mca", "oob_tcp_keepalive_time", "3", "--mca", "oob_tcp_keepalive_intvl", "2", "--mca", "oob_tcp_keepalive_probes", "2"]


@case()
def link_cut_under_plain_mpirun(t):
    """Without `ordermill run`: the others complete the outputs, and mpirun stays. With the flags it ends the run, and --resume goes
    on."""
    with open(t.path("hosts-for-faults"), "w", encoding="utf-8") as file:
        file.write("node1 slots=3\nnode2 slots=2\n")
    for flags, status in (([], None), (KEEP_ALIVE, 205)):
        output, log = t.new_output(), os.path.join(t.site, "log")
        run = t.start("node1", "mpirun", *flags, "--hostfile", "hosts-for-faults", "-n", "5", "--bind-to", "none",
                      "-x", "ORDERMILL_FAULT=pace=500", "build/release/ordermill", *t.clean(["orders.csv"], output), *SMALL_CHUNKS, log=log)
        t.check(wait_until(lambda: len(t.hosts.processes("node2", "ordermill")) == 2, 20), "two ranks on node2")
        time.sleep(3)
        t.hosts.cut("node2")
        begin = time.monotonic()
        wait_until(lambda: run.poll() is not None or os.path.exists(f"{output}/report.json"), GOING_ON_LIMIT)
        print(f"  {'with' if flags else 'without'} the flags: status {run.poll()} after {time.monotonic() - begin:.1f} s", flush=True)
        t.check(run.poll() == status, f"status {run.poll()}, not {status}:\n{read(log)[-3000:]}")
        if status is not None:
            t.run("node1", "build/release/ordermill", *t.clean(["orders.csv"], output), "--resume")
        t.same(output)
        t.tidy()


def freezes_elsewhere(t, restarts):
    """The launcher is on node1, rank 0 on node2 and stopped by a signal: the run's status, what it said and its output folder."""
    with open(t.path("hosts-elsewhere"), "w", encoding="utf-8") as file:
        file.write("node2 slots=2\nnode3 slots=1\n")
    output, log = t.new_output(), os.path.join(t.site, "log")
    run = t.start("node1", "build/release/ordermill", "run", "--hostfile", "hosts-elsewhere", "-n", "3", "--restarts", restarts,
                  "-x", "ORDERMILL_FAULT=pace=300", "--", *t.clean(["orders.csv"], output), *SMALL_CHUNKS, log=log)
    t.check(wait_until(lambda: os.path.exists(f"{output}/.clean.csv.part"), 30), f"writes:\n{read(log)[-3000:]}")
    rank0 = [process for process in t.hosts.processes("node2", "ordermill")
             if "OMPI_COMM_WORLD_RANK=0\0" in read(f"/proc/{process}/environ")]
    if t.check(len(rank0) == 1, "rank 0 is on node2"):
        os.kill(rank0[0], signal.SIGSTOP)
    begin = time.monotonic()
    ended = wait_until(lambda: run.poll() is not None, 90)
    print(f"  status {run.returncode} after {time.monotonic() - begin:.1f} s", flush=True)
    t.check(ended, f"hangs:\n{read(log)[-3000:]}")
    t.contains(read(log), "rank 0, on another host, gives no sign of life")
    t.check(not rank0 or not os.path.exists(f"/proc/{rank0[0]}"), "the rank that stood still is gone")
    return run.returncode, read(log), output


@case()
def rank0_frozen_elsewhere(t):
    """The launcher neither sees rank 0's process nor its files: it hears no beat any more."""
    completes(t, freezes_elsewhere(t, "0"))


@case()
def rank0_frozen_elsewhere_restarts(t):
    status, said, output = freezes_elsewhere(t, "1")
    t.check(status == 0, f"status {status}:\n{said[-3000:]}")
    t.contains(said, "restart 1 of 1")
    t.same(output)


@case(quick=True)
def launcher_on_another_host(t):
    """The run's own exit code reaches a launcher that isn't on rank 0's host."""
    with open(t.path("hosts-elsewhere"), "w", encoding="utf-8") as file:
        file.write("node2 slots=2\nnode3 slots=1\n")
    launcher = ["build/release/ordermill", "run", "--hostfile", "hosts-elsewhere", "-n", "3", "--"]
    output = t.new_output()
    t.run("node1", *launcher, *t.clean(["orders.csv"], output))
    t.same(output)
    t.run("node1", *launcher, *t.clean(["orders.csv"], t.new_output()), "--strict", status=1)
