#!/usr/bin/env python3
"""`ordermill study` on real runs, `study --burn` and `plan`: what they say of this machine, at 1 to 5 ranks."""
import csv
import json
import os
import re
import signal
import subprocess
import time

from support import JOBS, case, read_csv, run_cases

RETAIL = os.path.join(JOBS, "retail.cfg")
PHASES = {"producer": {"deal", "wait", "total"}, "worker": {"read", "clean", "resolve", "exchange", "write", "wait", "total"}}


def study(test, path, output, *more, ranks, status=0):
    done = test.run("study", RETAIL, "--input", path, "--output", output, *more, ranks=ranks)
    test.equal(done.returncode, status, f"study {more} at {ranks} ranks: {done.stderr.decode()[-1500:]}")
    return done


def rows_are_whole(test, output, sizes, repeats, mode="strong"):
    """Every rank of every run has its phases, and they add up."""
    rows = read_csv(os.path.join(output, "raw.csv"))
    runs = {}
    for row in rows:
        if not row["mode"].endswith("-ceiling"):
            runs.setdefault((int(row["workers"]), int(row["repeat"])), []).append(row)
    test.equal(set(runs), {(size, repeat) for size in sizes for repeat in range(repeats)}, "runs")
    for (workers, repeat), of_run in runs.items():
        what = f"{workers} workers, run {repeat}"
        test.equal({row["mode"] for row in of_run}, {mode}, f"{what}: mode")
        test.equal({int(row["rank"]) for row in of_run}, set(range(workers + 1)), f"{what}: ranks")
        for rank in range(workers + 1):
            of_rank = {row["phase"]: row for row in of_run if int(row["rank"]) == rank}
            test.equal(set(of_rank), PHASES["worker" if rank else "producer"], f"{what}, rank {rank}: phases")
            total = float(of_rank["total"]["wall_s"])
            parts = sum(float(row["wall_s"]) for phase, row in of_rank.items() if phase != "total")
            test.check(abs(total - parts) < 1e-3, f"{what}, rank {rank}: phases come to {parts} of {total} s")
            test.check(int(of_rank["total"]["peak_rss_bytes"]) > 1 << 20, f"{what}, rank {rank}: memory")
            cpu = float(of_rank["total"]["cpu_s"])
            used = sum(float(row["cpu_s"]) for phase, row in of_rank.items() if phase != "total")
            test.check(abs(cpu - used) <= 0.03 * cpu + 1e-4, f"{what}, rank {rank}: CPU of the phases {used} of {cpu} s")
        cleaned = sum(int(row["records"]) for row in of_run if row["phase"] == "clean")
        test.check(cleaned >= int(of_run[0]["work_records"]) > 0, f"{what}: {cleaned} records cleaned")
    return runs


def orders(test):
    return test.generated_orders(20_000, seed=8)


def counted_orders(test):
    """A file, and how many records it has."""
    path = orders(test)
    return path, test.clean(RETAIL, [path]).result()["records"]


@case
def sizes_of_one_launch(test):
    path, records = counted_orders(test)
    for ranks in (2, 3, 4, 5):
        output = test.new_folder()
        sizes = sorted({1, 2, ranks - 1} & set(range(1, ranks)))
        done = study(test, path, output, "--workers", ",".join(map(str, sizes)), "--repeats", 2, "--chunk-size", "32KiB", ranks=ranks)
        runs = rows_are_whole(test, output, sizes, 2)
        test.equal({int(row["work_records"]) for run in runs.values() for row in run}, {records}, "the same work in every run")
        test.equal(sorted(os.listdir(output)),
                   ["raw.csv", "strong-efficiency.svg", "strong-extra-p.jsonl", "strong-phase-shares.svg", "strong-phases.svg",
                    "strong-speedup.svg", "strong-time.svg", "strong-timeline.svg", "study.html", "study.json", "timeline.csv"],
                   "files, and no outputs of runs")
        ceilings(test, output, sizes, records)
        told = json.loads(open(os.path.join(output, "study.json"), encoding="utf-8").read())["studies"][0]
        test.equal([size["workers"] for size in told["sizes"]], sizes, "sizes told")
        said = done.stdout.decode()
        test.check("What bounds the run" in said, "says what bounds the run")
        if ranks - 1 > os.cpu_count():
            test.check("oversubscribed" in said or "more ranks than cores" in said, f"{ranks} ranks on {os.cpu_count()} cores is said")
        bars = read_csv(os.path.join(output, "timeline.csv"))
        shown = {int(bar["rank"]) for bar in bars}  # a rank that came too late for any chunk has none
        test.check({0, 1} <= shown <= set(range(max(sizes) + 1)), f"ranks with a timeline: {shown}")
    again = study(test, path, output, ranks=3, status=2)
    test.check(b"has a study already" in again.stderr, f"a study isn't overwritten: {again.stderr}")
    # Rows of several launches are put together.
    done = test.run("study", "--combine", os.path.join(output, "raw.csv"), "--output", test.new_folder())
    test.equal(done.returncode, 0, f"combined: {done.stderr}")


