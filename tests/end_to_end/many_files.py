#!/usr/bin/env python3
"""Many tiny inputs cost the same each, however many there are: system calls and instructions a file at two sizes, counted by valgrind.
Every number of ranks gives the same bytes."""
import os
import re
import shutil
import subprocess

from support import Test

JOB = """[fields]
id    = integer
price = decimal
day   = date
"""
# When this was written, clocks apart: stat, access, then open, fstat, read and close for planning; the same four for cleaning; all of them
# but the read for the last look; and one write. Memory grows by a call or so.
MOST_CALLS = 18
FEW, MORE, MOST = 300, 600, 1200


def write_files(test, count):
    for number in range(count):
        records = "".join(f"{3 * number + i},{i + 1}.50,2024-01-0{i + 1}\n" for i in range(3))
        test.write(os.path.join(f"in-{count}", f"{number:06}.csv"), "id,price,day\n" + records)
    return test.path(f"in-{count}/*.csv")


def counted(test, job, pattern, command):
    """System calls and instructions."""

    def under_valgrind(*tool):
        output = ["--output", test.new_folder(), "--quiet"] if command == "clean" else []
        return subprocess.run(["valgrind", *tool, *test.command(command, job, "--input", pattern, *output)], capture_output=True,
                              timeout=100, check=False)
    calls = under_valgrind("--tool=none", "--trace-syscalls=yes")
    profile = under_valgrind("--tool=callgrind", "--callgrind-out-file=/dev/null")
    instructions = re.search(rb"Collected : (\d+)", profile.stderr)
    if not test.check(calls.returncode == profile.returncode == 0 and instructions, f"{command} under valgrind: {profile.stderr[-500:]}"):
        return 0, 0
    # Under valgrind a look at the clock is one as well.
    return len(re.findall(rb"^SYSCALL\[.*?\) sys_(?!clock_gettime)", calls.stderr + calls.stdout, re.M)), int(instructions.group(1))


def cost(test, job):
    if shutil.which("valgrind") is None:
        return test.skip("valgrind is not installed")
    patterns = [write_files(test, count) for count in (FEW, MORE, MOST)]
    for command in "plan", "clean":
        (calls_0, few), (calls_1, more), (calls_2, most) = (counted(test, job, pattern, command) for pattern in patterns)
        calls = (calls_2 - calls_1) / (MOST - MORE)
        first, second = (more - few) / (MORE - FEW), (most - more) / (MOST - MORE)
        print(f"{command}: {calls:.1f} system calls a file, {first:.0f} and {second:.0f} instructions", flush=True)
        test.check(0 < calls <= MOST_CALLS, f"{command}: {calls:.1f} system calls a file, allowed {MOST_CALLS}")
        test.check(second < 1.15 * first, f"{command}: a file costs {first:.0f} instructions among {MORE}, {second:.0f} among {MOST}")


def same_bytes(test, job):
    """With and without several files in a message; a chunk size that is given deals each alone."""
    pattern = write_files(test, 150)
    test.write("in-150/000070.csv", "id,price,day\n" + "".join(f"{i},1.00,2024-01-01\n" for i in range(200_000)))
    test.write("in-150/000071.csv", "id,price,day\n")
    test.write("in-150/000072.csv", "id,price,day\nx,1,2024-01-01\n")
    alone = test.clean(job, [pattern], "--chunk-size", "1MiB")
    for ranks in 1, 2, 3, 4:
        run = test.clean(job, [pattern], ranks=ranks)
        test.equal(run.files(), alone.files(), f"{ranks} rank(s): the same bytes")
        test.equal(run.result(), alone.result(), f"{ranks} rank(s): the same counts")


def main():
    test = Test()
    job = test.write("job.cfg", JOB)
    same_bytes(test, job)
    cost(test, job)
    test.finish()


if __name__ == "__main__":
    main()
