#!/usr/bin/env python3
"""The guard of the speed: instructions a record, counted by valgrind, against recorded figures.

Time is too noisy to test; instructions are the same on every run and machine, but for the compiler, the libraries and
the vector instructions. Valgrind has no AVX-512, so what is counted is the path for AVX2. The figure is the difference
of two runs, of 20,000 and of 10,000 records, so that starting up costs nothing. For rank 0 it is what it does with the
answers of two workers (Scheduler::take) for a chunk: the difference of runs with many and with few chunks.

    tests/bench/instructions.py --ordermill build/release/ordermill             # compares: 0 fine, 1 slower, 77 skipped
    tests/bench/instructions.py --ordermill build/release/ordermill --record    # writes the figures anew
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from jobs import HERE, QUOTED, RETAIL, WIDE

sys.path.insert(0, os.path.join(HERE, "..", "support"))
from mpi_environment import mpi_environment  # noqa: E402

FIGURES = os.path.join(HERE, "instructions.txt")
SMALL, LARGE = 10_000, 20_000  # records
SLACK = 0.05
SKIPPED = 77
TIME_LIMIT = 120

CASES = {
    "retail": (RETAIL, True),
    "retail-keeping-duplicates": (RETAIL, False),
    "wide": (WIDE, True),
    "quoted": (QUOTED, True),
}


RANK_0 = {"rank-0-a-chunk": True, "rank-0-a-chunk-keeping-duplicates": False}
RANK_0_ORDERS = 200_000
RANK_0_CHUNKS = "64KiB", "256KiB"
ALL = [*CASES, *RANK_0]


def why_not(options):
    """Why nothing can be compared here; None if it can."""
    if options.build_type != "Release":
        return f"the build is {options.build_type}, the figures are for Release"
    if shutil.which(options.mpirun) is None:
        return f"there is no {options.mpirun}"
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = set(re.findall(r"\w+", file.read()))
    if not {"avx2", "bmi2"} <= flags:
        return "the figures are for a processor with AVX2"
    return None


def compiler_of(ordermill):
    """The compiler's name and major version as the program's own comment section has them: `GCC-12`."""
    comment = subprocess.run(["readelf", "-p", ".comment", ordermill], capture_output=True, text=True, check=True)
    found = re.search(r"\b(GCC|clang)\b[^\n]*?(\d+)\.\d+\.\d+", comment.stdout)
    return f"{found.group(1)}-{found.group(2)}" if found else "unknown"


def run_counted(ordermill, job, source, folder):
    """Instructions, and the records in the input."""
    output = os.path.join(folder, "out")
    shutil.rmtree(output, ignore_errors=True)  # the report of a run before would be read
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/profile", ordermill, "clean", job,
               "--input", source, "--output", output, "--force", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        sys.exit(f"{' '.join(command)}\nended with status {done.returncode}\n{done.stderr[-2000:]}")
    with open(os.path.join(output, "report.json"), encoding="utf-8") as file:
        records = json.load(file)["result"]["records"]
    return int(collected.group(1)), records


def count(ordermill, case, folder):
    """Instructions a record."""
    job, removes_duplicates = CASES[case]
    path = job.path if removes_duplicates else job.without_duplicates(folder)
    counted = []
    for orders in SMALL, LARGE:
        source = os.path.join(folder, f"{job.name}-{orders}.csv")
        if not os.path.exists(source):
            job.make_input(ordermill, orders, source)
        counted.append(run_counted(ordermill, path, source, folder))
    (few, few_records), (many, many_records) = counted
    return round((many - few) / (many_records - few_records))


def run_rank_0(options, job, source, chunk, folder):
    """Instructions of rank 0 within Scheduler::take, and the chunks of the run."""
    output = os.path.join(folder, "out")
    shutil.rmtree(output, ignore_errors=True)
    clean = [options.ordermill, "clean", job, "--input", source, "--output", output, "--chunk-size", chunk, "--quiet"]
    count_it = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/profile", "--toggle-collect=*Scheduler::take(*"]
    command = [options.mpirun, "-n", "1", *count_it, *clean, ":", "-n", "2", *clean]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False, env=mpi_environment())
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        sys.exit(f"{' '.join(command)}\nended with status {done.returncode}\n{done.stderr[-2000:]}")
    if int(collected.group(1)) == 0:
        sys.exit("no instruction was counted in Scheduler::take: does the program still have it?")
    with open(os.path.join(output, "report.json"), encoding="utf-8") as file:
        return int(collected.group(1)), json.load(file)["run"]["chunks_dealt"]


def count_rank_0(options, case, folder):
    """Instructions a chunk."""
    path = RETAIL.path if RANK_0[case] else RETAIL.without_duplicates(folder)
    source = os.path.join(folder, "rank-0.csv")
    if not os.path.exists(source):
        RETAIL.make_input(options.ordermill, RANK_0_ORDERS, source)
    (many, many_chunks), (few, few_chunks) = (run_rank_0(options, path, source, chunk, folder) for chunk in RANK_0_CHUNKS)
    return round((many - few) / (many_chunks - few_chunks))


def read_figures():
    """By compiler and case."""
    figures = {}
    if os.path.exists(FIGURES):
        with open(FIGURES, encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    compiler, case, figure = line.split()
                    figures[compiler, case] = int(figure)
    return figures


def write_figures(figures):
    with open(FIGURES, "w", encoding="utf-8") as file:
        file.write("# Instructions a record, or for rank 0 a chunk, by compiler and case: written by instructions.py --record\n")
        for (compiler, case), figure in sorted(figures.items()):
            file.write(f"{compiler} {case} {figure}\n")


def compare(counted, recorded):
    """Prints each case against its figure; returns those that are slower than the slack allows."""
    slower = []
    for case, figure in counted.items():
        change = figure / recorded[case] - 1
        verdict = "SLOWER" if change > SLACK else "faster: record the new figure" if change < -SLACK else "fine"
        unit = "chunk" if case in RANK_0 else "record"
        print(f"{case:34} {figure:6,} instructions a {unit}, recorded {recorded[case]:6,} ({change:+.1%})  {verdict}")
        if change > SLACK:
            slower.append(case)
    return slower


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ordermill", required=True, help="the program, a Release build")
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--build-type", default="Release", help="the build type of the program (default Release)")
    parser.add_argument("--record", action="store_true", help="replace the figures of this compiler in instructions.txt")
    options = parser.parse_args()
    options.ordermill = os.path.abspath(options.ordermill)

    reason = why_not(options)
    if reason is None:
        compiler = compiler_of(options.ordermill)
        figures = read_figures()
        missing = [case for case in ALL if (compiler, case) not in figures]
        if missing and not options.record:
            reason = f"no figures for {', '.join(missing)} with {compiler}; --record adds them"
    if reason is not None:
        print(f"skipped: {reason}")
        return SKIPPED

    with tempfile.TemporaryDirectory(prefix="ordermill-instructions-") as folder:
        counted = {case: count(options.ordermill, case, folder) for case in CASES}
        counted.update({case: count_rank_0(options, case, folder) for case in RANK_0})
    if options.record:
        figures.update({(compiler, case): figure for case, figure in counted.items()})
        write_figures(figures)
        print(f"recorded for {compiler}: {counted}")
        return 0
    slower = compare(counted, {case: figures[compiler, case] for case in ALL})
    if slower:
        print(f"\n{', '.join(slower)}: more than {SLACK:.0%} over the figures in tests/bench/instructions.txt. If the "
              f"change is worth these instructions, say why in the commit and record the new figures:\n"
              f"    tests/bench/instructions.py --ordermill {options.ordermill} --record")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
