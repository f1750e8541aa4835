#!/usr/bin/env python3
"""What --resume accepts and refuses. (tests/faults/run has what it gives after every kind of death.)"""
import os
import signal
import subprocess

from support import JOBS, Run, case, run_cases, wait_for, wait_until_writing

PLAIN = "[fields]\ninvoice = code \"InvoiceNo\"\nquantity = integer \"Quantity\"\n"


def stopped(test, job, path, output):
    """A run that was stopped in its middle: 75, and unfinished."""
    environment = dict(test.environment, ORDERMILL_FAULT="pace=20")
    command = test.command("clean", job, "--input", path, "--output", output, "--chunk-size", "32KiB", "--checkpoint", "0.05", "--quiet")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as run:
        test.check(wait_until_writing(output, run, 0.5), "a run to be stopped still writes")
        alive = test.run("clean", job, "--input", path, "--output", output, "--resume")
        test.equal(alive.returncode, 75, "a second run while the first lives, to go on with it: later")
        test.check(b"another run is writing" in alive.stderr, f"it says so: {alive.stderr}")
        refused(test, "a second run while the first lives", "another run is writing", "clean", job, "--input", path, "--output", output)
        run.send_signal(signal.SIGUSR1)
        said = run.communicate(timeout=60)[1]
    test.equal(run.returncode, 75, f"stopped: {said}")


def refused(test, what, says, *words):
    done = test.run(*words)
    test.equal(done.returncode, 2, f"{what}: status")
    test.check(says in done.stderr.decode(), f"{what}: {done.stderr.decode()}")


def plain_job(test):
    """A job, its input, and what a run makes of it."""
    job = test.write("plain.cfg", PLAIN)
    path = test.generated_orders(60_000, seed=3)
    return job, path, test.clean(job, [path], status=0).files()


