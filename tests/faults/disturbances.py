"""What is done to a run: functions of the harness, the run and its random numbers. True: the run must go on by itself."""
import os
import shutil
import signal
import subprocess
import time

from harness import LIMIT, Broken, processes


def kill_ranks(run, wanted):
    """How many were there to be killed."""
    there = {rank: number for number, rank in processes(run.tag)}
    hit = 0
    for rank in wanted(sorted(rank for rank in there if rank >= 0)):
        try:
            os.kill(there[rank], signal.SIGKILL)
            hit += 1
        except OSError:
            pass
    return hit


def dealing(run):
    """Whether the run has begun to write: from here on it survives a worker's death."""
    return os.path.exists(os.path.join(run.output, ".rejects.csv.part"))


def one_worker(_, run, draw):
    begun = dealing(run)
    hit = kill_ranks(run, lambda ranks: [draw.choice(ranks[1:])] if len(ranks) > 1 and ranks[0] == 0 else [])
    return begun and hit > 0


def two_workers(_, run, draw):
    begun = dealing(run)
    def some(ranks):
        workers = [rank for rank in ranks if rank > 0]
        return draw.sample(workers, 2) if len(workers) > 2 and 0 in ranks else []
    return kill_ranks(run, some) > 0 and begun


def rank_0(_, run, draw):
    kill_ranks(run, lambda ranks: [0] if 0 in ranks else [])
    return False


def mpirun_killed(_, run, draw):
    os.kill(run.pid, signal.SIGKILL)
    return False


def everything(harness, run, draw):
    harness.kill_all(run)
    return False


def terminate(_, run, draw):
    run.send_signal(signal.SIGTERM)
    return False


def user_signal(_, run, draw):
    run.send_signal(signal.SIGUSR1)
    return False


def frozen_worker(_, run, draw):
    """Its lease (4 s) runs out, its work is given away, then it wakes up."""
    workers = [(number, rank) for number, rank in processes(run.tag) if rank > 0]
    if not workers:
        return False
    number, _ = draw.choice(workers)
    try:
        os.kill(number, signal.SIGSTOP)
        time.sleep(draw.uniform(3, 7))
        os.kill(number, signal.SIGCONT)
    except OSError:
        pass
    return False


def stale_run(harness, run, draw):
    """All of it is frozen, replaced by a run that goes on, and woken up."""
    there = [number for number, rank in processes(run.tag)]
    for number in there:
        try:
            os.kill(number, signal.SIGSTOP)
        except OSError:
            pass
    other = harness.start(run.job, run.output, 3, ["--resume"])
    time.sleep(draw.uniform(0, 5))
    for number in there:
        try:
            os.kill(number, signal.SIGCONT)
        except OSError:
            pass
    harness.end(other, "the run that replaced a frozen one")
    return False


def in_the_commit(harness, run, draw):
    """Killed when the outputs are about to be put in place, or are being."""
    journal = os.path.join(run.output, ".ordermill", "journal-1")
    until = time.monotonic() + LIMIT
    while run.poll() is None and time.monotonic() < until:
        try:
            with open(journal, "rb") as file:
                if b'"kind":"commit"' in file.read():
                    break
        except OSError:
            pass
    time.sleep(draw.choice([0, 0, 0.0005, 0.001, 0.003]))
    harness.kill_all(run)
    return False


def torn_journal(harness, run, draw):
    """Killed, and the journal's last record half on the disk."""
    harness.kill_all(run)
    journal = os.path.join(run.output, ".ordermill", "journal-1")
    if os.path.exists(journal):
        size = os.path.getsize(journal)
        os.truncate(journal, max(0, size - draw.randint(1, 200)))
    return False


def resume_of_a_resume(harness, run, draw):
    harness.kill_all(run)
    for _ in range(3):
        again = harness.start(run.job, run.output, draw.randint(2, 4), ["--resume"], "pace=10,linger=2")
        time.sleep(draw.uniform(0.4, 1.2))
        harness.kill_all(again)
    return False


def full_disk(harness, run, draw):
    """The output's file system is full: filled by somebody else until the run has ended, then free again."""
    filler = os.path.join(os.path.dirname(run.output), "filler")
    try:
        with open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * (1 << 16))
    except OSError:  # full; before the filler is there, even, if the run has filled it
        pass
    try:
        status = run.wait(LIMIT)
    except subprocess.TimeoutExpired:
        harness.kill_all(run)
        raise Broken("mpirun hangs on a full disk") from None
    finally:
        if os.path.exists(filler):
            os.unlink(filler)
    if os.path.exists(os.path.join(run.output, "report.json")) and status != 0:
        raise Broken(f"status {status} beside a complete output")
    return False


