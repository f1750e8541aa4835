"""The archive for a machine that can install nothing: tests/bench/archive makes it, and its series runs in a chroot that holds nothing
else. The page's commands, on a small input."""
import os
import shutil
import subprocess

from support import ROOT, TIME_LIMIT, Test
from page_blocks import commands

SMALL = " --orders 2000 --workers 1 --repeats 1"


def main():
    test = Test()
    own_mounts = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "true"]
    why_not = None if shutil.which("ompi_info") else "there is no ompi_info"
    if not why_not and subprocess.run(own_mounts, capture_output=True, check=False).returncode != 0:
        why_not = "this machine doesn't allow mounts of one's own"
    if why_not:
        test.skip(why_not)
        test.finish()
    os.makedirs(test.path("build/release"))
    os.symlink(test.ordermill, test.path("build/release/ordermill"))
    for line in commands("tests/bench/README.md", "tests/end_to_end/archive.py"):
        line = line.replace("tests/bench/archive", f"{ROOT}/tests/bench/archive --ordermill build/release/ordermill")
        line += SMALL if line.endswith("series") else ""
        done = subprocess.run(["bash", "-c", line], cwd=test.scratch, env=test.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=TIME_LIMIT, check=False)
        test.check(done.returncode == 0, f"{line}: status {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")
    results = test.path("ordermill-bench/results")
    for job in ("keep", "retail"):
        for name in ("study.html", "raw.csv"):
            test.check(os.path.exists(f"{results}/{job}-parts-1/{name}"), f"{job}: there is no {name}")
    figures = open(f"{results}/figures.txt", encoding="utf-8").read() if os.path.exists(f"{results}/figures.txt") else ""
    for words in ("ordermill 0.", "cp of it: ", "retail, one process: ", "What bounds the run"):
        test.check(words in figures, f"the figures don't have {words}: {figures}")
    left = [name for name in os.listdir("/dev/shm") if name.startswith("ordermill-series-")]
    test.equal(left, [], "left on the memory file system")
    mounts = open("/proc/self/mountinfo", encoding="utf-8").read()
    test.check(test.scratch not in mounts, "a mount stays")
    test.finish()


main()
