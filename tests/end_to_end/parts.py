#!/usr/bin/env python3
"""Clean records in parts: which record is where, the same bytes however the run goes, and nothing stale beside them."""
import csv
import fcntl
import io
import os
import signal
import subprocess
import zlib

from support import Run, Test, outputs_of, wait_for

JOB = """[output]
provenance = file, line
[fields]
invoice  = code "InvoiceNo" | required | pattern C?[0-9]{6}[A-Z]?
quantity = integer "Quantity" | required | not 0
country  = text "Country" | collapse
"""
STRIPE = 1 << 20
PARTS = 5


def names(parts):
    return [f"clean/part-{part:05}.csv" for part in range(1, parts + 1)]


def records(data):
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def record_begins(path):
    """By line number, the byte at which the record that begins there does. Read one by one, as RFC 4180 has it."""
    with open(path, "rb") as file:
        data = file.read()
    begins, line, at, quoted = {}, 1, 0, False
    begin, begin_line = 0, 1
    for at, byte in enumerate(data):
        if byte == 34:
            quoted = not quoted
        elif byte == 10:
            line += 1
            if not quoted:
                begins[begin_line] = begin
                begin, begin_line = at + 1, line
    begins[begin_line] = begin
    return begins


def each_record_is_where_the_page_says(test, inputs, whole, split):
    header, *rows = records(whole["clean.csv"])
    begins = {path: record_begins(path) for path in inputs}
    expected = {name: [header] for name in names(PARTS)}
    for row in rows:
        number = inputs.index(row[-2])
        part = (number + begins[row[-2]][int(row[-1])] // STRIPE) % PARTS
        expected[names(PARTS)[part]].append(row)
    for name in names(PARTS):
        test.check(records(split[name]) == expected[name], f"{name}: its records, in the order of the inputs")
        test.check(len(expected[name]) > 100, f"{name}: not only a few records")
    test.equal(split["rejects.csv"], whole["rejects.csv"], "rejects.csv isn't in parts")


def report_is_right(test, run):
    report = run.report()
    test.equal(report["result"]["parts"], {"count": PARTS, "stripe_bytes": STRIPE}, "the report tells the parts")
    listed = {one["file"]: one for one in report["result"]["outputs"]}
    for name in names(PARTS):
        data = run.files()[name]
        test.equal((listed[name]["bytes"], listed[name]["crc32"]), (len(data), f"{zlib.crc32(data):08x}"), f"{name} in the report")


def same_bytes_however(test, job, inputs, reference, more=()):
    for ranks, words in ((2, ["--chunk-size", "100KiB"]), (3, ["--transport", "inline", "--chunk-size", "3MiB"]), (4, []),
                         (3, ["--gather", "always"])):
        run = test.clean(job, inputs, "--parts", str(PARTS), *more, *words, ranks=ranks, status=0)
        test.check(run.files() == reference, f"{ranks} ranks, {words}: the same bytes")


def from_a_pipe(test, job, path, reference):
    with open(path, "rb") as stdin:
        output = test.new_folder()
        done = test.run("clean", job, "-", "--output", output, "--parts", "3", ranks=3, stdin=stdin)
    test.equal(done.returncode, 0, f"from a pipe: {done.stderr}")
    for name in names(3):
        with open(os.path.join(output, name), "rb") as file:
            test.check(file.read().replace(b",-,", f",{path},".encode()) == reference[name], f"from a pipe: {name}")


def nothing_stale(test, job, path):
    """--force with other parts: from 16 to 4, to 1, to 3; and what isn't ordermill's stays."""
    output = test.new_folder()
    for parts in (16, 4, 1, 3, 1):
        if parts != 16:
            test.write(os.path.join(output, "clean", "mine.txt"), "mine")
        done = test.run("clean", job, "--input", path, "--output", output, "--parts", parts, "--force")
        test.equal(done.returncode, 0, f"{parts} parts over others: {done.stderr}")
        there = sorted(os.path.relpath(os.path.join(where, name), output) for where, _, found in os.walk(output) for name in found)
        clean = ["clean.csv"] if parts == 1 else names(parts)
        mine = [] if parts == 16 else ["clean/mine.txt"]
        test.equal([name for name in there if "clean" in name], sorted(clean + mine), f"{parts} parts: these files, and no others")
    os.remove(os.path.join(output, "clean", "mine.txt"))
    test.run("clean", job, "--input", path, "--output", output, "--parts", "2", "--force")
    test.run("clean", job, "--input", path, "--output", output, "--force")
    test.check(not os.path.exists(os.path.join(output, "clean")), "an empty folder of parts goes too")
    again = test.run("clean", job, "--input", path, "--output", output, "--parts", "2")
    test.equal(again.returncode, 2, "without --force the folder's outputs stay")


def refused(test, job, path):
    for words, says in ((["--parts", "0"], "--parts 0: expected a number from 1 to 9999"),
                        (["--parts", "10000"], "--parts 10000: expected"), (["--parts", "x"], "--parts x: expected"),
                        (["--set", "output.parts=0"], "parts"), (["--parts", "2", "--set", "output.clean=rejects-raw.csv"], "rejects-raw"),
                        (["--parts", "2", "--set", "output.rejects=CLEAN"], "clean")):
        done = test.run("clean", job, "--input", path, "--output", test.new_folder(), *words)
        test.equal(done.returncode, 2, f"{words}: {done.stderr}")
        test.check(says in done.stderr.decode(), f"{words}: {done.stderr}")
    output = test.new_folder()
    os.makedirs(output)
    target = test.path("target")
    os.makedirs(target, exist_ok=True)
    os.symlink(target, os.path.join(output, "clean"))
    done = test.run("clean", job, "--input", path, "--output", output, "--parts", "2")
    test.equal((done.returncode, b"is a link" in done.stderr, os.listdir(target)), (2, True, []), f"a link: {done.stderr}")
    output = test.new_folder()
    os.makedirs(os.path.join(output, "clean"))
    inside = os.path.join(output, "clean", "part-00002.csv")
    with open(path, "rb") as source, open(inside, "wb") as file:
        file.write(source.read(10_000))
    done = test.run("clean", job, "--input", inside, "--output", output, "--parts", "2", "--force")
    test.equal(done.returncode, 2, f"an input that is a part: {done.stderr}")


def killed(test, job, inputs, reference, more=()):
    """Killed in its middle, and gone on with; other numbers of parts are refused, or start over without a trace."""
    output = test.new_folder()
    words = ["clean", job, *[word for path in inputs for word in ("--input", path)], "--output", output, *more]
    with subprocess.Popen(test.command(*words, "--parts", PARTS, "--chunk-size", "64KiB", "--checkpoint", "0.05", "--quiet", ranks=3),
                          env=dict(test.environment, ORDERMILL_FAULT="pace=40"), stderr=subprocess.PIPE, start_new_session=True) as run:
        part = os.path.join(output, "clean", ".part-00001.csv.part")
        test.check(wait_for(lambda: os.path.exists(part) and os.path.getsize(part) > 100_000), "it has begun to write")
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate(timeout=60)
    wait_for(lambda: not living(output))
    other = test.run(*words, "--parts", PARTS + 1, "--resume")
    test.equal(other.returncode, 2, f"other parts can't go on: {other.stderr}")
    if not more:
        with open(part, "rb+") as file:
            file.truncate(10)
        cut = test.run(*words, "--parts", PARTS, "--resume")
        test.equal((cut.returncode, b"shorter than the checkpoint" in cut.stderr), (2, True), f"a part that was cut: {cut.stderr}")
        over = test.run(*words, "--parts", "2", "--force")
        left = sorted(name for _, _, found in os.walk(output) for name in found if "part" in name)
        test.equal((over.returncode, left), (0, ["part-00001.csv", "part-00002.csv"]), f"started over with fewer: {over.stderr}")
        return
    done = test.run(*words, "--parts", PARTS, "--resume", ranks=2)
    test.equal(done.returncode, 0, f"gone on with: {done.stderr}")
    run = Run(output, done)
    test.check(run.files() == reference, "gone on with: the same bytes")


def locked_by_somebody(test, job, path):
    """A lock on the unfinished clean.csv holds a run up, but doesn't stop it."""
    reference = test.clean(job, [path]).files()
    output = test.new_folder()
    words = ["clean", job, "--input", path, "--output", output, "--chunk-size", "32KiB", "--quiet"]
    with subprocess.Popen(test.command(*words, ranks=5), env=dict(test.environment, ORDERMILL_FAULT="pace=10"), stderr=subprocess.PIPE) as run:
        part = os.path.join(output, ".clean.csv.part")
        test.check(wait_for(lambda: os.path.exists(part)), "it has begun to write")
        with open(part, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            test.check(wait_for(lambda: run.poll() is not None, 100), "it ends though the file is locked")
        said = run.communicate()[1]
    test.equal(run.returncode, 0, f"with a locked file: {said}")
    test.check(outputs_of(output) == reference, "with a locked file: the same bytes")


def living(output):
    for process in os.listdir("/proc"):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                if output.encode() in file.read().split(b"\0"):
                    return True
        except OSError:
            pass
    return False


def main():
    test = Test()
    job = test.write("parts.cfg", JOB)
    inputs = [test.generated_orders(110_000, seed=7, name="a.csv"), test.generated_orders(60_000, seed=8, name="b.csv")]
    whole = test.clean(job, inputs, status=0).files()
    split = test.clean(job, inputs, "--parts", str(PARTS), status=0)
    each_record_is_where_the_page_says(test, inputs, whole, split.files())
    report_is_right(test, split)
    same_bytes_however(test, job, inputs, split.files())
    killed(test, job, inputs, split.files())
    kept = ["--set", "duplicates.same.key=invoice, country"]
    unique = test.clean(job, inputs, "--parts", str(PARTS), *kept, status=0).files()
    same_bytes_however(test, job, inputs, unique, kept)
    killed(test, job, inputs, unique, kept)
    test.check(sum(len(records(unique[name])) for name in names(PARTS)) < sum(len(records(split.files()[name])) for name in names(PARTS)),
               "duplicates were removed")
    from_a_pipe(test, job, inputs[0], test.clean(job, inputs[:1], "--parts", "3", status=0).files())
    small = test.generated_orders(2_000, seed=9, name="small.csv")
    nothing_stale(test, job, small)
    refused(test, job, small)
    locked_by_somebody(test, job, small)
    report = test.clean(job, [small], "--parts", "3", status=0)
    test.equal([len(records(report.files()[name])) > 1 for name in names(3)], [True, False, False], "a small input: one part, and headers")
    test.finish()


if __name__ == "__main__":
    main()
