#!/usr/bin/env python3
"""The command line as its users meet it: help, exit codes, messages, outputs that are whole or not there, launch checks, an
environment that fails."""
import os
import pty
import re
import resource
import select
import signal
import subprocess
import threading
import time

from support import JOBS, case, run_cases

JOB = "[fields]\norder = code | required\nprice = decimal | scale 2\n"
DATA = "order,price\n1,2.50\n2,x\n3,1\n"
OUTPUTS = ["clean.csv", "rejects-raw/orders.csv", "rejects.csv", "report.json"]


def tree(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names)


def ours(done):
    """The program's own lines; mpirun adds its own."""
    return [line for line in done.stderr.decode(errors="replace").split("\n") if line.startswith("ordermill: ")]


def job_and_data(test):
    return test.write("job.cfg", JOB), test.write("orders.csv", DATA)


def many_orders(test):
    return test.generated_orders(60_000, name="many.csv")


@case
def help_and_version(test):
    texts = {}
    for words in (["--help"], ["clean", "--help"], ["generate", "--help"]):
        done = test.run(*words)
        name = " ".join(words)
        texts[words[0]] = done.stdout.decode()
        test.equal((done.returncode, done.stderr), (0, b""), f"{name}: status and stderr")
        test.check(all(len(line) <= 120 for line in texts[words[0]].split("\n")), f"{name}: lines of at most 120 columns")
        test.check("Example" in texts[words[0]], f"{name}: an example")
        test.equal(test.run(*words, ranks=3).stdout.decode(), texts[words[0]], f"{name}: once under mpirun")
    for words, same in ((["-h"], "--help"), (["help"], "--help"), (["clean", "-h"], "clean"), (["help", "clean"], "clean")):
        test.equal(test.run(*words).stdout.decode(), texts[same], f"{' '.join(words)}: is {same}'s help")
    for command in ("clean", "generate"):
        test.check(f"{command} " in texts["--help"], f"--help names {command}")
    # Every option that the help names is one.
    for command in ("clean", "generate"):
        for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", texts[command], re.MULTILINE):
            said = test.run(command, option).stderr.decode()
            test.check("unknown option" not in said, f"{command} --help names {option}: {said}")
    version = test.run("--version")
    test.equal((version.returncode, version.stderr), (0, b""), "--version: status and stderr")
    test.check(re.match(r"ordermill \d+\.\d+", version.stdout.decode()) is not None, f"--version: {version.stdout}")


@case
def wrong_command_lines(test):
    job, data = job_and_data(test)
    cases = [
        ([], "no command"),
        (["claen"], 'did you mean clean?'),
        (["clean"], "needs a job file"),
        (["clean", job, "--outputs", "x"], "did you mean --output?"),
        (["clean", job, "--input", data, "--output"], "--output"),
        (["clean", job, "--input", data, "--chunk-size", "0"], "--chunk-size"),
        (["clean", job, "--input", data, "--chunk-size", "2GiB"], "a size from 1B to 1GiB"),
        (["clean", job, "--input", data, "--chunk-size", "big"], "--chunk-size big"),
        (["clean", job, "--input", data, "--transport", "pigeon"], "reference"),
        (["clean", job, "--input", data, "--log-level", "warnin"], "did you mean warning?"),
        (["clean", job, "--input", data, "--progress", "-1"], "--progress"),
        (["clean", job, "--input", data, "--expect-ranks", "0"], "--expect-ranks"),
        (["clean", job, "--input", data, "--set", "input.delimiter"], "section.key=value"),
        (["clean", job], "no input"),
        (["clean", test.path("nowhere.cfg"), "--input", data], "nowhere.cfg"),
        (["clean", job, "--input", test.path("nowhere.csv")], "nowhere.csv"),
        (["generate"], "--output"),
        (["generate", "--order", "7", "--output", "x"], "did you mean --orders?"),
    ]
    for words, expected in cases:
        done = test.run(*words, cwd=test.scratch)
        name = " ".join(words)
        test.equal(done.returncode, 2, f"{name}: status")
        test.equal(done.stdout, b"", f"{name}: stdout")
        test.equal(len(ours(done)), 1, f"{name}: one message: {done.stderr.decode()}")
        test.check(expected in done.stderr.decode(), f"{name}: {done.stderr.decode()!r} says {expected!r}")
    done = test.run("clean", job, "--input", test.path("nowhere.csv"), ranks=3)
    test.equal((done.returncode, len(ours(done))), (2, 1), "one message under mpirun too: status, messages")
    test.check(not os.path.exists(os.path.join(test.scratch, "out")), "nothing was written")