# With them and a pace a run of any size takes some seconds.
SMALL_CHUNKS = ["--chunk-size", "64KiB"]
MPIRUN = -1


def frozen_for_good(harness, run, draw, victims):
    """Stopped, and never to go on: nobody but whoever started the run can end it. That is `ordermill run`, which starts it again."""
    harness.kill_all(run)
    shutil.rmtree(run.output, ignore_errors=True)
    launched = harness.launch(run.job, run.output, draw.randint(3, 4), SMALL_CHUNKS, "pace=40")
    time.sleep(draw.uniform(0.5, 2.0))
    there = {rank: number for number, rank in processes(launched.tag) if rank >= 0}
    there[MPIRUN] = mpirun_of(launched)
    for victim in victims:
        if there.get(victim):
            os.kill(there[victim], signal.SIGSTOP)
    status = harness.end(launched, "frozen for good")
    if status != 0:
        raise Broken(f"frozen for good: ordermill run ends with {status}")
    return True


def mpirun_of(launched):
    with open(f"/proc/{launched.pid}/task/{launched.pid}/children", encoding="ascii") as file:
        children = file.read().split()
    return int(children[0]) if children else None


def frozen_rank_0(harness, run, draw):
    return frozen_for_good(harness, run, draw, [0])


def frozen_mpirun(harness, run, draw):
    return frozen_for_good(harness, run, draw, [MPIRUN])


def killed_in_the_start(harness, run, draw):
    """A rank is killed before all have come to the start: the run ends soon, and starts again."""
    harness.kill_all(run)
    shutil.rmtree(run.output, ignore_errors=True)
    launched = harness.launch(run.job, run.output, 3, [])
    time.sleep(draw.uniform(0.1, 0.6))
    kill_ranks(launched, lambda ranks: [draw.choice(ranks)] if ranks else [])
    status = harness.end(launched, "killed in the start")
    if status != 0:
        raise Broken(f"killed in the start: ordermill run ends with {status}")
    return True


def closed_descriptors(harness, run, draw):
    """Without standard input, output and error: what would be said goes nowhere, and not into an output."""
    harness.kill_all(run)
    shutil.rmtree(run.output, ignore_errors=True)
    closed = draw.choice(["<&- >&- 2>&-", "2>&-", ">&- 2>&-"])
    launched = harness.launch(run.job, run.output, 3, [], closed=closed)
    status = harness.end(launched, "closed descriptors")
    if status != 0:
        raise Broken(f"{closed}: ordermill run ends with {status}")
    return True


def two_at_once(harness, run, draw):
    """Another run begins in the same folder at about the same time: one of them has it, the other says so."""
    harness.kill_all(run)
    shutil.rmtree(run.output, ignore_errors=True)
    both = [harness.launch(run.job, run.output, 3, SMALL_CHUNKS, "pace=20")]
    time.sleep(draw.choice([0, 0, 0.01, 0.1]))
    both.append(harness.launch(run.job, run.output, 3, SMALL_CHUNKS, "pace=20"))
    statuses = sorted(harness.end(one, "one of two runs") for one in both)
    if statuses[0] != 0 or statuses[1] == 0:
        raise Broken(f"two runs at once end with {statuses}")
    return True


DISTURBANCES = {
    "a full disk": full_disk,
    "kill -9 in the commit": in_the_commit,
    "kill -9, the journal's end torn": torn_journal,
    "kill -9, and of three that go on": resume_of_a_resume,
    "kill -9 of a worker": one_worker,
    "kill -9 of two workers": two_workers,
    "kill -9 of rank 0": rank_0,
    "kill -9 of mpirun": mpirun_killed,
    "kill -9 of everything": everything,
    "SIGTERM to mpirun": terminate,
    "SIGUSR1 to mpirun": user_signal,
    "a worker frozen past its lease": frozen_worker,
    "a frozen run replaced, then woken": stale_run,
    "rank 0 frozen for good": frozen_rank_0,
    "mpirun frozen for good": frozen_mpirun,
    "kill -9 of a rank in the start": killed_in_the_start,
    "closed descriptors": closed_descriptors,
    "two runs at once": two_at_once,
}
