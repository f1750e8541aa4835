"""What the cases share: the hosts, Slurm, a checkout that all hosts see, the outputs to compare with, and checks that count."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from hosts import HERE, Hosts, NotUp, read
from slurm import Slurm, configure

ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from whole_runs import Checks, generated_orders, outputs_of  # noqa: E402

CASES = []  # (name, whether it is quick, function), in the order of the files


def case(quick=False):
    """Marks a function as a case. `quick`: also under --quick."""
    def mark(function):
        CASES.append((function.__name__.replace("_", "-"), quick, function))
        return function
    return mark


class Harness(Checks):
    def __init__(self, count=3):
        super().__init__()
        # Not below /tmp, where each host has its own.
        self.site = tempfile.mkdtemp(prefix="ordermill-cluster-", dir="/var/tmp")
        self.checkout = os.path.join(self.site, "checkout")
        self.ordermill = self.path("build/release/ordermill")
        self.hosts = Hosts(self.site, count)
        self.slurm_daemons = None
        self.slurm_fails = None
        self.going_on = None
        self.references = {}
        self.outputs_made = 0

    def up(self, ordermill, orders):
        os.makedirs(os.path.dirname(self.ordermill))
        shutil.copy2(ordermill, self.ordermill)
        for folder in ("jobs", "slurm", "hostfiles"):
            shutil.copytree(os.path.join(ROOT, folder), self.path(folder))
        for name, count, seed in (("orders.csv", orders, 7), ("more.csv", orders // 4, 11)):
            generated_orders(self.ordermill, self.path(name), count, seed)
        with open(self.path("jobs/retail.cfg"), encoding="utf-8") as retail, open(self.path("plain.cfg"), "w", encoding="utf-8") as plain:
            plain.write(retail.read().split("[duplicates")[0])
        configure(self.site, self.hosts.names[1:])
        self.hosts.up()

    def close(self):
        """Ends everything; what is left all the same, in words."""
        self.hosts.down()
        left = self.hosts.left_behind()
        shutil.rmtree(self.site, ignore_errors=True)
        return left + ([f"the folder {self.site}"] if os.path.exists(self.site) else [])

    @property
    def slurm(self):
        """Started when the first case needs it, and tried once."""
        if self.slurm_fails:
            raise self.slurm_fails
        if self.slurm_daemons is None:
            try:
                self.slurm_daemons = Slurm(self.hosts, self.checkout)
            except NotUp as error:
                self.slurm_fails = error
                raise
        return self.slurm_daemons

    def path(self, name):
        return os.path.join(self.checkout, name)

    def new_output(self):
        self.outputs_made += 1
        return self.path(f"out/{self.outputs_made}")

    def contains(self, text, part):
        return self.check(part in text, f'"{part}" isn\'t in:\n{text[-3000:]}')

    def run(self, host, *words, status=0, limit=60, **more):
        """Runs a command on a host, in the checkout, which must end with the status within the limit: what it said."""
        try:
            done = self.hosts.inside(host, *words, folder=self.checkout, limit=limit, **more)
        except subprocess.TimeoutExpired as late:
            self.check(False, f"{' '.join(map(str, words))} hangs:\n{(late.stderr or b'')[-3000:]}")
            return ""
        said = done.stdout + done.stderr
        self.check(done.returncode == status, f"{' '.join(map(str, words))}: status {done.returncode}, not {status}:\n{said[-3000:]}")
        return said

    def start(self, host, *words, log, environment=None):
        """Starts a command on a host, in the checkout, and goes on; it writes what it says to the log."""
        with open(log, "wb") as file:
            self.going_on = subprocess.Popen(self.hosts.command(host, *words, folder=self.checkout, environment=environment),
                                             stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        return self.going_on

    def tidy(self):
        """Before a case: all hosts are up and connected, and nothing of the case before still runs."""
        if self.going_on and self.going_on.poll() is None:
            self.going_on.kill()
            self.going_on.wait()
        for name in self.hosts.names:
            if name not in self.hosts.running:
                self.hosts.boot(name)
                if self.slurm_daemons and name in self.slurm.nodes:
                    self.slurm.start(name, "slurmd")
            self.hosts.heal(name)
            for program in ("mpirun", "orted", "ordermill"):
                for process in self.hosts.processes(name, program):
                    with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
                        os.kill(process, signal.SIGKILL)
        if self.slurm_daemons:
            self.check(self.slurm.idle(), "Slurm's nodes are back before the next case")

    def size(self, name):
        return os.path.getsize(self.path(name))

    @staticmethod
    def clean(inputs, output, job="jobs/retail.cfg"):
        return ["clean", job, *(word for name in inputs for word in ("--input", name)), "--output", output]

    def reference(self, inputs, job):
        """What one process on node1 makes of the inputs; in it stands what they are called."""
        key = (job, *inputs)
        if key not in self.references:
            output = self.path(f"reference-{len(self.references)}")
            self.run("node1", self.ordermill, *self.clean(inputs, output, job), "--quiet")
            self.references[key] = outputs_of(output)
        return self.references[key]

    def same(self, output, inputs=("orders.csv",), job="jobs/retail.cfg"):
        """The output folder holds the bytes of one process' run, and nothing else."""
        expected = self.reference(inputs, job)
        made = outputs_of(output)
        differing = sorted(name for name in expected.keys() | made.keys() if expected.get(name) != made.get(name))
        return self.check(made and not differing, f"{output} differs from one process' output in {', '.join(differing)}")

    @staticmethod
    def report(output):
        return json.loads(read(os.path.join(output, "report.json")))
