#!/usr/bin/env python3
"""Ranks that don't see the inputs, the output folder, or either: the same bytes, whatever else happens."""
import os
import signal
import subprocess

from support import JOBS, ROOT, Run, case, run_cases, wait_until_writing

RETAIL = os.path.join(JOBS, "retail.cfg")
# What the ranks don't see, at 4 ranks; what the report says then of inputs and outputs.
MIXTURES = [
    ("", "reference", "direct"),
    ("blind-inputs@2", "reference, inline for 1 of 3 workers", "direct"),
    ("blind-outputs@1+3", "reference", "direct, through rank 0 for 2 of 3 workers"),
    ("blind-inputs@1+2,blind-outputs@2+3", "reference, inline for 2 of 3 workers", "direct, through rank 0 for 2 of 3 workers"),
    ("blind-inputs@1+2+3,blind-outputs@1+2+3", "inline", "through rank 0"),
]


def orders(test):
    return test.generated_orders(60_000, seed=3)


def plain_job(test):
    with open(RETAIL, encoding="utf-8") as file:
        return test.write("plain.cfg", file.read().split("[duplicates")[0])


def orders_job(test):
    """A job with every kind of rule on whole orders, which keeps its records until the last is read."""
    golden = os.path.join(ROOT, "tests/golden/orders")
    with open(os.path.join(golden, "job.cfg"), encoding="utf-8") as file:
        job = test.write("orders.cfg", file.read())
    inputs = []
    for name in sorted(os.listdir(os.path.join(golden, "input"))):
        with open(os.path.join(golden, "input", name), "rb") as file:
            inputs.append(test.write(name, file.read()))
    return job, inputs


def mixtures(test, job, inputs, *arguments):
    reference = test.clean(job, inputs).files()
    for fault, transport, outputs in MIXTURES:
        what = f"{os.path.basename(job)}, {fault or 'all seen'}"
        run = test.clean(job, inputs, *arguments, ranks=4, environment={"ORDERMILL_FAULT": fault})
        test.check(run.files() == reference, f"{what}: the same bytes")
        said = run.report()["run"]
        test.equal((said["transport"], said["outputs"]), (transport, outputs), what)
        test.equal(said["gathered_bytes"] > 0, "through" in outputs, f"{what}: bytes came back")
        test.equal(said["inline_bytes"] > 0, "inline" in transport, f"{what}: bytes were sent")
        test.check(not os.path.exists(os.path.join(run.folder, ".ordermill")), f"{what}: nothing is left")


@case
def asked_for(test):
    """--gather and --transport as the user says, or a sentence."""
    path, job = orders(test), plain_job(test)
    reference = test.clean(job, [path]).files()
    for ranks in (1, 3):
        run = test.clean(job, [path], "--gather", "always", ranks=ranks)
        test.check(run.files() == reference, f"--gather always, {ranks} ranks: the same bytes")
        test.equal(run.report()["run"]["outputs"], "through rank 0", f"--gather always, {ranks} ranks")
    run = test.clean(job, [path], "--gather", "never", ranks=3, status=3, environment={"ORDERMILL_FAULT": "blind-outputs@2"})
    test.check("rank 2" in run.said and "can't write to the output folder" in run.said, f"--gather never: {run.said}")
    run = test.clean(job, [path], "--transport", "reference", ranks=3, status=3, environment={"ORDERMILL_FAULT": "blind-inputs@2"})
    test.check("rank 2" in run.said and "can't read the same input files" in run.said, f"--transport reference: {run.said}")
    test.equal(test.run("clean", job, "--gather", "often").returncode, 2, "--gather often")


def ranks_of(output):
    """The process numbers of a run's ranks, by rank."""
    found = {}
    for process in os.listdir("/proc"):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            with open(f"/proc/{process}/environ", "rb") as file:
                environment = dict(word.split(b"=", 1) for word in file.read().split(b"\0") if b"=" in word)
        except OSError:
            continue
        if output.encode() in words and b"OMPI_COMM_WORLD_RANK" in environment:
            found[int(environment[b"OMPI_COMM_WORLD_RANK"])] = int(process)
    return found


