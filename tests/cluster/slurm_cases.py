"""The scripts of slurm/, each submitted to a real Slurm and followed to its end."""
import collections
import glob
import os
import shutil
import time

from harness import case
from hosts import read, wait_until
from page_blocks import commands


def completed(t, job, limit=120):
    states = t.slurm.follow(job, limit)
    logs = "\n".join(read(log)[-2000:] for log in glob.glob(t.path(f"*-{job}*.log")))
    return t.check(set(states) == {"COMPLETED"}, f"job {job}: {states}\n{logs}")


def log_of(t, job):
    return read(t.path(f"ordermill-{job}.log"))


def nodes_in_use(t):
    return [node for node in t.slurm.nodes if t.hosts.processes(node, "ordermill")]


def recorded(output):
    """Whether a run there has recorded something that another one can go on from."""
    journals = "".join(read(journal) for journal in glob.glob(f"{output}/.ordermill/journal-*"))
    return '"checkpoint"' in journals or '"kept"' in journals


def went_on(t, output):
    run = t.report(output)["run"]
    t.check(run["chunks_restored"] > 0 or run["bytes_done_by_earlier_runs"] > 0, f"the last turn began at the beginning: {run}")


# A run of some twenty seconds that records what it has each half second.
SLOW = {"OPTIONS": "--chunk-size 256KiB --checkpoint 0.5", "ORDERMILL_FAULT": "pace=500"}


@case(quick=True)
def one_node(t):
    """As it stands, without a setting; once more, and there is nothing to do."""
    job = t.slurm.submit("--ntasks=2", "slurm/one-node.sbatch")
    completed(t, job)
    t.same(t.path("out/retail"))
    again = t.slurm.submit("--ntasks=2", "slurm/one-node.sbatch")
    completed(t, again)
    t.contains(log_of(t, again), "complete already")


def page_lines(t):
    """The sbatch lines of slurm/README.md, and what they name."""
    t.check(t.slurm.idle(), "Slurm is up")
    os.makedirs(t.path("data"), exist_ok=True)
    shutil.copy(t.path("orders.csv"), t.path("data/orders.csv"))
    shutil.copy(t.path("jobs/retail.cfg"), t.path("my.cfg"))
    lines = commands("slurm/README.md", "tests/cluster/slurm_cases.py")
    t.check(lines, "the page has no sbatch line")
    return lines


def submitted_as_it_stands(t, line):
    """A line of the page, word by word, followed to its end: the output folder."""
    shutil.rmtree(t.path("out/all"), ignore_errors=True)
    said = t.run("node1", "bash", "-c", line)
    if t.contains(said, "Submitted batch job"):
        completed(t, said.split()[-1])
        t.same(t.path("out/all"), ["data/orders.csv"], "my.cfg")
    return t.path("out/all")


@case(quick=True)
def many_nodes(t):
    """The page's first line. Nodes of four CPUs and two: a worker on each, and rank 0 beside those of the first node."""
    output = submitted_as_it_stands(t, page_lines(t)[0])
    ranks = collections.Counter(rank["host"] for rank in t.report(output)["run"]["by_rank"])
    t.check(ranks == {"node2": 5, "node3": 2}, f"ranks by node: {ranks}")


@case()
def the_page(t):
    """Its other lines."""
    for line in page_lines(t)[1:]:
        submitted_as_it_stands(t, line)


@case()
def many_nodes_alike(t):
    output = t.new_output()
    completed(t, t.slurm.submit("--ntasks-per-node=2", "slurm/many-nodes.sbatch", environment={"OUTPUT": output}))
    t.same(output)
    ranks = collections.Counter(rank["host"] for rank in t.report(output)["run"]["by_rank"])
    t.check(ranks == {"node2": 3, "node3": 2}, f"ranks by node: {ranks}")


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
def memory(t):
    """What a job may use is Slurm's to say: `plan` names it, and each rank of a node gets its share."""
    for words, says in ((["--mem=400M"], "400.0 MiB for its ranks together (SLURM_MEM_PER_NODE=400)"),
                        (["--mem-per-cpu=150M"], "300.0 MiB for its ranks together (SLURM_MEM_PER_CPU=150 and SLURM_CPUS_ON_NODE=2)")):
        job = t.slurm.submit("--nodes=1", "--ntasks=2", *words, "--output=ordermill-%j.log", "--wrap",
                             "srun --mpi=pmix build/release/ordermill plan plain.cfg --input orders.csv")
        completed(t, job)
        t.contains(log_of(t, job), says)


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
    t.contains(log_of(t, job), "back into the queue")
    went_on(t, output)
    t.same(output)


@case()
def requeued(t):
    """`scontrol requeue` in the middle of each script, as Slurm does it when a node fails or another job goes first."""
    with open(t.path("requeued.txt"), "w", encoding="utf-8") as file:
        file.write("orders.csv\n")
    jobs = {}  # script -> (job, output); the one that needs both nodes first: the others would fill one of them
    for script, words in (("many-nodes", ["--ntasks=2"]), ("one-node", ["--ntasks=1"]), ("array", ["--array=1-1"]),
                          ("requeue", ["--ntasks=1"])):
        folder = t.new_output()
        job = t.slurm.submit(*words, f"slurm/{script}.sbatch", environment=dict(SLOW, OUTPUT=folder, LIST="requeued.txt"))
        jobs[script] = (job, folder + ("/1" if script == "array" else ""))
    for script, (job, output) in jobs.items():
        if t.check(wait_until(lambda: recorded(output), 60), f"{script} has recorded something"):
            t.slurm.ask("scontrol", "requeue", job)
    for script, (job, output) in jobs.items():
        if completed(t, job, 240):
            t.same(output)
            went_on(t, output)
            said = "".join(read(log) for log in glob.glob(t.path(f"ordermill-{job}*.log")))
            t.check(said.count("by reference") == 2, f"{script}: both turns are in the log:\n{said[-3000:]}")


