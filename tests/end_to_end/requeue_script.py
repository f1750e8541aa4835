"""slurm/requeue.sbatch without a Slurm: srun, scontrol and scancel are small scripts, the runs are real. tests/cluster/run submits the
script to a real Slurm."""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from support import JOBS, ROOT, TIME_LIMIT, Test, outputs_of

# Each launch takes the next word of the file `launches`: a status to end with, or what happens to a real run of one process.
SRUN = r"""#!{python}
import glob, os, signal, subprocess, sys, time
words = open("launches").read().split()
open("launches", "w").write("\n".join(words[1:]))
word = words[0] if words else "250"
if word.isdigit():
    sys.exit(int(word))
command = sys.argv[sys.argv.index(os.environ["ORDERMILL"]):]
command[command.index("--expect-ranks") + 1] = "1"
folder = os.environ["OUTPUT"] + "/.ordermill/"
journals = lambda: set(glob.glob(folder + "journal-*"))
if word == "run":
    os.execv(command[0], command)
before = journals()
slow = dict(os.environ, ORDERMILL_FAULT="pace=60000" if word == "killed" else "pace=150")
often = "1000" if word == "killed" else "0.05"
run = subprocess.Popen([*command, "--chunk-size", "64KiB", "--checkpoint", often], env=slow)
begun = lambda: any(os.path.getsize(name) > 0 for name in journals() - before)
while not begun() and run.poll() is None:
    time.sleep(0.01)
if word == "killed":          # before it could record anything
    time.sleep(0.2)
    run.kill()
    run.wait()
    sys.exit(137)
if word == "stopped":         # after some chunks
    time.sleep(0.6)
    run.send_signal(signal.SIGUSR1)
if word == "signalled":       # as Slurm's signal before the time limit does it: the script passes it on
    signal.signal(signal.SIGUSR1, lambda *_: run.send_signal(signal.SIGUSR1))
    time.sleep(0.6)
    os.kill(os.getppid(), signal.SIGUSR1)
sys.exit(run.wait())
"""
SCONTROL = "#!/bin/sh\necho \"$@\" >>requeued\n"
SCANCEL = "#!/bin/sh\nexit 1\n"
PLAIN, STAGED = "plain.cfg", "staged.cfg"

# What the launches do; the exit code; how often the job goes back into the queue; a part of what is said.
CASES = [
    ("run", 0, 0, ""),
    ("2", 2, 0, ""),
    ("1 run", 0, 0, "the launch failed with status 1; once more in 0 s"),
    ("137 143 run", 0, 1, "not complete (status 143); the job goes back"),
    ("1 1 1 1 1 1", 1, 2, "3 turns in a row recorded nothing new, and the last one ended with status 1,"),
    ("75 75 75", 75, 2, "3 turns in a row recorded nothing new, and the last one ended with status 75,"),
    ("3 3 75 137 75 run", 75, 2, "3 turns in a row"),
    ("75 75 stopped 75 75 run", 0, 5, "status 75"),
    ("stopped stopped run", 0, 2, "not complete"),
    ("stopped killed killed killed killed killed killed run", 137, 3, "3 turns in a row recorded nothing new"),
    ("75 75 signalled run", 0, 3, "stopping"),
]


class Job:
    """A folder with the script's fakes in it, and what one job made there."""

    def __init__(self, test, job, launches, **more):
        self.name = job
        self.folder = test.new_folder()
        self.output = os.path.join(self.folder, "out", job.removesuffix(".cfg"))
        os.makedirs(os.path.join(self.folder, "bin"))
        for name, text in (("srun", SRUN.replace("{python}", sys.executable)), ("scontrol", SCONTROL), ("scancel", SCANCEL)):
            path = os.path.join(self.folder, "bin", name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o755)
        with open(os.path.join(self.folder, "launches"), "w", encoding="utf-8") as file:
            file.write(launches.replace(" ", "\n"))
        self.environment = dict(test.environment, PATH=f"{self.folder}/bin:{os.environ['PATH']}", SLURM_JOB_ID="17", SLURM_NTASKS="2",
                                ORDERMILL=test.ordermill, JOB=test.path(job), INPUT=test.path("orders.csv"), PAUSE="0",
                                OUTPUT=self.output, **more)
        self.said = ""

    def requeued(self):
        path = os.path.join(self.folder, "requeued")
        return open(path, encoding="utf-8").read().split("\n")[:-1] if os.path.exists(path) else []

    def follow(self):
        """Turns, until one doesn't go back into the queue: the last one's status."""
        for turn in range(12):
            done = subprocess.run(["bash", os.path.join(ROOT, "slurm/requeue.sbatch")], cwd=self.folder,
                                  env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False)
            self.said += done.stdout.decode(errors="replace")
            if len(self.requeued()) == turn:
                return done.returncode
        return None


def main():
    test = Test()
    test.generated_orders(20_000)
    with open(os.path.join(JOBS, "retail.cfg"), encoding="utf-8") as retail:
        test.write(PLAIN, retail.read().split("[duplicates")[0])
    shutil.copy(os.path.join(JOBS, "retail.cfg"), test.path(STAGED))
    expected = {job: test.clean(test.path(job), [test.path("orders.csv")]).files() for job in (PLAIN, STAGED)}
    table = [(case, Job(test, job, case[0])) for case in CASES
             for job in ((PLAIN, STAGED) if "killed" in case[0] else (PLAIN,))]
    # More rejects than allowed are the run's own verdict, not a launch that failed with srun's 1.
    table.append((("run run", 1, 0, "more than max_rejects or --strict allows"), Job(test, PLAIN, "run run", OPTIONS="--strict")))
    with ThreadPoolExecutor(8) as side_by_side:  # they sleep most of the time
        ended = list(side_by_side.map(lambda row: row[1].follow(), table))
    for ((launches, status, requeues, says), made), got in zip(table, ended):
        what = f"{made.name}, {launches}"
        test.check(got == status, f"{what}: the job's status is {got}, not {status}; it said:\n{made.said[-2500:]}")
        test.equal(made.requeued(), ["requeue 17"] * requeues, f"{what}: requeued")
        test.check(says in made.said, f"{what}: it doesn't say {says}:\n{made.said[-2500:]}")
        test.check(not os.path.exists(os.path.join(made.folder, "ordermill-17.turns")), f"{what}: the count stays behind")
        if status == 0 and launches.endswith("run"):
            test.check(outputs_of(made.output) == expected[made.name], f"{what}: the outputs are others than of one run")
    test.finish()


main()
