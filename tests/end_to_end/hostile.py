#!/usr/bin/env python3
"""Hostile names, jobs and inputs, closed descriptors and readers that have gone, at 1 and 3 ranks: what comes out is right or a
message says what is wrong; nothing hangs, and nothing but text reaches the terminal."""
import os
import re
import signal
import socket
import subprocess
import time

from support import Run, case, run_cases, wait_for

JOB = """[fields]
id   = integer "Id" | required
name = text "Name"
"""
DATA = "Id,Name\n1,one\n2,two\nx,three\n"
RANKS = (1, 3)
SOON = 20  # seconds, with mpirun's start
# Whatever is in a name, a terminal gets text: line ends, tabs and what can be seen.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def is_plain(said):
    try:
        return UNSEEN.search(said.decode()) is None
    except UnicodeDecodeError:
        return False


def ours(said):
    """The lines that are the program's own, not mpirun's."""
    return b"\n".join(line for line in said.split(b"\n") if b"ordermill" in line or b"job" in line)


def shell(test, line, ranks, *words, **more):
    """A shell's line in which "$@" is the command."""
    command = ["sh", "-c", line, "sh", *test.command(*words, ranks=ranks)]
    return subprocess.run(command, env=test.environment, capture_output=True, timeout=60, check=False, **more)


def job_and_data(test):
    return test.write("job.cfg", JOB), test.write("orders.csv", DATA)


@case
def closed_descriptors(test):
    """With standard input, output or error closed, nothing else takes their place."""
    job, data = job_and_data(test)
    expected = test.clean(job, [data]).files()
    for ranks in RANKS:
        for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
            output = test.new_folder()
            done = shell(test, f'"$@" {closed}', ranks, "clean", job, "--input", data, "--output", output)
            what = f"{closed} at {ranks} rank(s)"
            test.equal(done.returncode, 0, f"{what}: status {done.stderr[-500:]}")
            test.equal(Run(output, done).files(), expected, f"{what}: outputs")
    output = test.new_folder()
    done = shell(test, '"$@" <&- >&- 2>&-', 1, "run", "-n", "3", "--", "clean", job, "--input", data, "--output", output)
    test.equal((done.returncode, Run(output, done).files()), (0, expected), "ordermill run without descriptors")


