"""The pages' commands that take too long, or need a machine that few have, run with smaller numbers: in a copy of the checkout,
where build/release is the build under test. A command that can't be run even so is listed with the reason, and long_commands.py
checks its form."""
import os
import re
import shutil
import subprocess

from support import ROOT, TIME_LIMIT, Test
from page_blocks import PAGES, commands

FROM = "tests/end_to_end/long_commands.py"
ORDERS = 20_000

# What is replaced in a command, in this order.
SMALLER = (
    (r"hostfiles/two-nodes", "hostfiles/this-host"),
    (r"-n 9\b", "-n 3"),
    (r"/data/", "data/"),
    (r"(ordermill run .* --output data/out/)retail", r"\1retail-again"),
    (r"/tmp/seeds", "seeds"),
    (r"--seconds 300", "--seconds 1"),
    (r"--runs 200", "--runs 1"),
    (r"^tests/faults/run", "tests/faults/run --folder ."),
    (r"--seeds 1-2000", "--seeds 1-2"),
    (r"^tests/oracle/run", "tests/oracle/run --golden ''"),
    (r"--orders 400000\b|--orders 20000000\b", f"--orders {ORDERS} --rounds 1"),
    (r"--workers 15 --parts 16", "--workers 2 --parts 3"),
    (r"^tests/bench/compare", "tests/bench/compare --scratch ."),
    (r"--burn 500000000", "--burn 5000000"),
    (r"--repeats 5", "--repeats 2"),
    (r"-L unit\b", "-R '^unit.crc_test$' --no-tests=error"),
    (r"--benchmark_repetitions=5", "--benchmark_repetitions=2 --benchmark_min_time=0.001"),
    (r"^tests/mutation/run$|^tests/mutation/run core/csv app/resume$", r"\g<0> --list"),
    (r"^cmake --preset release && cmake --build build/release", "cmake --preset release -B build/small && cmake --build build/small --target ordermill_system"),
)

# Commands that can't be run here, by a part that they have: the reason.
IMPOSSIBLE = {
    "podman ": "no test has a container registry",
    "kubectl ": "no test has a Kubernetes cluster; tests/cluster runs the containers' commands over ssh",
    "PEERS_DIR=": "the peers aren't part of this repository",
    "tests/cluster/run": "cluster.quick runs a selection of it",
    "libfuzzer": "clang isn't one of the build's packages",
    "tests/scale/run": "SimGrid isn't one of the build's packages",
}


class Copy:
    """A copy of the checkout in which the pages' commands find what they name."""

    def __init__(self, test):
        self.test = test
        self.root = test.path("checkout")
        shutil.copytree(ROOT, self.root, symlinks=True, ignore=lambda folder, _: [".git", "build"] if folder == ROOT else [])
        os.mkdir(os.path.join(self.root, "build"))
        os.symlink(os.path.dirname(test.ordermill), os.path.join(self.root, "build/release"))
        orders = test.generated_orders(ORDERS)
        os.mkdir(os.path.join(self.root, "data"))
        for name in ("orders.csv", "data/orders.csv"):
            os.symlink(orders, os.path.join(self.root, name))
        shutil.copy(os.path.join(ROOT, "jobs/retail.cfg"), os.path.join(self.root, "my.cfg"))
        self.write("hostfiles/this-host", "localhost slots=4\n")
        self.write("fuzz_clean.crash", "a,b\n1,2\n")
        if shutil.which("git"):
            self.run("git init -q")
        self.study("before")
        self.study("after")

    def write(self, name, text):
        with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
            file.write(text)

    def study(self, name):
        self.run(f"mpirun -n 2 build/release/ordermill study jobs/retail.cfg --input orders.csv --workers 1 --repeats 2 --output out/{name}")

    def run(self, command):
        """None if the command ends with 0, or what it said."""
        mpirun = os.path.dirname(shutil.which(self.test.mpirun))
        environment = dict(self.test.environment, PATH=mpirun + ":" + self.test.environment["PATH"], LC_ALL="C.UTF-8")
        try:
            done = subprocess.run(["bash", "-c", command], cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return "it hangs"
        return None if done.returncode == 0 else f"status {done.returncode}\n" + done.stdout.decode(errors="replace")[-2000:]


def smaller(command):
    for pattern, replacement in SMALLER:
        command = re.sub(pattern, replacement, command)
    return command


def missing_program(test, command):
    """What the command needs and this machine or build hasn't: benchmarks without their library, git."""
    if command.startswith("tests/mutation/run") and not shutil.which("git"):
        return "git"
    names = re.findall(r"build/release/(\w+)", command)
    return next((name for name in names if not os.path.exists(os.path.join(os.path.dirname(test.ordermill), name))), None)


def main():
    test = Test()
    copy = Copy(test)
    found = [(page, command) for page in PAGES if os.path.exists(os.path.join(ROOT, page)) for command in commands(page, FROM)]
    for page, command in found:
        reason = next((reason for part, reason in IMPOSSIBLE.items() if part in command), None)
        missing = missing_program(test, command)
        if reason or missing:
            print(f"not run: {command}: {reason or f'there is no {missing}'}", flush=True)
            continue
        wrong = copy.run(smaller(command))
        test.check(wrong is None, f"{page}: {smaller(command)}: {wrong}")
    for part in IMPOSSIBLE:
        test.check(any(part in command for _, command in found), f"no page has a command with {part!r}")
    test.check(copy.run("build/release/ordermill plan no-such.cfg") is not None, "a command that fails passes")
    test.finish()


main()