@case
def growing_work(test):
    path, records = counted_orders(test)
    output = test.new_folder()
    study(test, path, output, "--weak", "--workers", "1,3", "--repeats", 1, ranks=4)
    runs = rows_are_whole(test, output, [1, 3], 1, "weak")
    base = int(runs[1, 0][0]["work_duplicates"])
    test.check(base > 100, f"duplicates of the inputs: {base}")
    for (workers, _), rows in runs.items():
        test.equal(int(rows[0]["work_records"]), workers * records, f"{workers} workers: records")
        test.equal(int(rows[0]["work_duplicates"]), workers * base, f"{workers} workers: each copy has its own duplicates")
    told = json.loads(open(os.path.join(output, "study.json"), encoding="utf-8").read())["studies"][0]
    test.check(not any("duplicates instead of" in note for note in told["notes"]), f"the work grows as it should: {told['notes']}")
    ceilings(test, output, [1, 3], records, "weak")


def ceilings(test, output, sizes, records, mode="strong"):
    """At each size as many processes that share nothing; together they clean what the run cleans."""
    rows = [row for row in read_csv(os.path.join(output, "raw.csv")) if row["mode"] == mode + "-ceiling"]
    test.equal({int(row["workers"]) for row in rows}, set(sizes), f"{mode}: sizes with a ceiling")
    for size in sizes:
        own = [row for row in rows if int(row["workers"]) == size and row["phase"] == "total" and row["repeat"] == "0"]
        test.equal(sorted(int(row["rank"]) for row in own), list(range(size)), f"{size} workers: processes of the ceiling")
        # A record that a border cuts is two, both rejected.
        cleaned, whole = sum(int(row["records"]) for row in own), records * (size if mode == "weak" else 1)
        test.check(abs(cleaned - whole) <= 2 * size, f"{size} workers: the ceiling cleans {cleaned} of {whole} records")
    told = json.loads(open(os.path.join(output, "study.json"), encoding="utf-8").read())["studies"][0]
    test.check(all(0 < size["ceiling"]["of_ceiling"] < 10 for size in told["sizes"]), "each size has its ceiling")