@case
def inputs_that_the_job_names(test):
    """Paths relative to the current folder, errors with the job's line, and what explain makes of them."""
    folder = test.path("named")
    os.makedirs(os.path.join(folder, "elsewhere"))
    with open(os.path.join(folder, "job.cfg"), "w", encoding="utf-8") as file:
        file.write("[input.new]\nfiles = orders.csv\nfooter_lines = 1\n[fields]\nid = code\n")
    with open(os.path.join(folder, "orders.csv"), "w", encoding="utf-8") as file:
        file.write("id\n1\n2\nthe end\n")
    done = test.run("clean", "job.cfg", cwd=folder)
    test.equal(done.returncode, 0, f"inputs of the job: {done.stderr.decode()}")
    sizes = [line.split()[i] for line in done.stderr.decode().split("\n") for i, first in ((4, "1 input file"), (0, " B in "))
             if first in line]
    test.equal(sizes, ["15", "15"], "the size is the file's at the start and at the end")
    away = os.path.join(folder, "elsewhere")
    done = test.run("clean", "../job.cfg", cwd=away)
    test.equal(done.returncode, 2, "inputs of the job, from another folder: status")
    test.equal(done.stderr.decode(), "ordermill: ../job.cfg:2:9: [input.new] files: cannot read orders.csv: No such file or "
               "directory (relative paths start at the current folder)\n", "inputs of the job, from another folder")
    done = test.run("explain", "../job.cfg", cwd=away)
    test.equal(done.returncode, 0, "explain needs no inputs that only the job names: status")
    test.check("no files: ../job.cfg:2:9: [input.new] files: cannot read" in done.stdout.decode(), "explain says why there are none")
    for words in (["orders.csv"], ["--input", "orders.csv"]):
        done = test.run("explain", "../job.cfg", *words, cwd=away)
        test.equal((done.returncode, done.stdout), (2, b""), f"explain {words}: status and stdout")


@case
def exit_codes(test):
    job, data = job_and_data(test)
    for ranks in (1, 3):
        run = test.clean(job, [data], ranks=ranks)
        test.equal(tree(run.folder), OUTPUTS, f"{ranks} ranks: outputs")
        test.clean(job, [data], "--strict", ranks=ranks, status=1)
        over = test.clean(job, [data], "--set", "max_rejects=0", ranks=ranks, status=1)
        test.check("1 records were rejected" in over.said or "1 record was rejected" in over.said, f"over the limit: {over.said}")
        test.equal(tree(over.folder), OUTPUTS, f"{ranks} ranks: over the limit the outputs are there all the same")
        test.check(over.result().get("over_limit") is True, "over the limit: so says the report")
        test.clean(job, [data], "--set", "max_rejects=1", ranks=ranks)
        test.clean(job, [data], "--set", "max_rejects=34%", ranks=ranks)
        test.clean(job, [data], "--set", "max_rejects=33%", ranks=ranks, status=1)


@case
def existing_outputs(test):
    job, data = job_and_data(test)
    other = test.write("other/late.csv", "order,price\n7,7\n")
    for ranks in (1, 3):
        run = test.clean(job, [data], ranks=ranks)
        before = {name: run.bytes(name) for name in tree(run.folder)}

        def again(*arguments, inputs=(other,), folder=run.folder, count=ranks):
            return test.run("clean", job, "--output", folder, *inputs, *arguments, ranks=count)

        done = again()
        test.equal(done.returncode, 2, f"{ranks} ranks: existing outputs: status")
        test.check("--force" in done.stderr.decode(), f"existing outputs: {done.stderr.decode()}")
        done = again("--force", inputs=[test.path("nowhere.csv")])
        test.equal(done.returncode, 2, "--force with a missing input: status")
        test.check({name: run.bytes(name) for name in tree(run.folder)} == before, f"{ranks} ranks: what isn't replaced stays as it was")
        done = again("--force")
        test.equal(done.returncode, 0, f"--force: status; {done.stderr.decode()}")
        test.equal(tree(run.folder), ["clean.csv", "rejects.csv", "report.json"], "--force: nothing of the earlier run is left")
        test.equal(run.bytes("clean.csv"), b"order,price\n7,7.00\n", "--force: the new outputs")


def no_outputs(test, folder, what):
    """Neither final names nor temporary ones."""
    test.equal(tree(folder) if os.path.exists(folder) else [], [], f"{what}: files left")


@case
def failing_environment(test):
    """Exit code 3: one message that names what failed, and nothing under a final name."""
    job, orders = job_and_data(test)[0], many_orders(test)
    retail = os.path.join(JOBS, "retail.cfg")
    file_size_limit(test, retail, orders)
    for ranks in (1, 3):
        below_a_file = os.path.join(orders, "out")
        done = test.run("clean", retail, "--input", orders, "--output", below_a_file, ranks=ranks)
        test.equal((done.returncode, len(ours(done))), (3, 1), f"{ranks} ranks: output below a file: status, messages: {done.stderr.decode()}")

        full_disk(test, retail, orders, ranks)
        read_only_folder(test, retail, orders, ranks)


