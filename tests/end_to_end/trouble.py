#!/usr/bin/env python3
"""What a run does when the machine lets it down: inputs that change, blocks that can't be read or written, permissions and
memory that are gone. Each ends with exit code 3 and one sentence that names the path, and can be gone on with afterwards."""
import errno
import os
import resource
import shutil
import subprocess

from support import JOBS, Run, case, run_cases, wait_until_writing

PLAIN = "[fields]\ninvoice = code \"InvoiceNo\"\nquantity = integer \"Quantity\"\n"
SLOW = ["--chunk-size", "64KiB", "--checkpoint", "0.1"]


def ours(said):
    return [line for line in said.splitlines() if line.startswith("ordermill: ")]


def start(test, job, path, output, ranks, pace=20, **more):
    command = test.command("clean", job, "--input", path, "--output", output, *SLOW, "--quiet", ranks=ranks)
    environment = dict(test.environment, ORDERMILL_FAULT=f"pace={pace}")
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more)


def disturbed(test, what, job, path, ranks, disturb):
    """A run in whose middle `disturb(output)` was called, and its output folder. A run that ended before is repeated, more slowly;
    None if all of them did."""
    for pace in (20, 60, 180):
        output = test.new_folder()
        run = start(test, job, path, output, ranks, pace)
        if wait_until_writing(output, run, 0.4):
            disturb(output)
            return run, output
        run.kill()
        run.communicate()
    test.check(False, f"{what}: every run ended before it was disturbed")
    return None


def ends(test, run, what, names, *says):
    """With exit code 3, one message, and no output under its final name."""
    try:
        said = run.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        run.kill()
        said = run.communicate()[1]
        test.check(False, f"{what}: hangs: {said}")
    failed(test, what, run.returncode, said, names, *says)


def failed(test, what, status, said, names, *says):
    test.equal((status, len([line for line in ours(said) if "warning" not in line and "is recorded" not in line])), (3, 1), f"{what}: status, messages:\n{said}\n")
    for text in (names, *says):
        test.check(text in said, f"{what}: says {text}: {said}")


def change(path, what):
    if what == "grows":
        with open(path, "ab") as file:
            file.write(b"536365,85123A,x,6,12/1/2010 8:26,2.55,17850,France\n")
    elif what == "is cut":
        os.truncate(path, 1000)
    elif what == "is rewritten":
        with open(path, "rb+") as file:
            file.write(b"X")
    else:
        os.unlink(path)


def orders(test):
    return test.generated_orders(60_000, seed=4)


def plain_job(test):
    """A job, its input, and what a run makes of it."""
    job, path = test.write("plain.cfg", PLAIN), orders(test)
    return job, path, test.clean(job, [path], status=0).files()


@case
def changing_inputs(test):
    """An input that grows, is cut, or goes while it is read: never a result of half of it."""
    job, path, reference = plain_job(test)
    for ranks in (1, 3):
        for what in ("grows", "is cut", "is rewritten", "goes"):
            name = f"an input that {what}, {ranks} ranks"
            copy = test.path(f"changing-{ranks}-{what.replace(' ', '-')}.csv")
            shutil.copyfile(path, copy)
            found = disturbed(test, name, job, copy, ranks, lambda _, copy=copy, what=what: change(copy, what))
            if found is None:
                continue
            run, output = found
            ends(test, run, name, copy)
            test.check(not os.path.exists(os.path.join(output, "report.json")), f"{name}: no report")
            words = ["clean", job, "--input", copy, "--output", output]
            if what != "goes":
                refused = test.run(*words, "--resume")
                test.equal(refused.returncode, 2, f"{name}: gone on with: {refused.stderr}")
            shutil.copyfile(path, copy)
            done = test.run(*words, "--force")
            test.equal(done.returncode, 0, f"{name}: started over: {done.stderr}")
            test.check(without_names(Run(output, done).files()) == without_names(reference), f"{name}: then all is there")


def without_names(files):
    """The files that hold no input's name."""
    return files["clean.csv"]


