"""What the tests of `ordermill run` share: a job, its data, and what is seen of processes."""
import os
import subprocess
import time

JOB = """[fields]
order = code | required
price = decimal | required | scale 2
"""
DATA = "order,price\n1,2.50\n2,free\n3,4\n"


def ended(test, run, what, limit=60):
    try:
        _, said = run.communicate(timeout=limit)
    except subprocess.TimeoutExpired as late:
        run.kill()
        said = str(late.stderr)
        test.check(False, f"{what}: hangs, or what it left holds its output open")
    return run.returncode, said


def is_gone(pid, patience=5.0):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def descendants(pid):
    """All processes below this one."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                    parents.setdefault(int(file.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                pass
    found, open_ends = [], [pid]
    while open_ends:
        below = parents.get(open_ends.pop(), [])
        found += below
        open_ends += below
    return found