@case
def gone_on_with(test):
    """What is refused of a run that was stopped, and then going on with it."""
    job, path, reference = plain_job(test)
    output = test.new_folder()
    stopped(test, job, path, output)
    words = ["clean", job, "--input", path, "--output", output]
    refused(test, "without --resume", "unfinished run", *words)
    refused(test, "another job", "the job file, a --set", *words, "--resume", "--set", "input.missing=x")
    refused(test, "other inputs", "its number of inputs was 1, but this run's is 2", *words, "--input", test.write("more.csv", "InvoiceNo,Quantity\n1,2\n"), "--resume")
    times = os.stat(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000_000))
    refused(test, "an input touched", "has changed since then", *words, "--resume")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with open(path, "ab") as file:
        file.write(b"\n")
    refused(test, "an input that grew", "bytes, but has", *words, "--resume")
    with open(path, "rb+") as file:
        file.truncate(times.st_size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with open(path, "rb") as stdin:
        piped = test.run("clean", job, "-", "--output", output, "--resume", stdin=stdin)
    test.equal(piped.returncode, 2, f"a pipe: {piped.stderr}")
    done = test.run(*words, "--resume", ranks=3)
    test.equal(done.returncode, 0, f"gone on with: {done.stderr}")
    test.check(b"continues at" in done.stderr, "it says where it continues")
    run = Run(output, done)
    test.check(run.files() == reference, "the same bytes as undisturbed")
    test.check(run.report()["run"]["bytes_done_by_earlier_runs"] > 0, "not all was done again")
    again = test.run(*words, "--resume")
    test.equal((again.returncode, b"complete already" in again.stderr), (0, True), "complete: nothing to do")
    refused(test, "complete, another job", "outputs of another run", *words, "--resume", "--set", "input.missing=x")
    refused(test, "both", "give only one of them", *words, "--resume", "--force")


@case
def stale_runs(test):
    """A run is frozen before it has opened its outputs, another job takes its folder, and the old one wakes up: before the new
    one is done, or after. Its ranks find out and write nothing."""
    job, path, _ = plain_job(test)
    other = test.write("other.cfg", PLAIN.replace("quantity", "amount"))
    reference = test.clean(other, [path]).files()
    for pace, while_it_runs in ((150, True), (0, False)):
        output = test.new_folder()
        # Its workers wait for 2 s before each write.
        old = subprocess.Popen(test.command("clean", job, "--input", path, "--output", output, "--chunk-size", "64KiB", "--quiet", ranks=3),
                               env=dict(test.environment, ORDERMILL_FAULT="linger=2000"), stderr=subprocess.PIPE, start_new_session=True)
        test.check(wait_until_writing(output, old, 0.5), "stale: the old run still writes when it is frozen")
        stop_ranks(output, signal.SIGSTOP)
        words = ["clean", other, "--input", path, "--output", output, "--chunk-size", "64KiB", "--quiet", "--force"]
        with subprocess.Popen(test.command(*words), env=dict(test.environment, ORDERMILL_FAULT=f"pace={pace}"), stderr=subprocess.PIPE) as new:
            if while_it_runs:
                generation = os.path.join(output, ".ordermill", "generation-2")
                test.check(wait_for(lambda: os.path.exists(generation)), "stale: the new run has begun")
                test.check(wait_until_writing(output, new, 0.5), "stale: the new run still writes when the old one wakes up")
                stop_ranks(output, signal.SIGCONT, words)
            said = new.communicate(timeout=60)[1]
            if not while_it_runs:
                stop_ranks(output, signal.SIGCONT)
        what = f"stale, woken {'before' if while_it_runs else 'after'} the end of another job's run"
        test.equal(new.returncode, 0, f"{what}: {said}")
        said = old.communicate(timeout=60)[1].decode()
        test.check(old.returncode != 0 and "newer run" in said, f"{what}: {old.returncode} {said}")
        done = Run(output, subprocess.CompletedProcess(words, 0, b"", b""))
        test.check(done.files() == reference, f"{what}: the new run's files, and no others: {os.listdir(output)}")


def stop_ranks(output, number, but=None):
    """A signal to all ranks of a run in the folder, but for the run with those words."""
    for process in os.listdir("/proc"):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read().decode().split("\0")
            if output in words and "mpirun" not in words[0] and (but is None or but[1] not in words):
                os.kill(int(process), number)
        except (OSError, ValueError):
            pass


def probed(output):
    """Rank 0 has put the file there by which the others know its folder."""
    return any("probe-" in name for _, _, names in os.walk(output) for name in names)


@case
def killed_at_the_start(test):
    """While the ranks agree: what is left behind goes with the next run."""
    job, path, reference = plain_job(test)
    hit = 0
    for attempt in range(60):
        if attempt >= 5 and hit >= 2:
            break
        output = test.new_folder()
        command = test.command("clean", job, "--input", path, "--output", output, "--quiet", ranks=4)
        with subprocess.Popen(command, env=test.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True) as run:
            wait_for(lambda: probed(output) or run.poll() is not None)
            if run.poll() is None:  # else it was too late: `hit` counts
                os.killpg(run.pid, signal.SIGKILL)
        for name in os.listdir("/proc"):
            kill_rank(name, output)
        hit += probed(output)
        done = test.run("clean", job, "--input", path, "--output", output, "--resume", "--quiet")
        test.equal(done.returncode, 0, f"killed at the start: {done.stderr}")
        test.check(Run(output, done).files() == reference, "killed at the start: the same files, and no others")
    test.check(hit > 0, "no run was killed in time")


def kill_rank(process, output):
    """mpirun's ranks have sessions of their own."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            if output.encode() in file.read().split(b"\0"):
                os.kill(int(process), signal.SIGKILL)
    except (OSError, ValueError):
        pass


def kept_files(output):
    folder = os.path.join(output, ".ordermill")
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith(".kept-"))


@case
def kept_records(test):
    """A job that keeps its records until the last is read goes on with what was kept."""
    path = test.generated_orders(60_000, seed=3)
    retail = os.path.join(JOBS, "retail.cfg")
    reference = test.clean(retail, [path], status=0).files()
    for damage, ranks in ((None, 1), (None, 4), ("a bad block", 3), ("cut short", 2), ("gone", 1)):
        what = f"retail, {damage or 'whole'}, {ranks} ranks"
        output = test.new_folder()
        stopped(test, retail, path, output)
        words = ["clean", retail, "--input", path, "--output", output]
        refused(test, what + ", without --resume", "unfinished run", *words)
        kept = kept_files(output)
        test.check(kept and os.path.getsize(kept[0]) > 0, f"{what}: something was kept")
        size = os.path.getsize(kept[0])
        if damage == "a bad block":  # a byte of it may be of a key that no other record has
            with open(kept[0], "rb+") as file:
                file.seek(size // 2)
                block = file.read(4096)
                file.seek(size // 2)
                file.write(bytes(byte ^ 1 for byte in block))
        elif damage == "cut short":
            os.truncate(kept[0], size // 2)
        elif damage == "gone":
            os.unlink(kept[0])
        done = test.run(*words, "--resume", "--memory", "1MiB", ranks=ranks)
        test.equal(done.returncode, 0, f"{what}: {done.stderr}")
        run = Run(output, done)
        test.check(run.files() == reference, f"{what}: the same bytes as undisturbed")
        restored = run.report()["run"]["chunks_restored"]
        test.check((restored == 0) == (damage == "gone"), f"{what}: {restored} chunks restored")
        test.check(not os.path.exists(os.path.join(output, ".ordermill")), f"{what}: nothing is left")


if __name__ == "__main__":
    run_cases()
