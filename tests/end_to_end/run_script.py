"""`tests/run.sh` as the pages call it, in a checkout of its own. Stand-ins for cmake and ctest note down how they were called,
and one for dpkg-query says that every package is there."""
import os
import shutil
import subprocess

from support import ROOT, TIME_LIMIT, Test
from page_blocks import commands

STAND_INS = {
    "cmake": 'echo "cmake $*" >> "$CALLS"\n',
    "ctest": 'echo "ctest $*" >> "$CALLS"\nexit "${CTEST_STATUS-0}"\n',
    "dpkg-query": 'shift 3; for package; do echo "installed $package"; done\n',
    "apt-get": "echo 'apt-get was called'; exit 1\n",
}


class Checkout:
    """What run.sh needs of a checkout; in a folder with a space in its name."""

    def __init__(self, test):
        self.root = test.path("a checkout")
        shutil.copytree(os.path.join(ROOT, "src/cmake"), os.path.join(self.root, "src/cmake"))
        os.mkdir(os.path.join(self.root, "tests"))
        shutil.copy(os.path.join(ROOT, "tests/run.sh"), os.path.join(self.root, "tests/run.sh"))
        for name, text in STAND_INS.items():
            os.chmod(test.write("bin/" + name, "#!/bin/sh\n" + text), 0o755)
        self.calls = test.path("calls")
        self.environment = dict(os.environ, PATH=test.path("bin") + ":" + os.environ["PATH"], CALLS=self.calls)
        self.environment.pop("CI", None)

    def run(self, command, **variables):
        """Its status, what it said, and what was called: from the checkout's folder, as a page says."""
        if os.path.exists(self.calls):
            os.remove(self.calls)
        done = subprocess.run(["bash", "-c", command], cwd=self.root, env=dict(self.environment, **variables), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False)
        calls = []
        if os.path.exists(self.calls):
            with open(self.calls, encoding="utf-8") as file:
                calls = [line.replace(self.root, "ROOT").rstrip("\n") for line in file]
        return done.returncode, done.stdout.decode(), calls


def expected_calls(command, cores):
    """What the words behind tests/run.sh ask for."""
    words = command.split()[1:]
    some = [f" -R {words[words.index('-R') + 1]}"] if "-R" in words else [""]
    presets = ["release"] + ["sanitize"] * ("--sanitize" in words)
    return [call for preset in presets for call in (
        f"cmake -S ROOT --preset {preset} -DORDERMILL_TESTS=ON",
        f"cmake --build ROOT/build/{preset} --parallel {cores}",
        f"ctest --test-dir ROOT/build/{preset} --output-on-failure --no-tests=error --parallel {2 * cores}" + some[0])]


def main():
    test = Test()
    checkout = Checkout(test)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = (commands("README.md", "tests/end_to_end/run_script.py") +
             commands("tests/README.md", "tests/end_to_end/run_script.py"))
    test.check(any("-R" in one for one in found) and any("--sanitize" in one for one in found), f"the pages show both options: {found}")
    for command in found:
        status, said, calls = checkout.run(command)
        test.equal(status, 0, f"{command}: status; {said}")
        test.equal(calls, expected_calls(command, cores), f"{command}: what it calls")
        test.check(not said, f"{command}: is silent but for what it calls: {said}")

    status, _, calls = checkout.run("./tests/run.sh", CTEST_STATUS="8")
    test.equal((status, len(calls)), (8, 3), "run.sh: the status is ctest's")
    status, _, calls = checkout.run("./tests/run.sh", CI="true")
    test.equal(calls[:1], ["cmake -S ROOT --preset ci -DORDERMILL_TESTS=ON"], "run.sh with CI=true: warnings are errors")
    for wrong in ("./tests/run.sh --no-such-option", "./tests/run.sh -R"):
        status, said, calls = checkout.run(wrong)
        test.check(status == 2 and "--help" in said and not calls, f"{wrong}: {status}, {said}")
    test.finish()


main()