@case
def gone_readers(test):
    """A reader of messages that has gone costs the messages; one of standard output ends the command."""
    job, data = job_and_data(test)
    expected = test.clean(job, [data]).files()
    for ranks in RANKS:
        output = test.new_folder()
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(test.command("clean", job, "--input", data, "--output", output, ranks=ranks), env=test.environment,
                              stdin=subprocess.DEVNULL, stderr=writer, timeout=60, check=False, preexec_fn=with_sigpipe)
        os.close(writer)
        if ranks == 1:  # mpirun itself may not bear it
            test.equal((done.returncode, Run(output, subprocess.CompletedProcess([], 0, b"", b"")).files()), (0, expected),
                       "stderr's reader has gone")
    for words in (["--help"], ["--version"], ["clean", "--help"], ["explain", job]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(test.command(*words), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        test.equal(done.returncode, 3, f"{' '.join(words)} > /dev/full: status")
        test.check(b"No space left" in done.stderr, f"{' '.join(words)} > /dev/full: {done.stderr}")


def with_sigpipe():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it


@case
def other_than_files(test):
    """A pipe, a socket or a device in a file's place is refused at once."""
    job, data = job_and_data(test)
    fifo = test.path("fifo.csv")
    os.mkfifo(fifo)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(test.path("socket.csv"))
    table = test.write("table.cfg", JOB + '[lookup.t]\nfile = fifo.csv\nkey = a\ncolumns = b:text\n')
    cases = [
        (fifo, job, "is a pipe"), (test.path("socket.csv"), job, "is a socket"), ("/dev/zero", job, "is a device"),
        (data, fifo, "is a pipe"), (data, "/dev/zero", "is a device"), (data, table, "is a pipe"),
    ]
    for ranks in RANKS:
        for path, of_job, says in cases:
            what = f"{os.path.basename(of_job)} with {os.path.basename(path)} at {ranks} rank(s)"
            done = test.run("clean", of_job, "--input", path, "--output", test.new_folder(), ranks=ranks, limit=SOON)
            test.equal(done.returncode, 2, f"{what}: status")
            test.check(says in done.stderr.decode(), f"{what}: {done.stderr.decode()}")
    listener.close()
    for line in ('cat "$INPUT" | "$@" --input /dev/stdin', 'exec bash -c \'"$@" --input <(cat "$INPUT")\' bash "$@"'):
        done = subprocess.run(["sh", "-c", line, "sh", *test.command("clean", job, "--output", test.new_folder())],
                              env=dict(test.environment, INPUT=data), capture_output=True, timeout=60, check=False)
        said = done.stderr.decode()
        test.equal(done.returncode, 2, f"{line}: status")
        test.check("--input -" in said, f"{line}: {said}")


NAMES = [b"caf\xe9.csv", b"\xff\xfe.csv", b"\x1b]0;title\x07.csv", b"a\rb.csv", b"\xc2\x9b31m.csv", "\u202egnp.csv".encode(),
         "\uf7e9.csv".encode()]


@case
def hostile_names(test):
    job, _ = job_and_data(test)
    for name in NAMES:
        path = os.fsencode(test.scratch) + b"/" + name
        with open(path, "wb") as file:
            file.write(DATA.encode())
        for ranks in RANKS:
            what = f"{name} at {ranks} rank(s)"
            output = test.new_folder()
            done = test_run(test, ranks, "clean", job, "--input", path, "--output", output)
            test.equal(done.returncode, 0, f"{what}: status {done.stderr[-800:]}")
            test.check(is_plain(ours(done.stderr)), f"{what}: {done.stderr}")
            test.check(os.path.exists(os.path.join(os.fsencode(output), b"rejects-raw", name)), f"{what}: rejects-raw")
            test.check(Run(output, done).result().get("records") == 3, f"{what}: report")
            again = test_run(test, ranks, "clean", job, "--input", path, "--output", output, "--resume")
            test.equal(again.returncode, 0, f"{what}: the complete run goes on: {again.stderr[-800:]}")
    hostile = os.fsencode(test.scratch) + b"/\x1b[31m\xe9"
    for words in ([b"clean", os.fsencode(job), b"--input", hostile], [b"clean", hostile], [b"clean", b"--" + b"\x1b[31m\xe9"], [b"\x1b[31m\xe9"],
                  [b"explain", hostile], [b"clean", os.fsencode(job), b"--set", b"\x1b[31m\xe9=1"],
                  [b"clean", os.fsencode(job), b"--input", hostile + b"*"],
                  [b"run", b"-n", b"2", b"--hostfile", hostile, b"--", b"clean", hostile]):
        done = test_run(test, 1, *words)
        test.equal(done.returncode, 2, f"{words}: status {done.stderr}")
        test.check(is_plain(done.stderr) and done.stderr.count(b"\n") == 1, f"{words}: {done.stderr}")
    # A job that needs scratch files, in a folder of such a name that isn't there.
    keyed = test.write("keyed.cfg", JOB + "[duplicates.same]\nkey = all\n")
    path = test.write("data.csv", DATA)
    for ranks in RANKS:
        done = test_run(test, ranks, "clean", keyed, "--input", path, "--output", test.new_folder(), "--scratch", hostile)
        test.check(done.returncode in (2, 3) and is_plain(ours(done.stderr)), f"--scratch at {ranks} rank(s): {done.returncode} {done.stderr}")
        test.check(b"json" not in done.stderr, f"--scratch at {ranks} rank(s): {done.stderr}")


def test_run(test, ranks, *words):
    command = [os.fsencode(word) for word in test.command(ranks=ranks)] + [os.fsencode(word) for word in words]
    return subprocess.run(command, env=test.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)


@case
def interrupted(test):
    """A signal ends a run at once until work is dealt, and within a second or so while one record takes for ever."""
    job, _ = job_and_data(test)
    lines = ["Id,Name"] + [f"{n},{'HANG' if n == 500 else 'x'}" for n in range(1000)]
    data = test.write("hangs.csv", "\n".join(lines) + "\n")
    # Each match looks through the whole rest: it says that it lives, and takes minutes.
    slow_job = test.write("slow.cfg", '[fields]\nid = code "Id"\nname = text "Name" | replace "c[^z]*d|c" "x"\n')
    slow_data = test.write("slow.csv", "Id,Name\n1,a\n2," + 900_000 * "c" + "\n")
    for sent in (signal.SIGTERM, signal.SIGINT):
        # Standard input that never comes: the header is read before work is dealt.
        with subprocess.Popen(test.command("clean", job, "--input", "-", "--output", test.new_folder()), stdin=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=test.environment) as run:
            time.sleep(0.5)
            begin = time.monotonic()
            run.send_signal(sent)
            test.check(ended(run), f"signal {sent} while planning: goes on")
            test.check(time.monotonic() - begin < 1, f"signal {sent} while planning: after {time.monotonic() - begin:.1f} s")
            test.equal(run.returncode, -sent, f"signal {sent} while planning: status")
        for what, its_job, its_data, fault in (("an endless record", job, data, "hang=HANG"), ("a slow record", slow_job, slow_data, "")):
            output = test.new_folder()
            with subprocess.Popen(test.command("clean", its_job, "--input", its_data, "--output", output), stdin=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, env=dict(test.environment, ORDERMILL_FAULT=fault)) as run:
                wait_for(lambda: os.path.exists(os.path.join(output, ".ordermill", "journal-1")))
                time.sleep(0.5)
                begin = time.monotonic()
                run.send_signal(sent)
                test.check(ended(run), f"signal {sent} in {what}: goes on")
                test.check(time.monotonic() - begin < 3, f"signal {sent} in {what}: after {time.monotonic() - begin:.1f} s")
                test.equal(run.returncode, 75, f"signal {sent} in {what}: status")
                test.check(b"takes long" in run.stderr.read(), f"signal {sent} in {what}: says so")


def ended(run):
    try:
        run.wait(10)
        return True
    except subprocess.TimeoutExpired:
        run.kill()
        return False


if __name__ == "__main__":
    run_cases()
