#!/usr/bin/env python3
"""Inputs that are one line of NULs, of quotes, of text, or nothing but line ends: in bounded memory, with the same outputs at any
number of ranks, by reference, inline and from a pipe. --mib sets the size; a GiB takes a minute."""
import csv
import os
import subprocess
import time

from support import Test

JOB = """[fields]
id   = integer "Id" | required
name = text "Name"
"""
MIB = 1 << 20
BEGIN = b"Id,Name\n1,before\n"
END = b"\n2,after\n"
EXCERPT = 1024
WHOLE_ROWS = 16
# What an idle rank takes with MPI, and then some; read whole, a line takes several times its size.
IDLE = 60 * MIB
# Then freed memory is kept, and every byte has a shadow: memory isn't checked.
SANITIZED = "ORDERMILL_SANITIZED" in os.environ


def write_line(path, byte, size):
    """A sparse file where the byte is NUL."""
    with open(path, "wb") as file:
        file.write(BEGIN)
        if byte == b"\0":
            file.seek(size, os.SEEK_CUR)
        else:
            for _ in range(size // MIB):
                file.write(byte * MIB)
        file.write(END)
    return path


def escaped(byte):
    return "\\x00" if byte == b"\0" else byte.decode()


def bound(report):
    """hostfiles/README.md, "How much memory does a run take?": 8 chunks a worker, each with its outputs, and rank 0's bodies."""
    chunk = report["run"]["chunk_bytes"]
    return IDLE + 8 * 2.3 * chunk + 4 * (chunk + 2 * MIB)


def ways():
    """Every way of reading the input, as options, ranks and whether it is piped."""
    chunk = ["--chunk-size", "256KiB"]
    yield [], 1, False
    yield chunk, 1, False
    yield [], 3, False
    yield ["--transport", "inline"], 3, False
    yield [], 1, True
    yield chunk, 3, True


def run_one(test, job, path, options, ranks, piped):
    with open(path, "rb") as data:
        return test.clean(job, ["-" if piped else path], *options, ranks=ranks, limit=600, **({"stdin": data} if piped else {}))


def check_memory(test, run, what):
    if SANITIZED:
        return
    report = run.report()
    for rank in report["run"].get("by_rank", []):
        test.check(rank["peak_rss_bytes"] < bound(report),
                   f"{what}: rank {rank['rank']} took {rank['peak_rss_bytes'] / MIB:.0f} MiB, allowed {bound(report) / MIB:.0f}")


def long_line(test, job, name, byte, size):
    path = write_line(test.path(f"{name}.csv"), byte, size)
    for options, ranks, piped in ways():
        what = f"{size // MIB} MiB of {name}, {ranks} rank(s), {' '.join(options)}{', piped' if piped else ''}"
        begun = time.monotonic()
        run = run_one(test, job, path, options, ranks, piped)
        print(f"{what}: {time.monotonic() - begun:.2f} s, "
              f"{max((rank['peak_rss_bytes'] for rank in run.report()['run'].get('by_rank', [])), default=0) / MIB:.0f} MiB", flush=True)
        test.equal(run.bytes("clean.csv"), b"id,name\n1,before\n2,after\n", f"{what}: clean.csv")
        rejects = [(row["line"], row["byte_position"], row["error_type"], row["raw_record"]) for row in run.rejects()]
        test.equal(rejects, [("3", str(len(BEGIN)), "RECORD_TOO_LONG", escaped(byte) * EXCERPT)], f"{what}: rejects.csv")
        test.check(f"it has {size + 1} bytes" in "".join(row["error_message"] for row in run.rejects()), f"{what}: the size is said")
        result = run.result()
        test.equal(result.get("left_out_of_rejects_raw"), {"records": 1, "bytes": size + 1}, f"{what}: left out of rejects-raw")
        test.equal([one["bytes"] for one in result.get("files", [])], [os.path.getsize(path)], f"{what}: bytes of the file")
        check_memory(test, run, what)
    os.remove(path)


def line_ends(test, job, size):
    path = write_line(test.path("line-ends.csv"), b"\n", size)
    for options, ranks, piped in ([], 1, False), (["--transport", "inline"], 3, False), ([], 1, True):
        what = f"{size // MIB} MiB of line ends, {ranks} rank(s), {' '.join(options)}{', piped' if piped else ''}"
        run = run_one(test, job, path, options, ranks, piped)
        test.equal(run.bytes("clean.csv"), b"id,name\n1,before\n2,after\n", f"{what}: clean.csv")
        test.equal(run.result().get("blank"), size + 1, f"{what}: blank records")
        check_memory(test, run, what)
    os.remove(path)


def refused(test, job, size):
    """No line of a header, a preamble or a footer is read without a bound."""
    path = test.path("endless.csv")
    with open(path, "wb") as file:
        file.truncate(size)
    said = test.clean(job, [path], status=2).said
    test.check("its header has a line longer than max_record = 1048576" in said, f"an endless header: {said}")
    said = test.clean(job, [path], "--set", "input.preamble_lines=1", status=2).said
    test.check("its preamble has a line longer" in said, f"an endless preamble: {said}")
    with open(path, "r+b") as file:
        file.write(BEGIN)
    said = test.clean(job, [path], "--set", "input.footer_lines=1", status=2).said
    test.check("its footer has a line longer" in said, f"an endless footer: {said}")
    with open(path, "rb") as data:
        said = test.clean(job, ["-"], "--set", "input.footer_lines=1", status=3, stdin=data).said
    test.check("a footer's line in standard input is longer" in said, f"a pipe's endless footer: {said}")


def preview(test, job, size):
    path = write_line(test.path("preview.csv"), b"\0", size)
    done = test.run("try", job, "--input", path)
    test.check(done.returncode == 0 and b"RECORD_TOO_LONG" in done.stdout, f"ordermill try: {done.stdout[-500:]} {done.stderr[-500:]}")
    preview_of_pipe(test, job, path)
    preview_of_pipe(test, job, path, "--set", "input.footer_lines=1")
    os.remove(path)


def preview_of_pipe(test, job, path, *options):
    what = f"ordermill try {' '.join(options)} on a pipe"
    with open(path, "rb") as data, open(test.path("said"), "w+b") as said:
        run = subprocess.Popen(test.command("try", job, "--input", "-", *options), stdin=data, stdout=said, stderr=said)
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    test.check(run.returncode == 0 and b"RECORD_TOO_LONG" in text and b"before" in text, f"{what}: {text[-500:]}")
    print(f"{what}: {used.ru_maxrss // 1024} MiB", flush=True)
    test.check(SANITIZED or used.ru_maxrss * 1024 < IDLE, f"{what}: took {used.ru_maxrss // 1024} MiB, allowed {IDLE // MIB}")


def many_faults(test):
    """The first rows of a record have its whole text, the others its beginning."""
    columns, size = 2000, 500
    job = test.write("faulty.cfg", "[fields]\n" + "".join(f"c{i} = integer\n" for i in range(columns)))
    record = ",".join("x" * size for _ in range(columns))
    path = test.write("faulty.csv", ",".join(f"c{i}" for i in range(columns)) + "\n" + record + "\n")
    for ranks in 1, 3:
        run = test.clean(job, [path], ranks=ranks)
        sizes = [len(row["raw_record"]) for row in run.rejects()]
        test.equal(sizes, [len(record)] * WHOLE_ROWS + [EXCERPT] * (columns - WHOLE_ROWS), f"{columns} faults, {ranks} rank(s): raw_record")
        told = ["the record's first rows have more of it" in row["error_message"] for row in run.rejects()]
        test.equal(told, [False] * WHOLE_ROWS + [True] * (columns - WHOLE_ROWS), f"{columns} faults, {ranks} rank(s): it is said")
        peak = max(rank["peak_rss_bytes"] for rank in run.report()["run"]["by_rank"])
        print(f"a record of {len(record) / MIB:.1f} MiB with {columns} faults, {ranks} rank(s): {peak / MIB:.0f} MiB", flush=True)
        # The rejects take twice their size while they are rendered, and a growing buffer up to twice what is in it.
        test.check(peak < IDLE + 4 * WHOLE_ROWS * len(record), f"{columns} faults, {ranks} rank(s): took {peak / MIB:.0f} MiB")


def main():
    csv.field_size_limit(16 * MIB)
    test = Test(lambda parser: parser.add_argument("--mib", type=int, default=24))
    job = test.write("job.cfg", JOB)
    size = test.options.mib * MIB
    many_faults(test)
    long_line(test, job, "NULs", b"\0", size)
    long_line(test, job, "quotes", b'"', size)
    long_line(test, job, "text", b"x", size)
    line_ends(test, job, size // 4)
    refused(test, job, size)
    preview(test, job, 4 * size)
    test.finish()


main()
