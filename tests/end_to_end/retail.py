#!/usr/bin/env python3
"""200,000 generated order lines: the same outputs at any number of ranks, chunk size and transport; the counts of the generator and,
where they are, of the peers' generator; and rank 0's share of a core while it deals.

The peers' generator is looked for in $ORDERMILL_PEERS, then in ../shared/peers beside the repository; it needs numpy.
"""
import os
import re
import subprocess

from support import JOBS, ROOT, Test

ORDERS = 200_000
SYSTEM_PYTHON = "/usr/bin/python3"

# ranks, chunk size, transport
RUNS = [
    (1, "64KiB", "reference"),
    (1, "16MiB", "inline"),
    (2, None, "reference"),
    (2, "100KiB", "inline"),
    (3, None, None),
    (3, "7KiB", "reference"),
    (4, "1MiB", "inline"),
    (9, "33333B", None),
]


def generate(test, name, *arguments):
    path = test.path(name)
    done = test.run("generate", "--orders", ORDERS, "--output", path, *arguments)
    said = done.stderr.decode()
    test.equal(done.returncode, 0, f"generate: status; {said}")
    counts = re.fullmatch(r"ordermill: ([\d,]+) records \(([\d,]+) order lines, ([\d,]+) repeated; ([\d,]+) faulty\), .*\n", said)
    if not test.check(counts is not None, f"generate says {said!r}"):
        return path, 0, 0
    records, orders, repeated, faulty = (int(number.replace(",", "")) for number in counts.groups())
    test.equal(orders, ORDERS, "generate: orders")
    test.equal(records, orders + repeated, "generate: records")
    return path, records, faulty


def read(path):
    with open(path, "rb") as file:
        return file.read()


def same_seed_same_bytes(test, path):
    again, _, _ = generate(test, "again.csv", "--seed", "7")
    other, _, _ = generate(test, "other.csv", "--seed", "8")
    test.check(read(again) == read(path), "the same seed gives the same bytes")
    test.check(read(other) != read(path), "another seed gives others")
    done = test.run("generate", "--orders", ORDERS, "--output", "-")
    test.check(done.stdout == read(path), "generate to standard output")
    os.remove(again)
    os.remove(other)


def compare(test, expected, run, how):
    actual = run.files()
    for output in sorted(set(expected) | set(actual)):
        test.check(expected.get(output) == actual.get(output), f"{how}: {output} differs from the one-process run's")


def without_name(outputs, name):
    """A pipe has no name: it stands as - in the outputs, as stdin in rejects-raw."""
    path = name.encode()
    return {key.replace(os.path.basename(name), "stdin"): value.replace(b"\n" + path + b",", b"\n-,").replace(b"," + path + b",", b",-,")
            for key, value in outputs.items() if key != "result"}


def check_runs(test, path, records, faulty):
    job = os.path.join(JOBS, "retail.cfg")
    reference = test.clean(job, [path])
    result = reference.result()
    test.equal((result["records"], result["rejected"], result["clean"] + result["duplicates"]), (records, faulty, records - faulty),
               "records, rejected, clean with duplicates")
    test.equal(sum(count["count"] for count in result["faults"]), len(reference.rejects()), "faults are the rows of rejects.csv")
    expected = reference.files()
    for ranks, chunk, transport in RUNS:
        arguments = (["--chunk-size", chunk] if chunk else []) + (["--transport", transport] if transport else [])
        run = test.clean(job, [path], *arguments, ranks=ranks)
        compare(test, expected, run, f"{ranks} ranks, chunks of {chunk}, {transport}")
    for ranks in (1, 2, 3, 4):
        run = test.clean(job, [path], "--memory", "1MiB", "--chunk-size", "64KiB", ranks=ranks)
        compare(test, expected, run, f"{ranks} ranks, 1 MiB each")
        spilled = [rank["scratch_bytes"] for rank in run.report()["run"]["by_rank"] if "scratch_bytes" in rank]
        test.check(len(spilled) == max(1, ranks - 1) and min(spilled) > 1 << 20, f"{ranks} ranks, 1 MiB each: on scratch: {spilled}")
    for ranks in (1, 3):
        with open(path, "rb") as stdin:
            with subprocess.Popen(["cat"], stdin=stdin, stdout=subprocess.PIPE) as cat:
                run = test.clean(job, ["-"], ranks=ranks, stdin=cat.stdout)
        piped = {key: value for key, value in run.files().items() if key != "result"}
        test.check(piped == without_name(expected, path), f"{ranks} ranks, from a pipe: outputs differ")
    return job


def check_rank_0(test, path, job):
    """By reference rank 0 mostly sleeps. Three ranks on two cores and a small input make this a rough number: it is printed, and
    only a rank 0 that spins fails."""
    shares = []
    for _ in range(3):
        run = test.clean(job, [path], "--transport", "reference", ranks=3).report()["run"]
        shares.append(run["dealing_cpu_seconds_of_rank_0"] / max(run["dealing_seconds"], 1e-9))
    print("rank 0 while dealing:", ", ".join(f"{share:.1%}" for share in shares), "of a core")
    test.check(min(shares) < 0.5, f"rank 0 doesn't spin: {shares}")


def check_peers(test, job):
    peers = os.environ.get("ORDERMILL_PEERS") or os.path.join(os.path.dirname(ROOT), "shared", "peers")
    script = os.path.join(peers, "make_retail.py")
    has_numpy = os.path.exists(SYSTEM_PYTHON) and \
        subprocess.run([SYSTEM_PYTHON, "-c", "import numpy"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    if not os.path.exists(script) or not has_numpy:
        test.skip(f"comparison with the peers' generator: there is no {script}, or no numpy")
        return
    path = test.path("peers.csv")
    subprocess.run([SYSTEM_PYTHON, script, str(ORDERS), path], check=True)
    run = test.clean(job, [path], ranks=3)
    result = run.result()
    test.equal({count: result[count] for count in ("records", "rejected", "duplicates", "clean")},
               {"records": 202_032, "rejected": 1_550, "duplicates": 2_011, "clean": 198_471}, "the peers' file")
    test.equal(len({tuple(row.values()) for row in run.clean()}), 198_471, "the peers' file: different clean records")


def main():
    test = Test()
    path, records, faulty = generate(test, "orders.csv")
    same_seed_same_bytes(test, path)
    job = check_runs(test, path, records, faulty)
    check_rank_0(test, path, job)
    check_peers(test, job)
    test.finish()


if __name__ == "__main__":
    main()
