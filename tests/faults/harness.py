"""Runs under mpirun that can be found and ended, and the bytes that they must come to."""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
from mpi_environment import mpi_environment  # noqa: E402
from whole_runs import generated_orders, outputs_of  # noqa: E402

LIMIT = 60  # seconds; a run here takes one or two
RECOVERY = ["--mca", "orte_enable_recovery", "1", "--mca", "async_mpi_finalize", "1"]
# Large messages go through shared memory piece by piece, as where reading other processes' memory is forbidden.
COPIED = ["--mca", "btl_vader_single_copy_mechanism", "none"]

FIELDS = """[fields]
invoice      = code "InvoiceNo" | required | upper | pattern C?[0-9]{6}[A-Z]?
stock_code   = code "StockCode" | required | upper
description  = text "Description" | collapse | upper
quantity     = integer "Quantity" | required | not 0
invoice_date = timestamp "InvoiceDate" | required | format "%m/%d/%Y %H:%M"
unit_price   = decimal "UnitPrice" | required | scale 2 | min 0
customer_id  = code "CustomerID" | pattern [0-9]+
country      = text "Country" | collapse
"""
JOBS = {
    "plain": FIELDS,
    "duplicates": FIELDS + "[duplicates.exact]\nkey = all\n",
    "parts": "[output]\nparts = 3\n" + FIELDS + "[duplicates.exact]\nkey = all\n",
    "orders": FIELDS + "[duplicates.exact]\nkey = all\n[order]\nid = invoice\nsame = country | flag\nonce.unique = stock_code\n"
                       "size.lines = ..30 | flag\nrejected_line = flag\n",
}


class Broken(Exception):
    pass