def worker_killed(test, job, path, reference, blind):
    """A worker that sends its bytes back dies in mid-run: the others do its work again."""
    output = test.new_folder()
    command = [test.ordermill, "run", "-n", "4", "--", "clean", job, "--input", path, "--output", output, "--chunk-size", "64KiB", "--quiet",
               "--lease", "5", "--checkpoint", "0.3"]
    environment = dict(test.environment, ORDERMILL_FAULT=f"pace=80,{blind}")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
        test.check(wait_until_writing(output, run, 0.8), "a worker is killed: the run still writes")
        ranks = ranks_of(output)
        test.check(2 in ranks, f"a rank 2 to kill: {ranks}")
        os.kill(ranks[2], signal.SIGKILL)
        said = run.communicate(timeout=60)[1].decode(errors="replace")
    what = f"{os.path.basename(job)}, {blind}, rank 2 killed"
    test.equal(run.returncode, 0, f"{what}: {said}")
    done = Run(output, subprocess.CompletedProcess(command, run.returncode, b"", said.encode()))
    test.check(done.files() == reference, f"{what}: the same bytes")
    test.equal([lost["rank"] for lost in done.report()["run"]["lost_ranks"]], [2], f"{what}: noticed")


def stopped_and_gone_on_with(test, job, path, reference, blind):
    output = test.new_folder()
    words = ["clean", job, "--input", path, "--output", output, "--chunk-size", "64KiB", "--quiet", "--checkpoint", "0.3"]
    environment = dict(test.environment, ORDERMILL_FAULT=f"pace=80,{blind}")
    command = [test.ordermill, "run", "-n", "3", "--", *words]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
        test.check(wait_until_writing(output, run, 0.8), "a run is stopped: it still writes")
        run.send_signal(signal.SIGTERM)
        said = run.communicate(timeout=60)[1]
    what = f"{os.path.basename(job)}, {blind}, stopped"
    test.equal(run.returncode, 75, f"{what}: {said}")
    done = test.run(*words, "--resume", ranks=4, environment={"ORDERMILL_FAULT": blind})
    test.equal(done.returncode, 0, f"{what}, gone on with: {done.stderr}")
    resumed = Run(output, done)
    test.check(resumed.files() == reference, f"{what}, gone on with: the same bytes")
    return resumed.report()["run"]


@case
def plain_mixtures(test):
    mixtures(test, plain_job(test), [orders(test)], "--chunk-size", "64KiB")


@case
def mixtures_with_duplicates(test):
    mixtures(test, RETAIL, [orders(test)], "--chunk-size", "64KiB")
    mixtures(test, RETAIL, [orders(test)], "--memory", "1MiB")  # kept until the last record is read


@case
def mixtures_with_orders(test):
    mixtures(test, *orders_job(test), "--chunk-size", "100B")


@case
def workers_killed(test):
    path = orders(test)
    for job in (plain_job(test), RETAIL):
        reference = test.clean(job, [path]).files()
        for blind in ("blind-outputs@2", "blind-inputs@2,blind-outputs@1+2+3"):
            worker_killed(test, job, path, reference, blind)


@case
def stopped(test):
    path, plain = orders(test), plain_job(test)
    done = stopped_and_gone_on_with(test, plain, path, test.clean(plain, [path]).files(), "blind-outputs")
    test.check(done["bytes_done_by_earlier_runs"] > 0, "what came back and was written needn't be done again")
    done = stopped_and_gone_on_with(test, RETAIL, path, test.clean(RETAIL, [path]).files(), "blind-outputs@1,blind-inputs@1+2")
    test.check(done["chunks_restored"] > 0, "what the seeing workers kept needn't be done again")


if __name__ == "__main__":
    run_cases()
