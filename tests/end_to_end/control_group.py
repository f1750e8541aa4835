#!/usr/bin/env python3
"""A run in a real control group with a memory limit: `plan` says the limit and the group that has it, and `clean` keeps to it. Skipped
where this user can't make a control group."""
import os
import subprocess

from support import JOBS, Test

RETAIL = os.path.join(JOBS, "retail.cfg")
MIB = 1 << 20


class Group:
    """A control group that holds no more memory than `limit`, with a group inside it that has no limit of its own."""

    def __init__(self, limit):
        version_1 = os.path.isdir("/sys/fs/cgroup/memory")
        root = "/sys/fs/cgroup/memory" if version_1 else "/sys/fs/cgroup"
        self.outer = os.path.join(root, f"ordermill-test-{os.getpid()}")
        self.inner = os.path.join(self.outer, "inner")
        self.limit_file = "memory.limit_in_bytes" if version_1 else "memory.max"
        os.makedirs(self.inner)
        with open(os.path.join(self.outer, self.limit_file), "w", encoding="ascii") as file:
            file.write(str(limit))

    def remove(self):
        for folder in (self.inner, self.outer):
            if os.path.isdir(folder):
                os.rmdir(folder)

    def run(self, test, *words):
        """The finished process, which was in the inner group from its start."""
        script = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
        return subprocess.run(["sh", "-c", script, self.inner, test.ordermill, *map(str, words)], env=test.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)


def main():
    test = Test()
    group = None
    try:
        group = Group(200 * MIB)
    except OSError as error:
        test.skip(f"no control group can be made here: {error}")
    if group:
        try:
            limits(test, group)
        finally:
            group.remove()
    test.finish()


def limits(test, group):
    orders = test.generated_orders(600_000)
    said = group.run(test, "plan", RETAIL, "--input", orders)
    text = (said.stdout + said.stderr).decode()
    test.equal(said.returncode, 0, f"plan: {text}")
    test.check("200.0 MiB" in text and f"control group /{os.path.basename(group.outer)})" in text, f"plan says the limit and its group: {text}")
    alone = test.clean(RETAIL, [orders])
    output = test.new_folder()
    done = group.run(test, "clean", RETAIL, "--input", orders, "--output", output)
    test.equal(done.returncode, 0, f"clean within the limit: {done.stderr.decode()}")
    with open(os.path.join(output, "clean.csv"), "rb") as file:
        test.check(file.read() == alone.bytes("clean.csv"), "the same bytes")


main()
