#!/usr/bin/env python3
"""What --resume accepts and refuses. (tests/faults/run has what it gives after every kind of death.)"""
import os
import signal
import subprocess
import time

from support import JOBS, Run, Test

PLAIN = "[fields]\ninvoice = code \"InvoiceNo\"\nquantity = integer \"Quantity\"\n"


def stopped(test, job, path, output):
    """A run that was stopped in its middle: 75, and unfinished."""
    environment = dict(test.environment, ORDERMILL_FAULT="pace=20")
    command = test.command("clean", job, "--input", path, "--output", output, "--chunk-size", "32KiB", "--checkpoint", "0.05", "--quiet")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as run:
        until = time.monotonic() + 30
        while not os.path.exists(os.path.join(output, ".clean.csv.part")) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.5)
        alive = test.run("clean", job, "--input", path, "--output", output, "--resume")
        test.equal(alive.returncode, 2, "a second run while the first lives")
        test.check(b"another run is writing" in alive.stderr, f"it says so: {alive.stderr}")
        run.send_signal(signal.SIGUSR1)
        said = run.communicate(timeout=60)[1]
    test.equal(run.returncode, 75, f"stopped: {said}")


def refused(test, what, says, *words):
    done = test.run(*words)
    test.equal(done.returncode, 2, f"{what}: status")
    test.check(says in done.stderr.decode(), f"{what}: {done.stderr.decode()}")


def main():
    test = Test()
    job = test.write("plain.cfg", PLAIN)
    path = test.path("orders.csv")
    test.run("generate", "--orders", 60_000, "--seed", 3, "--output", path)
    reference = test.clean(job, [path], status=0).files()
    output = test.new_folder()
    stopped(test, job, path, output)
    words = ["clean", job, "--input", path, "--output", output]
    refused(test, "without --resume", "unfinished run", *words)
    refused(test, "another job", "the job, its overrides", *words, "--resume", "--set", "input.missing=x")
    refused(test, "other inputs", "it had 1 inputs, and this has 2", *words, "--input", test.write("more.csv", "InvoiceNo,Quantity\n1,2\n"), "--resume")
    times = os.stat(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000_000))
    refused(test, "an input touched", "was changed since", *words, "--resume")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with open(path, "ab") as file:
        file.write(b"\n")
    refused(test, "an input that grew", "bytes, and has", *words, "--resume")
    with open(path, "rb+") as file:
        file.truncate(times.st_size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with open(path, "rb") as stdin:
        piped = test.run("clean", job, "-", "--output", output, "--resume", stdin=stdin)
    test.equal(piped.returncode, 2, f"a pipe: {piped.stderr}")
    done = test.run(*words, "--resume", ranks=3)
    test.equal(done.returncode, 0, f"gone on with: {done.stderr}")
    test.check(b"goes on at" in done.stderr, "it says where it goes on")
    run = Run(output, done)
    test.check(run.files() == reference, "the same bytes as undisturbed")
    test.check(run.report()["run"]["bytes_done_by_earlier_runs"] > 0, "not all was done again")
    again = test.run(*words, "--resume")
    test.equal((again.returncode, b"is complete" in again.stderr), (0, True), "complete: nothing to do")
    refused(test, "complete, another job", "outputs of another run", *words, "--resume", "--set", "input.missing=x")
    refused(test, "both", "give one of them", *words, "--resume", "--force")
    kept_records(test, path)
    killed_at_the_start(test, job, path, reference)
    test.finish()


def killed_at_the_start(test, job, path, reference):
    """At any moment of the start: what is left behind goes with the next run."""
    for milliseconds in range(0, 60, 3):
        output = test.new_folder()
        command = test.command("clean", job, "--input", path, "--output", output, "--quiet")
        with subprocess.Popen(command, env=test.environment, stderr=subprocess.PIPE) as run:
            time.sleep(milliseconds / 1000)
            run.kill()
        done = test.run("clean", job, "--input", path, "--output", output, "--resume", "--quiet")
        test.equal(done.returncode, 0, f"killed after {milliseconds} ms: {done.stderr}")
        test.check(Run(output, done).files() == reference, f"killed after {milliseconds} ms: the same files, and no others")


def kept_files(output):
    folder = os.path.join(output, ".ordermill")
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith(".kept-"))


def kept_records(test, path):
    """A job that keeps its records until the last is read goes on with what was kept."""
    retail = os.path.join(JOBS, "retail.cfg")
    reference = test.clean(retail, [path], status=0).files()
    for damage, ranks in ((None, 1), (None, 4), ("a byte", 3), ("cut short", 2), ("gone", 1)):
        what = f"retail, {damage or 'whole'}, {ranks} ranks"
        output = test.new_folder()
        stopped(test, retail, path, output)
        words = ["clean", retail, "--input", path, "--output", output]
        refused(test, what + ", without --resume", "unfinished run", *words)
        kept = kept_files(output)
        test.check(kept and os.path.getsize(kept[0]) > 0, f"{what}: something was kept")
        size = os.path.getsize(kept[0])
        if damage == "a byte":
            with open(kept[0], "rb+") as file:
                file.seek(size // 2)
                byte = file.read(1)
                file.seek(size // 2)
                file.write(bytes([byte[0] ^ 1]))
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
    main()
