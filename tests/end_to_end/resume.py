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
    # What keeps its records has nothing to show for it, and begins at the beginning.
    retail = os.path.join(JOBS, "retail.cfg")
    output = test.new_folder()
    stopped(test, retail, path, output)
    test.equal(test.run("clean", retail, "--input", path, "--output", output, "--resume").returncode, 0, "retail: gone on with")
    test.finish()


if __name__ == "__main__":
    main()
