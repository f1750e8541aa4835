#!/usr/bin/env python3
"""usage: run.py --ordermill PROGRAM --mpirun MPIRUN [--update] CASE_FOLDER...

A case is a folder with
  job.cfg       the job
  what.txt      three lines: what a reader must check in expected/, since the program wrote it
  input/        its input files: input/*, sorted
  files         optional: inputs in this order, a line each, relative to the case's folder
  args          optional: more arguments, a line each
  stdin         optional: a file that is piped in, with - as input
  expected/     what must come out: clean.csv, rejects.csv, rejects-raw/, result.json (report.json's result), status (exit code)
                or, for a job that is refused, stderr and status

It is run as one process and at 2, 3 and 4 ranks, with several chunk sizes, by reference and inline; every run must give
the expected bytes. A job that is refused is refused before any chunk is cut: one process and 3 ranks tell all.
--update writes expected/ from the one-process run: read the difference before you commit it, and check what.txt by hand.
"""
import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from mpi_environment import mpi_environment  # noqa: E402

# ranks, chunk size, transport
RUNS = [(1, None, None), (1, "7B", "inline"), (1, "64B", None), (2, "4KiB", None), (3, "33B", "inline"), (4, "100B", None)]
RUNS_OF_A_REFUSED_JOB = [(1, None, None), (3, None, None)]


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if line]


def command(options, case, ranks, chunk, transport, output):
    program = [options.ordermill, "clean", "job.cfg", "--output", output, "--quiet"]
    if ranks > 1:
        program = [options.mpirun, "-n", str(ranks)] + program
    piped = os.path.exists(os.path.join(case, "stdin"))
    files = ["-"] if piped else lines(os.path.join(case, "files"))
    if not files:
        files = ["input/" + name for name in sorted(os.listdir(os.path.join(case, "input")))]
    for name in files:
        program += ["--input", name]
    program += lines(os.path.join(case, "args"))
    if chunk:
        program += ["--chunk-size", chunk]
    if transport:
        program += ["--transport", transport]
    return program


def run(options, case, ranks, chunk, transport, output):
    """Runs it in the case's folder; what came out goes to `output`, beside status and stderr."""
    stdin = subprocess.DEVNULL
    if os.path.exists(os.path.join(case, "stdin")):
        stdin = subprocess.Popen(["cat", "stdin"], cwd=case, stdout=subprocess.PIPE).stdout
    done = subprocess.run(command(options, case, ranks, chunk, transport, output), cwd=case, stdin=stdin,
                          env=options.environment, capture_output=True, timeout=120)
    if stdin is not subprocess.DEVNULL:
        stdin.close()
    os.makedirs(output, exist_ok=True)
    ours = [line for line in done.stderr.decode(errors="replace").split("\n") if line.startswith("ordermill: ")]
    with open(os.path.join(output, "status"), "w", encoding="utf-8") as file:
        file.write(f"{done.returncode}\n")
    report = os.path.join(output, "report.json")
    if os.path.exists(report):
        with open(report, encoding="utf-8") as file:
            result = json.load(file)["result"]
        os.remove(report)
        with open(os.path.join(output, "result.json"), "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1, ensure_ascii=False)
            file.write("\n")
    else:
        with open(os.path.join(output, "stderr"), "w", encoding="utf-8") as file:
            file.write("\n".join(ours) + "\n")
    return done


def tree(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder) for where, _, names in os.walk(folder) for name in names)


def differences(expected, actual):
    for name in sorted(set(tree(expected)) | set(tree(actual))):
        one, other = os.path.join(expected, name), os.path.join(actual, name)
        if not os.path.exists(one):
            yield f"{name} was not expected"
        elif not os.path.exists(other):
            yield f"{name} is missing"
        elif not filecmp.cmp(one, other, shallow=False):
            difference = subprocess.run(["diff", "-a", "-u", one, other], capture_output=True).stdout.decode(errors="replace")
            yield f"{name} differs:\n" + "\n".join(difference.split("\n")[:20])


def what_to_check(case):
    """The three lines of what.txt. Throws ValueError when they aren't there."""
    what = lines(os.path.join(case, "what.txt"))
    if len(what) != 3:
        raise ValueError(f"{os.path.basename(case)}: what.txt has {len(what)} lines; write three, one fact each: which input "
                         "line, what comes out of it and why, what would go wrong first")
    return what


def runs_of(case):
    refused = os.path.exists(os.path.join(case, "expected", "stderr"))
    return RUNS_OF_A_REFUSED_JOB if refused else RUNS


def check(options, case):
    """The numbers of runs and of failed runs. A case that doesn't say what to check is one failed run."""
    expected = os.path.join(case, "expected")
    failures = 0
    try:
        what = what_to_check(case)
    except ValueError as error:
        print(error)
        return 1, 1
    with tempfile.TemporaryDirectory(prefix="ordermill-golden-") as scratch:
        if options.update:
            run(options, case, 1, None, None, os.path.join(scratch, "update"))
            shutil.rmtree(expected, ignore_errors=True)
            shutil.copytree(os.path.join(scratch, "update"), expected)
        runs = runs_of(case)
        for number, (ranks, chunk, transport) in enumerate(runs):
            output = os.path.join(scratch, str(number))
            done = run(options, case, ranks, chunk, transport, output)
            wrong = list(differences(expected, output))
            if wrong:
                failures += 1
                print(f"{os.path.basename(case)}: {ranks} ranks, chunk {chunk}, transport {transport}:")
                print("\n".join(wrong))
                print(done.stderr.decode(errors="replace")[-2000:])
    if failures:
        print("\n".join([f"{os.path.basename(case)}: what a reader must check:", *what]))
    return len(runs), failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ordermill", required=True)
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("cases", nargs="+")
    options = parser.parse_args()
    options.ordermill = os.path.abspath(options.ordermill)
    options.environment = mpi_environment()
    results = [check(options, os.path.abspath(case)) for case in options.cases]
    failures = sum(failed for _, failed in results)
    print(f"{len(options.cases)} case(s), {sum(runs for runs, _ in results)} runs, {failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