@case()
def study_requeued(t):
    """A study goes on with the runs that it has not measured yet; submitted once more, it has nothing left to measure."""
    output = t.new_output()
    environment = {"OUTPUT": output, "SIZES": "1,2", "REPEATS": "3", "ORDERMILL_FAULT": "pace=300", "OPTIONS": "--precision 0.001"}
    job = t.slurm.submit("--ntasks-per-node=2", "slurm/scaling-study.sbatch", environment=environment)
    raw = f"{output}/raw.csv"
    t.check(wait_until(lambda: os.path.exists(raw) and "\n" in read(raw).partition("\n")[2], 60), "it has measured something")
    before = read(raw).split("\n")[1:-1]
    t.slurm.ask("scontrol", "requeue", job)
    completed(t, job, 300)
    t.check(os.path.exists(f"{output}/study.html"), "the study has no page")
    t.check(set(before) <= set(read(raw).split("\n")), "the runs that it had measured are kept")
    t.contains(log_of(t, job), "were measured by an earlier launch")
    whole = read(raw)
    again = t.slurm.submit("--ntasks-per-node=2", "slurm/scaling-study.sbatch", environment=environment)
    completed(t, again, 300)
    t.check(read(raw) == whole, "a study that is whole measures nothing again")


@case()
def preempted(t):
    """A job of a higher priority takes the nodes from the scripts; then they go on."""
    jobs = []
    for script, words in (("many-nodes", ["--ntasks=2"]), ("one-node", ["--ntasks=1"]), ("requeue", ["--ntasks=1"])):
        output = t.new_output()
        jobs.append((t.slurm.submit(*words, f"slurm/{script}.sbatch", environment=dict(SLOW, OUTPUT=output)), output))
    for job, output in jobs:
        t.check(wait_until(lambda: recorded(output), 60), f"job {job} has recorded something")
    urgent = t.slurm.submit("--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap", "sleep 3")
    t.check(wait_until(lambda: t.slurm.states(urgent) == ["RUNNING"], 60), f"the urgent job runs: {t.slurm.states(urgent)}")
    for job, _ in jobs:
        t.check(t.slurm.states(job) == ["PENDING"], f"job {job} makes room: {t.slurm.states(job)}")
    completed(t, urgent)
    for job, output in jobs:
        if completed(t, job, 240):
            t.same(output)
            went_on(t, output)


@case()
def no_progress(t):
    """A launch that never gets anywhere: three turns, and then the reason."""
    job = t.slurm.submit("slurm/requeue.sbatch", environment={"OUTPUT": t.new_output(), "ORDERMILL": "/bin/false", "PAUSE": "0"})
    states = t.slurm.follow(job, 120)
    t.check(states == ["FAILED"], f"job {job}: {states}")
    t.contains(log_of(t, job), "3 turns in a row recorded nothing new, and the last one ended with status 1")


@case()
def node_lost(t):
    """A node of a running job goes off and comes back: Slurm puts the job back into its queue by itself. What its first life left
    there may keep the next launch from starting; the script repeats it, and the run goes on."""
    output = t.new_output()
    job = t.slurm.submit("--nodes=2", "--ntasks=4", "--ntasks-per-node=2", "slurm/requeue.sbatch",
                         environment={"OUTPUT": output, "OPTIONS": "--chunk-size 256KiB --checkpoint 1", "ORDERMILL_FAULT": "pace=1200"})
    t.check(wait_until(lambda: t.hosts.processes("node3", "ordermill"), 30), "it runs on both nodes")
    time.sleep(5)
    t.hosts.power_off("node3")
    begin = time.monotonic()
    t.check(wait_until(lambda: t.slurm.states(job) != ["RUNNING"], 60), f"Slurm notices: {t.slurm.states(job)}")
    print(f"  {t.slurm.states(job)} {time.monotonic() - begin:.1f} s after the power went", flush=True)
    t.hosts.boot("node3")
    t.slurm.start("node3", "slurmd")
    completed(t, job, 300)
    failed = log_of(t, job).count("the launch failed")
    print(f"  {failed} launches failed", flush=True)
    went_on(t, output)
    t.same(output)


@case()
def node_cut(t):
    """A node is cut off, and Slurm starts its job again elsewhere, while the old ranks live on and write: the new run finds out
    that they do, goes back into the queue, and completes what they leave, or finds it complete."""
    output = t.new_output()
    job = t.slurm.submit("slurm/requeue.sbatch", environment={"OUTPUT": output, "OPTIONS": "--chunk-size 256KiB --checkpoint 1",
                                                              "ORDERMILL_FAULT": "pace=1500"})
    t.check(wait_until(lambda: nodes_in_use(t), 30), "it runs")
    cut = nodes_in_use(t)[0]
    other = next(node for node in t.slurm.nodes if node != cut)
    time.sleep(5)
    old = len(t.hosts.processes(cut, "ordermill"))
    t.hosts.cut(cut)
    t.check(wait_until(lambda: t.hosts.processes(other, "ordermill"), 90), f"Slurm starts it on the other node: {t.slurm.states(job)}")
    print(f"  {len(t.hosts.processes(cut, 'ordermill'))} of {old} ranks live on behind the cut", flush=True)
    ended = t.slurm.follow(job, 240)
    t.hosts.heal(cut)
    t.check(set(ended) == {"COMPLETED"}, f"job {job}: {ended}\n{log_of(t, job)[-3000:]}")
    t.same(output)
    t.check(wait_until(lambda: not t.hosts.processes(cut, "ordermill"), 60), "the ranks behind the cut end by themselves")
    t.same(output)