def file_size_limit(test, job, orders):
    """A file may not grow beyond 1 MB: like a full disk, for every user. (Not under mpirun: Open MPI's own files are larger.)"""
    folder = test.new_folder()
    command = test.command("clean", job, "--input", orders, "--output", folder, "--quiet")
    done = subprocess.run(command, env=test.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    test.equal((done.returncode, len(ours(done))), (3, 1), f"file size limit: status, messages: {done.stderr.decode()}")
    test.check("File too large" in done.stderr.decode(), f"file size limit: {done.stderr.decode()}")
    no_outputs(test, folder, "file size limit")


def mounted(test, name, options):
    """A small memory file system, if we may mount one."""
    folder = test.path(name)
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    return folder if done.returncode == 0 else None


def full_disk(test, job, orders, ranks):
    disk = mounted(test, f"disk-{ranks}", "size=1m") if os.geteuid() == 0 else None
    if disk is None:
        return test.skip("a full disk: mounting a small one needs root")
    try:
        folder = os.path.join(disk, "out")
        done = test.run("clean", job, "--input", orders, "--output", folder, "--quiet", ranks=ranks)
        test.equal((done.returncode, len(ours(done))), (3, 1), f"{ranks} ranks: full disk: status, messages: {done.stderr.decode()}")
        test.check("No space left on device" in done.stderr.decode(), f"full disk: {done.stderr.decode()}")
        no_outputs(test, folder, f"{ranks} ranks: full disk")
    finally:
        subprocess.run(["umount", disk], check=False)


def read_only_folder(test, job, orders, ranks):
    folder, disk = test.path(f"read-only-{ranks}"), None
    os.makedirs(folder)
    if os.geteuid() == 0:
        disk = mounted(test, f"read-only-{ranks}", "size=1m,ro")
        if disk is None:
            return test.skip("a read-only folder: this machine doesn't allow mounting one")
    else:
        os.chmod(folder, 0o500)
    try:
        done = test.run("clean", job, "--input", orders, "--output", folder, ranks=ranks)
        test.equal((done.returncode, len(ours(done))), (3, 1), f"{ranks} ranks: read-only folder: status, messages: {done.stderr.decode()}")
        test.check(folder in done.stderr.decode(), f"read-only folder: {done.stderr.decode()}")
    finally:
        if disk is not None:
            subprocess.run(["umount", disk], check=False)


@case
def input_that_changes(test):
    """The input is cut off while the ranks read it: one message, no output, no hang."""
    orders = many_orders(test)
    whole = open(orders, "rb").read()
    for ranks in (1, 3):
        path = test.write("cut.csv", whole)
        folder = test.new_folder()
        part = os.path.join(folder, ".clean.csv.part")
        command = test.command("clean", os.path.join(JOBS, "retail.cfg"), "--input", path, "--output", folder, "--chunk-size", "4KiB",
                               "--transport", "reference", ranks=ranks)
        with subprocess.Popen(command, env=test.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            until = time.monotonic() + 60
            while run.poll() is None and time.monotonic() < until and not os.path.exists(part):  # dealing has begun
                time.sleep(0.0005)
            os.truncate(path, 1000)
            try:
                _, said = run.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                run.kill()
                said = b""
                test.check(False, f"{ranks} ranks: cut input: hangs")
        errors = [line for line in said.decode().split("\n") if line.startswith("ordermill: ") and "cut.csv" in line and "job" not in line]
        test.equal((run.returncode, len(errors)), (3, 1), f"{ranks} ranks: cut input: status, messages: {said.decode()}")
        if ranks > 1:
            test.check(re.match(r"ordermill: rank [0-2] on \S+: ", errors[0]) is not None if errors else False, f"cut input: {errors}")
        no_outputs(test, folder, f"{ranks} ranks: cut input")


@case
def launch_checks(test):
    job, data = job_and_data(test)
    for variable in ("SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE"):
        alone = {variable: "4"}
        if variable == "SLURM_NTASKS":
            alone["SLURM_PROCID"] = "0"
        refused = test.clean(job, [data], environment=alone, status=2)
        test.check(f"{variable}=4" in refused.said, f"{variable}: {refused.said}")
        no_outputs(test, refused.folder, variable)
        test.clean(job, [data], "--expect-ranks", "1", environment=alone)
    for ranks, expected in ((1, 2), (3, 2), (2, 1)):
        refused = test.clean(job, [data], "--expect-ranks", str(expected), ranks=ranks, status=2)
        test.equal(len(ours(refused.done)), 1, f"--expect-ranks {expected} with {ranks}: one message: {refused.said}")
        no_outputs(test, refused.folder, "--expect-ranks")
    test.clean(job, [data], "--expect-ranks", "3", ranks=3)
    crowd = test.clean(job, [data], ranks=4 + (os.cpu_count() or 1))
    test.check("warning: " in crowd.said and "ranks" in crowd.said, f"more ranks than cores: a warning: {crowd.said}")


@case
def logs(test):
    job, data = job_and_data(test)
    folder = test.path("logs")
    test.clean(job, [data], "--log-dir", folder, "--log-level", "debug", ranks=3)
    test.equal(tree(folder), ["rank-0.log", "rank-1.log", "rank-2.log"], "--log-dir: files")
    for rank in range(3):
        with open(os.path.join(folder, f"rank-{rank}.log"), encoding="utf-8") as file:
            lines = file.read().split("\n")[:-1]
        test.check(len(lines) > 0, f"rank-{rank}.log says something")
        form = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}[+-]\d\d:\d\d rank {rank} \S+ (debug|info|warning): .+")
        test.check(all(form.fullmatch(line) for line in lines), f"rank-{rank}.log: {lines[:3]}")
    refused = test.clean(job, [data], "--log-dir", os.path.join(data, "logs"), status=3)
    no_outputs(test, refused.folder, "--log-dir below a file")


def slow_pipe(pieces, seconds):
    """A pipe that is filled piece by piece; its reading end."""
    reading, writing = os.pipe()

    def fill():
        with os.fdopen(writing, "wb") as file:
            for piece in pieces:
                file.write(piece)
                file.flush()
                time.sleep(seconds)

    threading.Thread(target=fill, daemon=True).start()
    return reading


# What a run waits for before it begins (the header, and a chunk with its look-ahead) is well below a piece.
PIPED_PIECES = [b"order,price\n"] + [b"1,2.50\n" * 20_000 for _ in range(8)]


@case
def messages(test):
    job, data = job_and_data(test)
    for ranks in (1, 3):
        for arguments, expected in ((["--progress", "0.1"], True), (["--progress", "0"], False), ([], False)):
            stdin = slow_pipe(PIPED_PIECES, 0.08)
            run = test.clean(job, ["-"], "--chunk-size", "16KiB", *arguments, ranks=ranks, stdin=stdin)
            os.close(stdin)
            progress = re.findall(r"^ordermill: ([\d,]+) records, \d+ rejected, .*/s.*$", run.said, re.MULTILINE)
            test.equal(len(progress) > 1, expected, f"{ranks} ranks, {arguments}: progress lines: {run.said}")
            test.check("\r" not in run.said and "\x1b" not in run.said, f"{ranks} ranks: no terminal's codes: {run.said!r}")
            test.check(re.search(r"records +160,000\n", run.said) is not None, f"a summary: {run.said}")
        quiet = test.clean(job, [data], "--quiet", ranks=ranks)
        test.equal(ours(quiet.done), [], f"{ranks} ranks: --quiet says nothing")
        test.equal(quiet.done.stdout, b"", f"{ranks} ranks: stdout")


@case
def on_a_terminal(test):
    """The redrawn line: no colours, and nothing of it is left at the end."""
    job, _ = job_and_data(test)
    try:
        primary, secondary = pty.openpty()
    except OSError as error:
        return test.skip(f"on a terminal: {error}")
    stdin = slow_pipe(PIPED_PIECES, 0.12)
    command = test.command("clean", job, "-", "--chunk-size", "16KiB", "--output", test.new_folder())
    with subprocess.Popen(command, env=dict(test.environment, TERM="xterm"), stdin=stdin, stdout=subprocess.DEVNULL, stderr=secondary) as run:
        os.close(secondary)
        os.close(stdin)
        said = b""
        while select.select([primary], [], [], 60)[0]:
            try:
                piece = os.read(primary, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            said += piece
    os.close(primary)
    test.equal(run.returncode, 0, "on a terminal: status")
    test.check(said.count(b"\r\x1b[K") >= 2, f"on a terminal: a redrawn line: {said!r}")
    test.check(re.search(rb"\x1b\[[0-9;]*m", said) is None, f"on a terminal: no colours: {said!r}")
    test.check(b"records" in said.split(b"\x1b[K")[-1], f"on a terminal: the summary stays: {said!r}")


@case
def closed_standard_output(test):
    """`generate --output - | head` ends quietly or with a message, never with a crash."""
    with subprocess.Popen(test.command("generate", "--orders", "200000", "--output", "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.read(100)
        run.stdout.close()
        said = run.stderr.read().decode()
    test.check(run.returncode in (3, -signal.SIGPIPE), f"generate into a closed pipe: {run.returncode} {said}")


if __name__ == "__main__":
    run_cases()