def processes(tag):
    """(number, rank) of a run's processes, by the tag in their environment; rank -1: mpirun itself."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environment = dict(pair.split(b"=", 1) for pair in file.read().split(b"\0") if b"=" in pair)
        except OSError:
            continue
        if environment.get(b"FAULT_RUN") == tag.encode():
            found.append((int(name), int(environment.get(b"OMPI_COMM_WORLD_RANK", b"-1"))))
    return found


class Harness:
    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="ordermill-faults-", dir=options.folder)
        self.environment = mpi_environment()
        self.transport = []
        self.input = os.path.join(self.folder, "orders.csv")
        self.say(f"in {self.folder}")
        generated_orders(options.ordermill, self.input, options.orders, 5)
        self.references = {}
        for name, text in JOBS.items():
            with open(self.job(name), "w", encoding="utf-8") as file:
                file.write(text)
            output = os.path.join(self.folder, "reference-" + name)
            begin = time.monotonic()
            subprocess.run([options.ordermill, "clean", self.job(name), "--input", self.input, "--output", output, "--quiet"], check=True)
            self.references[name] = self.outputs(output)
            self.say(f"{name}: undisturbed in {time.monotonic() - begin:.2f} s as one process")

    def say(self, text):
        print(text, flush=True)

    def job(self, name):
        return os.path.join(self.folder, name + ".cfg")

    @staticmethod
    def outputs(folder):
        files = outputs_of(folder)
        if "result" not in files:
            raise Broken("no report.json")
        return files

    def start(self, job, output, ranks, arguments, trouble=""):
        """`trouble`: ORDERMILL_FAULT, which makes tasks take longer, so that there is a middle to be hit."""
        command = [self.options.mpirun, *RECOVERY, *self.transport, "-n", str(ranks), "--oversubscribe", "--bind-to", "none",
                   self.options.ordermill, *self.clean(job, output, arguments)]
        return self.begin(command, job, output, trouble)

    def launch(self, job, output, ranks, arguments, trouble="", closed=""):
        """The same by `ordermill run`, which may start it again; with the descriptors of a shell's `closed`."""
        command = [self.options.ordermill, "run", "--restarts", "3", *self.transport, "-n", str(ranks), "--",
                   *self.clean(job, output, arguments)]
        return self.begin(["sh", "-c", f'exec "$@" {closed}', "sh", *command], job, output, trouble)

    def clean(self, job, output, arguments):
        return ["clean", self.job(job), "--input", self.input, "--output", output, "--quiet", "--checkpoint", "0.05", "--lease", "4",
                *arguments]

    def begin(self, command, job, output, trouble):
        tag = f"{os.getpid()}-{time.monotonic_ns()}"
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.log.write((" ".join(command) + "\n").encode())
        self.log.flush()
        run = subprocess.Popen(command, env=dict(self.environment, FAULT_RUN=tag, ORDERMILL_FAULT=trouble,
                                                       ORDERMILL_START_LIMIT="10"),
                               stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        run.tag = tag
        run.output = output
        run.job = job
        return run

    def end(self, run, what):
        """Waits for mpirun, and for ranks that outlive it. Nothing may be left after the limit."""
        try:
            status = run.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.kill_all(run)
            raise Broken(f"{what}: mpirun hangs") from None
        until = time.monotonic() + LIMIT
        while processes(run.tag):
            if time.monotonic() > until:
                left = processes(run.tag)
                self.kill_all(run)
                raise Broken(f"{what}: ranks {[rank for _, rank in left]} outlive mpirun")
            time.sleep(0.05)
        return status

    def kill_all(self, run):
        for number, _ in processes(run.tag):
            try:
                os.kill(number, signal.SIGKILL)
            except OSError:
                pass
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except OSError:
            pass
        run.wait()

    def complete(self, job, output, draw, what):
        """Goes on until report.json is there; sometimes disturbed again on the way."""
        for attempt in range(8):
            if os.path.exists(os.path.join(output, "report.json")) and not os.path.exists(os.path.join(output, ".ordermill")):
                return attempt
            run = self.start(job, output, draw.randint(2, 4), ["--resume"])
            if attempt < 2 and draw.random() < 0.3:
                time.sleep(draw.uniform(0.2, 1.2))
                self.kill_all(run)
                continue
            status = self.end(run, what + ", resumed")
            if status not in (0, 75) and attempt > 5:
                raise Broken(f"{what}: status {status} when resumed")
        raise Broken(f"{what}: not complete after 8 attempts")

    @staticmethod
    def earlier_work(output):
        with open(os.path.join(output, "report.json"), "rb") as file:
            return json.load(file)["run"]["bytes_done_by_earlier_runs"] > 0

    def one(self, seed, disturbances):
        """A run with one of the disturbances, functions by name: its name, and what came of it, to be counted."""
        draw = random.Random(seed)
        job = draw.choice(sorted(JOBS))
        name = self.options.only or draw.choice(sorted(disturbances))
        disturb = disturbances[name]
        ranks = draw.randint(3, 5)
        self.transport = COPIED if seed % 2 else []
        output = os.path.join(self.folder, f"out-{seed}")
        small = name == "a full disk"
        if small:
            where = os.path.join(self.folder, "small")
            os.makedirs(where, exist_ok=True)
            if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", where], check=False, capture_output=True).returncode:
                self.say(f"seed {seed}: {name}: skipped, no file system can be mounted here")
                return name, {"skipped": 1}
            output = os.path.join(where, f"out-{seed}")
        chunk = draw.choice([32, 100, 512])
        chunks = os.path.getsize(self.input) / (chunk << 10)
        # Two seconds of cleaning, or of what comes after it: exchange, measuring, writing.
        share = 2000 * (ranks - 1) / chunks
        trouble = f"pace={round(share)}" if draw.random() < 0.6 else f"pace={round(share / 4)},linger={round(share / 4)}"
        arguments = ["--chunk-size", f"{chunk}KiB"] + (["--memory", "1MiB"] if draw.random() < 0.3 else [])
        what = f"seed {seed}: {name}, {job}, {ranks} ranks, chunks of {chunk} KiB{', copied' if self.transport else ''}"
        begin = time.monotonic()
        verdict = "same bytes"
        resumed = 0
        late = False
        try:
            moment = draw.uniform(0.3, self.options.longest)
            run = self.start(job, output, ranks, arguments, trouble)
            time.sleep(moment)
            late = os.path.exists(os.path.join(output, "report.json"))
            goes_on = disturb(self, run, draw)
            status = self.end(run, what)
            if goes_on and not os.path.exists(os.path.join(output, "report.json")):
                raise Broken(f"didn't go on by itself, status {status}")
            resumed = self.complete(job, output, draw, what)
            if self.outputs(output) != self.references[job]:
                different = [key for key, value in self.references[job].items() if self.outputs(output).get(key) != value]
                raise Broken(f"different bytes: {different or 'more files'}")
            left = [entry for entry in os.listdir(output) if entry.startswith(".")]
            if left:
                raise Broken(f"left behind: {left}")
        except Broken as broken:
            verdict = f"BROKEN: {broken}"
        took_over = verdict == "same bytes" and resumed > 0 and self.earlier_work(output)
        self.say(f"{what}, {trouble}, after {moment:.2f} s: {verdict}{', it came too late' if late else ''}, resumed {resumed} times"
                 f"{', with earlier work' if took_over else ''}, {time.monotonic() - begin:.1f} s")
        if verdict == "same bytes":
            shutil.rmtree(output, ignore_errors=True)
        if small:
            subprocess.run(["umount", "-l", os.path.join(self.folder, "small")], check=False)
        return name, {"runs": 1, "too late": late, "identical bytes": verdict == "same bytes", "hangs": "hang" in verdict or "outlive" in verdict,
                      "resumed": resumed > 0, "from earlier work": took_over}