def settled_after(seconds, most):
    """How many runs it takes until half the median's interval is within 100 %: of six to eight it is from the first to the last."""
    for runs in range(6, min(most, len(seconds) + 1)):
        ordered = sorted(seconds[:runs])
        if (ordered[-1] - ordered[0]) / 2 <= (ordered[(runs - 1) // 2] + ordered[runs // 2]) / 2:
            return runs
    return most


@case
def settling(test):
    """No more runs than it takes, no more than are allowed; memory of each size; a sweep's settings."""
    path = orders(test)
    output = test.new_folder()
    done = study(test, path, output, "--workers", "1,2", "--repeats", 7, "--precision", "100", "--ceiling", "never",
                 "--sweep", "chunk-size=16KiB,256KiB", ranks=3)
    rows = [row for row in read_csv(os.path.join(output, "raw.csv")) if row["phase"] == "total"]
    for setting in ("chunk-size=16KiB", "chunk-size=256KiB"):
        for size in (1, 2):
            own = [row for row in rows if row["setting"] == setting and int(row["workers"]) == size]
            seconds = [float(row["wall_s"]) for row in own if row["role"] == "producer"]
            test.equal(len(seconds), settled_after(seconds, 7), f"{setting}, {size} workers: runs, of {seconds}")
            test.equal({int(row["chunk_bytes"]) for row in own}, {1024 * int(setting[11:-3])}, f"{setting}: chunks")
    test.equal(done.stderr.decode().count("settled: the median is known to"), 4, f"says so: {done.stderr.decode()}")
    test.check("chunk-size=16KiB, 2 workers, run 1 of at most 7" in done.stderr.decode(), f"names settings: {done.stderr.decode()}")
    test.check(not any(row["mode"].endswith("-ceiling") for row in rows), "no ceiling")
    test.check(os.path.exists(os.path.join(output, "strong-sweep-chunk-size.svg")), "the sweep's plot")
    parted = test.new_folder()
    study(test, path, parted, "--workers", "2", "--repeats", 1, "--ceiling", "never", "--sweep", "parts=1,3", ranks=3)
    told = {(row["setting"], row["parts"]) for row in read_csv(os.path.join(parted, "raw.csv"))}
    test.equal(told, {("parts=1", "1"), ("parts=3", "3")}, "a sweep over parts")
    test.check(os.path.exists(os.path.join(parted, "strong-sweep-parts.svg")), "its plot")
    # A large size first doesn't leave its memory to a small one.
    heads = {row["command"] for row in rows} | {row["job"] for row in rows} | {row["inputs"] for row in rows}
    test.check(any("--sweep chunk-size" in head for head in heads) and RETAIL in heads and path in heads, f"the head: {heads}")


@case
def going_on(test):
    """A launch that goes on keeps the whole runs of the one before, byte for byte, and measures the others."""
    path = orders(test)
    output = test.new_folder()
    words = ("--workers", "1,2", "--repeats", 3, "--precision", "0.001", "--resume")
    study(test, path, output, *words, ranks=3)
    raw, timeline = os.path.join(output, "raw.csv"), os.path.join(output, "timeline.csv")
    with open(raw, encoding="utf-8") as file:
        lines = file.read().split("\n")
    last = next(at for at, row in enumerate(read_csv(raw)) if row["workers"] == "2" and row["repeat"] == "1") + 1
    for what, cut in (("between runs", lines[:last]), ("in a run", lines[:last + 4]), ("in a row", lines[:last] + [lines[last][:40]])):
        with open(raw, "w", encoding="utf-8") as file:
            file.write("\n".join(cut) + ("" if what == "in a row" else "\n"))
        done = study(test, path, output, *words, ranks=3)
        with open(raw, encoding="utf-8") as file:
            text = file.read()
        test.check(text.startswith("\n".join(lines[:last]) + "\n"), f"cut {what}: whole runs are kept")
        rows_are_whole(test, output, [1, 2], 3)
        test.equal(len({row["study"] for row in read_csv(raw)}), 1, f"cut {what}: one study")
        said = done.stderr.decode()
        test.check("1 worker: 2 of at most 3 runs were measured by an earlier launch" in said, f"cut {what}: it says what is kept: {said}")
        test.check("2 workers: 1 of at most 3 runs" in said and "2 workers, run 1 of" not in said, f"cut {what}: {said}")
        # Bars of runs that are measured again aren't there twice.
        bars = read_csv(timeline)
        test.equal(len(bars), len({tuple(bar.values()) for bar in bars}), f"cut {what}: bars")
    done = study(test, path, output, *words, ranks=3)
    test.check("run 3 of" not in done.stderr.decode(), f"a whole study measures nothing: {done.stderr.decode()}")
    with open(raw, encoding="utf-8") as file:
        test.equal(file.read(), text, "and stays as it is")
    done = study(test, path, output, *words[:-3], "--precision", "5", "--resume", ranks=3, status=2)
    test.check("has the study of another command" in done.stderr.decode(), f"another study: {done.stderr.decode()}")
    with open(raw, "w", encoding="utf-8") as file:
        file.write(text.replace(read_csv_cell(text, "cpu_model"), "Another CPU"))
    done = study(test, path, output, *words, ranks=3)
    test.check("the study begins again: the rows that are there were measured on other CPUs (Another CPU)" in done.stderr.decode(),
               f"another machine: {done.stderr.decode()}")
    test.equal(len({row["cpu_model"] for row in read_csv(raw)}), 1, "no rows of two machines")


def read_csv_cell(text, column):
    """The column's value in the first row."""
    header, row = next(csv.reader([text.split("\n")[0]])), next(csv.reader([text.split("\n")[1]]))
    return row[header.index(column)]


@case
def refused(test):
    path = orders(test)
    for words, says, ranks in (
            (["study", RETAIL, "--input", path, "--output", "x", "--workers", "1,4"], "this size needs 5 ranks, but the launch has 3", 3),
            (["study", RETAIL, "--input", path, "--output", "x", "--workers", "0"], "expected numbers of workers", 1),
            (["study", RETAIL, "--input", path, "--output", "x"], "study needs at least 2 ranks", 1),
            (["study", "--output", "x"], "needs a job file", 1),
            (["study", RETAIL, "--input", path], "needs --output", 1),
            (["study", RETAIL, "--input", path, "--output", "x", "--resume", "--force"], "give one of them", 1),
            (["study", "--burn", "0"], "at least 1", 1),
            (["study", RETAIL, "--input", path, "--output", "x", "--precision", "none"], "expected per cent", 1),
            (["study", RETAIL, "--input", path, "--output", "x", "--ceiling", "high"], "expected auto, always or never", 1),
            (["study", RETAIL, "--input", path, "--output", "x", "--sweep", "chunk-size=1MiB"], "two or more values", 1),
            (["study", RETAIL, "--input", path, "--output", "x", "--sweep", "chunk-sise=1MiB,2MiB"], "chunk-sise", 1),
            (["study", RETAIL, "--input", path, "--output", "x", "--sweep", "input=a,b"], "can't be swept", 1),
            (["study", RETAIL, "--burn", "5"], "takes no job", 1),
            (["study", RETAIL, "--weak", "--output", "x"], "needs --input", 1),
            (["plan", RETAIL, "-"], "can't read a pipe", 1),
            (["plan"], "needs a job file", 1)):
        done = test.run(*words, ranks=ranks)
        test.equal(done.returncode, 2, f"{words[1:]}: {done.stderr}")
        test.check(says in done.stderr.decode(), f"{words[1:]} says {says}: {done.stderr.decode()}")


@case
def a_rank_dies(test):
    """The study ends by itself; the rows of the runs before are kept."""
    path = orders(test)
    output = test.new_folder()
    command = [test.mpirun, "--mca", "orte_enable_recovery", "1", "--mca", "async_mpi_finalize", "1", "-n", "4", test.ordermill,
               "study", RETAIL, "--input", path, "--output", output, "--workers", "1,3", "--repeats", "50", "--lease", "3"]
    environment = dict(test.environment, ORDERMILL_FAULT="pace=5", STUDY_RUN=str(os.getpid()))
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
        raw = os.path.join(output, "raw.csv")
        until = time.monotonic() + 60
        while not (os.path.exists(raw) and len(read_csv(raw)) > 60) and time.monotonic() < until:
            time.sleep(0.05)
        victim = rank_of(run.pid, 3)
        os.kill(victim, signal.SIGKILL)
        begin = time.monotonic()
        try:
            said = run.communicate(timeout=60)[1].decode()
        except subprocess.TimeoutExpired:
            run.kill()
            said = ""
            test.check(False, "a study hangs when a rank dies")
        test.check(time.monotonic() - begin < 30, f"it ended after {time.monotonic() - begin:.1f} s")
    test.check("died" in said, f"it says so: {said}")
    test.check(len(read_csv(raw)) > 60 and not os.path.exists(os.path.join(output, "runs")), "rows are kept, outputs of runs are not")
    done = test.run("study", "--combine", raw, "--output", output)
    test.equal(done.returncode, 0, f"they can be told: {done.stderr}")


def rank_of(launcher, wanted):
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environment = dict(pair.split(b"=", 1) for pair in file.read().split(b"\0") if b"=" in pair)
        except (OSError, NotADirectoryError):
            continue
        if environment.get(b"STUDY_RUN") == str(os.getpid()).encode() and environment.get(b"OMPI_COMM_WORLD_RANK") == str(wanted).encode():
            return int(name)
    raise RuntimeError("no such rank")


@case
def burning(test):
    for ranks in (1, 2, 3):
        output = test.new_folder()
        more = ["--output", output, "--repeats", 2] if ranks == 2 else []
        done = test.run("study", "--burn", 3_000_000, "--orders", 2, *more, ranks=ranks)
        if more:
            rows_of_burning(test, done, output)
        said = done.stdout.decode()
        test.equal(done.returncode, 0, f"burn at {ranks}: {done.stderr}")
        ways = re.findall(r"^  (one after another|2 processes(?: \(ranks\))?|2 threads|2 coroutines) +([0-9.]+) s +([0-9.]+) s", said, re.M)
        test.equal(len(ways), 5, f"ways of the loop, and one of waiting: {said}")
        test.equal("(ranks)" in said, ranks > 1, "the processes are ranks")
        test.check(all(0 < float(wall) and 0 < float(user) for _, wall, user in ways[:4]), f"times: {ways}")
        test.check("as processes, 1 of 2 came out well; as threads, 0 of 2" in said, f"crash: {said}")
        test.check("ns an iteration" in said, "cost of an iteration")


def rows_of_burning(test, done, output):
    rows = read_csv(os.path.join(output, "burn.csv"))
    ways = {}
    for row in rows:
        ways.setdefault((row["work"], row["way"]), []).append(row)
    test.check(all([row["repeat"] for row in own] == ["0", "1"] for own in ways.values()), "two rows of each way")
    for way in ("one after another", "2 processes (ranks)", "2 threads", "2 coroutines"):
        test.check(("loop", way) in ways, f"rows of {way}: {sorted(ways)}")
    for way in ("one after another", "200 processes", "200 threads", "200 coroutines"):
        test.check(("wait", way) in ways, f"rows of {way}: {sorted(ways)}")
    python = {way for work, way in ways if work == "loop" and way.startswith("Python")}
    test.check(len(python) >= 4 and any("processes" in way for way in python), f"Python's rows: {python}")  # it runs this test
    wall = {way: min(float(row["wall_s"]) for row in own) for (work, way), own in ways.items() if work == "wait"}
    memory = {way: int(own[0]["peak_memory_bytes"]) for (work, way), own in ways.items() if work == "wait"}
    test.check(wall["200 coroutines"] * 10 < wall["one after another"], f"coroutines wait at the same time: {wall}")
    test.check(memory["200 coroutines"] * 10 < memory["200 processes"], f"and need little memory: {memory}")
    test.check("all processes, summed" in done.stdout.decode(), "says whose memory it is")
    test.check("the median of 2 runs" in done.stdout.decode(), "says how many runs")
    again = test.run("study", "--burn", 1000, "--output", output, ranks=2)
    test.equal(again.returncode, 2, "rows aren't overwritten")
    test.check(b"exists already" in again.stderr, f"says so: {again.stderr}")


@case
def foreseen(test):
    path = orders(test)
    done = test.run("plan", RETAIL, "--input", path)
    said = done.stdout.decode()
    test.equal(done.returncode, 0, f"plan: {done.stderr}")
    for words in ("inputs    1 file", "chunks    ", "memory    about", "limit     ", " for its ranks together (", "one process", "advice    "):
        test.check(words in said, f"plan says {words}: {said}")
    test.check(not os.path.exists("out/retail"), "nothing is written")
    crowded = test.run("plan", RETAIL, "--input", path, ranks=os.cpu_count() + 2).stdout.decode()
    test.check("the ranks share cores" in crowded, f"more ranks than cores + 1: {crowded}")
    little = test.run("plan", RETAIL, "--input", path, environment={"SLURM_MEM_PER_NODE": "3"}).stdout.decode()
    for words in (": 3.0 MiB for its ranks together (SLURM_MEM_PER_NODE=3)\n", "warning   1 worker needs about ", "more than the limit: "):
        test.check(words in little, f"a node with 3 MiB: plan says {words}: {little}")


if __name__ == "__main__":
    run_cases()