@case
def failing_calls(test):
    """Calls that fail in the middle of a run, as on a broken disk or a network file system gone read-only."""
    job, path, reference = plain_job(test)
    shim = os.environ.get("ORDERMILL_FAILING_CALLS")
    if not shim:
        return test.skip("calls that fail: ORDERMILL_FAILING_CALLS names no library")
    cases = [("pread", "orders.csv", errno.EIO, 8, "Input/output error"),
             ("open", ".clean.csv.part", errno.EACCES, 0, "Permission denied"),
             ("pwrite", ".clean.csv.part", errno.EIO, 5, "Input/output error"),
             ("pwrite", ".clean.csv.part", errno.EROFS, 5, "Read-only file system"),
             ("pwrite", ".rejects.csv.part", errno.ENOSPC, 3, "No space left"),
             ("pwrite", ".clean.csv.part", errno.EDQUOT, 5, "Disk quota exceeded"),
             ("fsync", ".clean.csv.part", errno.EIO, 1, "Input/output error")]
    for ranks in (1, 3):
        for call, name, number, after, says in cases:
            what = f"{call} of {name}: {says}, {ranks} ranks"
            output = test.new_folder()
            words = ["clean", job, "--input", path, "--output", output, *SLOW, "--quiet"]
            done = test.run(*words, ranks=ranks, environment={"LD_PRELOAD": shim, "ORDERMILL_FAULT": "pace=20",
                                                              "FAILING_CALLS": f"{call}:{name}:{number}:{after}"})
            failed(test, what, done.returncode, done.stderr.decode(), name, says)
            gone_on = test.run(*words, "--resume", ranks=2)
            test.equal(gone_on.returncode, 0, f"{what}: gone on with: {gone_on.stderr}")
            test.check(Run(output, gone_on).files() == reference, f"{what}: then the same bytes")


@case
def kept_chunks_fail(test):
    """The same for what is kept of a job that keeps its records."""
    path = orders(test)
    shim = os.environ.get("ORDERMILL_FAILING_CALLS")
    if not shim:
        return
    retail = os.path.join(JOBS, "retail.cfg")
    reference = test.clean(retail, [path], status=0).files()
    for call, ranks in (("pwrite", 1), ("fsync", 3)):
        what = f"{call} of kept chunks, {ranks} ranks"
        output = test.new_folder()
        words = ["clean", retail, "--input", path, "--output", output, *SLOW, "--quiet"]
        done = test.run(*words, ranks=ranks, environment={"LD_PRELOAD": shim, "ORDERMILL_FAULT": "pace=20",
                                                          "FAILING_CALLS": f"{call}:.kept-:{errno.ENOSPC}:2"})
        failed(test, what, done.returncode, done.stderr.decode(), ".ordermill", "No space left")
        gone_on = test.run(*words, "--resume")
        test.equal(gone_on.returncode, 0, f"{what}: gone on with: {gone_on.stderr}")
        test.check(Run(output, gone_on).files() == reference, f"{what}: then the same bytes")


@case
def output_folder_goes(test):
    job, path = test.write("plain.cfg", PLAIN), orders(test)
    for ranks in (1, 3):
        name = f"the output folder goes, {ranks} ranks"
        found = disturbed(test, name, job, path, ranks, shutil.rmtree)
        if found is not None:
            ends(test, found[0], name, found[1])


@case
def little_memory(test):
    """Not under mpirun: Open MPI itself takes more of the address space than there is then."""
    if not os.environ.get("ORDERMILL_FAILING_CALLS"):
        return test.skip("a sanitizer takes terabytes of address space")
    path = orders(test)
    output = test.new_folder()
    job = os.path.join(JOBS, "retail.cfg")
    words = ["clean", job, "--input", path, "--output", output, "--quiet"]
    bound = 24 << 20
    done = subprocess.run(test.command(*words, "--chunk-size", "64MiB"), env=test.environment, capture_output=True, check=False, timeout=60,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (bound, bound)))
    failed(test, "little memory", done.returncode, done.stderr.decode(), output, "out of memory")
    test.equal(test.run(*words, "--resume").returncode, 0, "little memory: gone on with")


if __name__ == "__main__":
    run_cases()
