"""The scripts of slurm/, each submitted to a real Slurm and followed to its end."""
import glob
import os
import time

from harness import case
from hosts import read, wait_until


def completed(t, job, limit=120):
    states = t.slurm.follow(job, limit)
    logs = "\n".join(read(log)[-2000:] for log in glob.glob(t.path(f"*-{job}*.log")))
    return t.check(set(states) == {"COMPLETED"}, f"job {job}: {states}\n{logs}")


@case(quick=True)
def one_node(t):
    job = t.slurm.submit("--ntasks=2", "slurm/one-node.sbatch")
    completed(t, job)
    t.same(t.path(f"out/slurm-{job}"))


@case(quick=True)
def many_nodes(t):
    output = t.new_output()
    completed(t, t.slurm.submit("--ntasks-per-node=2", "slurm/many-nodes.sbatch", environment={"OUTPUT": output}))
    t.same(output)
    t.check(t.report(output)["run"]["ranks"] == 5, "two workers on each of two nodes, and rank 0")


@case(quick=True)
def array(t):
    output = t.new_output()
    inputs = ["orders.csv", "more.csv"]
    with open(t.path("inputs.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(inputs) + "\n")
    completed(t, t.slurm.submit("--array=1-2%1", "slurm/array.sbatch", environment={"OUTPUT": output}))
    for task, name in enumerate(inputs, 1):
        t.same(os.path.join(output, str(task)), [name])


@case()
def scaling_study(t):
    output = t.new_output()
    completed(t, t.slurm.submit("--ntasks-per-node=2", "slurm/scaling-study.sbatch",
                                environment={"OUTPUT": output, "SIZES": "1,2", "REPEATS": "2"}), 300)
    for name in ("study.html", "raw.csv"):
        t.check(os.path.exists(os.path.join(output, name)), f"the study has no {name}")


@case()
def requeue(t):
    """A run that is longer than its limit of a minute: Slurm's own signal comes before that, and no hand but the script's helps."""
    output = t.new_output()
    job = t.slurm.submit("--time=00:01:00", "--signal=B:USR1@30", "slurm/requeue.sbatch",
                         environment={"OUTPUT": output, "OPTIONS": "--chunk-size 256KiB --checkpoint 1",
                                      "ORDERMILL_FAULT": "pace=2500"})
    completed(t, job, 420)
    t.contains(read(t.path(f"ordermill-{job}.log")), "back into the queue")
    run = t.report(output)["run"]
    t.check(run["chunks_restored"] > 0 or run["bytes_done_by_earlier_runs"] > 0, f"the last turn began at the beginning: {run}")
    t.same(output)


@case()
def node_lost(t):
    """A node of a running job goes off: Slurm puts the job back into its queue by itself, and the next turn goes on."""
    output = t.new_output()
    job = t.slurm.submit("--nodes=2", "--ntasks=4", "--ntasks-per-node=2", "slurm/requeue.sbatch",
                         environment={"OUTPUT": output, "OPTIONS": "--chunk-size 256KiB --checkpoint 1",
                                      "ORDERMILL_FAULT": "pace=1200"})
    t.check(wait_until(lambda: t.hosts.processes("node3", "ordermill"), 30), "it runs on both nodes")
    time.sleep(5)
    t.hosts.power_off("node3")
    begin = time.monotonic()
    t.check(wait_until(lambda: t.slurm.states(job) != ["RUNNING"], 60), f"Slurm notices: {t.slurm.states(job)}")
    print(f"  {t.slurm.states(job)} {time.monotonic() - begin:.1f} s after the power went", flush=True)
    t.hosts.boot("node3")
    t.slurm.forget_steps("node3")
    t.slurm.start("node3", "slurmd")
    completed(t, job, 300)
    run = t.report(output)["run"]
    t.check(run["chunks_restored"] > 0 or run["bytes_done_by_earlier_runs"] > 0, f"the last turn began at the beginning: {run}")
    t.same(output)


@case()
def node_cut(t):
    """A node is cut off, and Slurm starts its job again elsewhere, while the old ranks live on and write: the new run finds out
    that they do, goes back into the queue, and completes what they leave, or finds it complete."""
    output = t.new_output()
    job = t.slurm.submit("slurm/requeue.sbatch", environment={"OUTPUT": output, "OPTIONS": "--chunk-size 256KiB --checkpoint 1",
                                                              "ORDERMILL_FAULT": "pace=1500"})
    t.check(wait_until(lambda: t.hosts.processes("node2", "ordermill"), 30), "it runs on the first node")
    time.sleep(5)
    old = len(t.hosts.processes("node2", "ordermill"))
    t.hosts.cut("node2")
    t.check(wait_until(lambda: t.hosts.processes("node3", "ordermill"), 90), f"Slurm starts it on the other node: {t.slurm.states(job)}")
    print(f"  {len(t.hosts.processes('node2', 'ordermill'))} of {old} ranks live on behind the cut", flush=True)
    ended = t.slurm.follow(job, 240)
    t.hosts.heal("node2")
    t.check(set(ended) == {"COMPLETED"}, f"job {job}: {ended}\n{read(t.path(f'ordermill-{job}.log'))[-3000:]}")
    t.same(output)
    t.check(wait_until(lambda: not t.hosts.processes("node2", "ordermill"), 60), "the ranks behind the cut end by themselves")
    t.same(output)
