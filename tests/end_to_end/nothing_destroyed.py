#!/usr/bin/env python3
"""What a run must not touch: files in the output folder that no run wrote, inputs that are outputs, what is behind links; and
what must not stay: outputs of the run before. With and without --force, at 1 and 2 ranks."""
import json
import os
import subprocess

from support import JOBS, case, run_cases

JOB = """[fields]
id   = integer "id" | required
name = text "name"
"""
DUPLICATES_JOB = JOB + """
[duplicates.same]
key = id
"""
DATA = "id,name\n1,one\n1,one\nx,two\n"
RANKS = (1, 2)


def tree(folder):
    """Every file below the folder, and what is in it; links as what they lead to."""
    files = {}
    for at, folders, names in os.walk(folder):
        for name in names + [name for name in folders if os.path.islink(os.path.join(at, name))]:
            path = os.path.join(at, name)
            if os.path.islink(path):
                files[os.path.relpath(path, folder)] = "-> " + os.readlink(path)
            else:
                with open(path, "rb") as file:
                    files[os.path.relpath(path, folder)] = file.read()
    return files


def clean(test, job, inputs, output, *more, ranks=1, status=0):
    done = test.run("clean", job, "--input", *inputs, "--output", output, *more, ranks=ranks)
    test.equal(done.returncode, status, f"{more} at {ranks}: {done.stderr.decode()[-400:]}")
    return done.stderr.decode()


@case
def own_files_stay(test):
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    for ranks in RANKS:
        for force in ([], ["--force"]):
            output = test.new_folder()
            mine = {"rejects-raw/a.doc": b"x", "rejects-raw/deep/b.doc": b"y", "notes.txt": b"z", "duplicates.csv": b"mine"}
            for name, text in mine.items():
                os.makedirs(os.path.dirname(os.path.join(output, name)), exist_ok=True)
                with open(os.path.join(output, name), "wb") as file:
                    file.write(text)
            if not force:
                os.remove(os.path.join(output, "duplicates.csv"))  # a name of ours: refused
                del mine["duplicates.csv"]
            clean(test, job, [data], output, *force, ranks=ranks)
            after = tree(output)
            for name, text in mine.items():
                test.equal(after.get(name), text, f"{name} stays, {force} at {ranks}")
            test.check("clean.csv" in after and "rejects-raw/s.csv" in after, "the outputs are there")


@case
def links_are_refused(test):
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    for force in ([], ["--force"]):
        output, target = test.new_folder(), test.new_folder()
        os.makedirs(output)
        os.makedirs(target)
        with open(os.path.join(target, "a.doc"), "w") as file:
            file.write("x")
        os.symlink(target, os.path.join(output, "rejects-raw"))
        said = clean(test, job, [data], output, *force, status=2)
        test.check("rejects-raw is a link" in said, f"said: {said}")
        test.equal(tree(target), {"a.doc": b"x"}, "what is behind the link stays")
        test.equal(sorted(os.listdir(output)), ["rejects-raw"], "nothing was written")


@case
def inputs_that_are_outputs(test):
    """By whatever name: refused with 2, and not a byte changed."""
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    for ranks in RANKS:
        output = test.new_folder()
        clean(test, job, [data], output, ranks=ranks)
        hidden = os.path.join(output, ".clean.csv.part")
        with open(hidden, "w") as file:
            file.write(DATA)
        alias = test.path(f"alias-{ranks}.csv")
        os.symlink(os.path.join(output, "clean.csv"), alias)
        hard = test.path(f"hard-{ranks}.csv")
        os.link(os.path.join(output, "rejects-raw", "s.csv"), hard)
        for name in (os.path.join(output, "rejects-raw", "s.csv"), os.path.join(output, "clean.csv"), hidden, alias, hard,
                     os.path.join(output, ".", "clean.csv")):
            before = tree(output)
            for force in ([], ["--force"]):
                said = clean(test, job, [name], output, *force, ranks=ranks, status=2)
                test.check("choose another --output" in said, f"{name}: {said}")
                test.equal(tree(output), before, f"{name} {force}: nothing changed")
        in_there = os.path.join(output, "clean.csv.cfg")
        os.replace(os.path.join(output, "clean.csv"), in_there)
        with open(in_there, "w") as file:
            file.write(JOB)
        before = tree(output)
        said = clean(test, in_there, [data], output, "--force", "--set", "output.clean=clean.csv.cfg", ranks=ranks, status=2)
        test.check("the job file" in said, f"said: {said}")
        test.equal(tree(output), before, "the job file is unchanged")


@case
def tables_that_are_outputs(test):
    """A table of the job is read from the output folder: refused, too."""
    data = test.write("once.csv", "id,name\n1,one\n")
    output = test.new_folder()
    clean(test, test.write("job.cfg", JOB), [data], output)
    table = os.path.join(output, "clean.csv")
    job = test.write("table.cfg", JOB + f"[lookup.names]\nfile = {table}\nkey = id\n")
    before = tree(output)
    for ranks in RANKS:
        said = clean(test, job, [data], output, "--force", ranks=ranks, status=2)
        test.check("the table" in said, f"said: {said}")
        test.equal(tree(output), before, "the table is unchanged")


@case
def corrected_rejects(test):
    """The way of the page: the corrected rejects into another folder."""
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    output, second = test.new_folder(), test.new_folder()
    clean(test, job, [data], output)
    corrected = os.path.join(output, "rejects-raw", "s.csv")
    with open(corrected, "w") as file:
        file.write("id,name\n7,two\n")
    clean(test, job, [corrected], second)
    test.equal(tree(second)["clean.csv"], b"id,name\n7,two\n", "the corrected record is clean")
    test.equal(tree(output)["rejects-raw/s.csv"], b"id,name\n7,two\n", "and its file as it was")


@case
def nothing_of_the_run_before(test):
    """After --force the folder holds this run's outputs, and what no run wrote."""
    job, duplicates = test.write("job.cfg", JOB), test.write("duplicates.cfg", DUPLICATES_JOB)
    data = test.write("s.csv", DATA)
    good = test.write("good.csv", "id,name\n1,one\n")
    for ranks in RANKS:
        output = test.new_folder()
        clean(test, duplicates, [data], output, ranks=ranks)
        names = set(tree(output))
        test.equal(names, {"clean.csv", "rejects.csv", "duplicates.csv", "report.json", "rejects-raw/s.csv"}, "outputs")
        with open(os.path.join(output, "rejects-raw", "mine.csv"), "w") as file:
            file.write("mine")
        clean(test, job, [good], output, "--force", ranks=ranks)
        test.equal(set(tree(output)), {"clean.csv", "rejects.csv", "report.json", "rejects-raw/mine.csv"},
                   f"after --force at {ranks}")
        os.remove(os.path.join(output, "rejects-raw", "mine.csv"))
        clean(test, job, [data], output, "--force", ranks=ranks)
        clean(test, job, [good], output, "--force", ranks=ranks)
        test.check(not os.path.exists(os.path.join(output, "rejects-raw")), "an empty rejects-raw goes as well")


@case
def reports_of_others(test):
    """A report.json that isn't ours is the user's; one that names other files gets none of them removed."""
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    for text in ("[]", "{}", "no json", '{"run": 1, "result": {"outputs": 3}}', ""):
        output = test.new_folder()
        os.makedirs(output)
        with open(os.path.join(output, "report.json"), "w") as file:
            file.write(text)
        for more in (["--force"], ["--resume"]):
            said = clean(test, job, [data], output, *more, status=2)
            test.check("report.json" in said and "exception" not in said, f"{text} {more}: {said}")
        test.equal(tree(output), {"report.json": text.encode()}, f"{text}: stays")
    output = test.new_folder()
    clean(test, job, [data], output)
    victim = test.write("victim.txt", "x")
    report = os.path.join(output, "report.json")
    with open(report) as file:
        content = json.load(file)
    content["result"]["outputs"] += [{"file": name} for name in ("../victim.txt", victim, "..", ".", "", "notes/a", 7)] + [3]
    with open(report, "w") as file:
        json.dump(content, file)
    clean(test, job, [data], output, "--force")
    test.check(os.path.exists(victim), "only names in the folder are removed")


@case
def names_that_collide(test):
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    for name, other in (("rejects-raw", "rejects"), (".rejects.csv.part", "rejects"), ("REPORT.json", "report"),
                        ("Rejects.csv", "rejects"), (".ordermill", "ordermill")):
        output = test.new_folder()
        said = clean(test, job, [data], output, "--set", f"output.clean={name}", status=2)
        test.check(other in said, f"{name}: {said}")
        test.check(not os.path.exists(os.path.join(output, "report.json")), f"{name}: nothing was written")
    # Inputs: each gets a name of its own.
    folder = test.path("inputs")
    for name in ("a/s.csv", "b/S.csv", "c/.s.csv.part"):
        test.write("inputs/" + name, DATA)
    output = test.new_folder()
    clean(test, job, [os.path.join(folder, name) for name in ("a/s.csv", "b/S.csv", "c/.s.csv.part")], output)
    raw = [name for name in tree(output) if name.startswith("rejects-raw/")]
    test.equal(sorted(raw), ["rejects-raw/2-.s.csv.part", "rejects-raw/2-S.csv", "rejects-raw/s.csv"], "raw rejects")


@case
def one_file_of_many_names(test):
    job = test.write("job.cfg", JOB)
    data = test.write("once.csv", "id,name\n1,one\n")
    alias, hard = test.path("once-alias.csv"), test.path("once-hard.csv")
    os.symlink(data, alias)
    os.link(data, hard)
    for ranks in RANKS:
        output = test.new_folder()
        clean(test, job, [data, os.path.join(test.scratch, ".", "once.csv"), alias, hard], output, ranks=ranks)
        test.equal(tree(output)["clean.csv"], b"id,name\n1,one\n", "read once")


@case
def traces_of_runs(test):
    """What stands in .ordermill in place of a run's own files is an error or nothing, never a wait."""
    job = test.write("job.cfg", JOB)
    data = test.write("s.csv", DATA)
    for name, make, status in (("generation-1", os.mkfifo, 3), ("generation-1", os.mkdir, 3),
                               (f"generation-{2**64 - 1}", lambda path: open(path, "w").close(), 0),
                               ("generation-", lambda path: open(path, "w").close(), 0),
                               ("generation-x", os.mkfifo, 0), ("journal-0", os.mkfifo, 0)):
        output = test.new_folder()
        os.makedirs(os.path.join(output, ".ordermill"))
        make(os.path.join(output, ".ordermill", name))
        clean(test, job, [data], output, status=status)
    output, target = test.new_folder(), test.new_folder()
    os.makedirs(output)
    os.makedirs(target)
    os.symlink(target, os.path.join(output, ".ordermill"))
    clean(test, job, [data], output, status=3)
    test.equal(os.listdir(target), [], "nothing is written through a link")


@case
def two_at_once(test):
    """The one that comes second is told so: 2, or 75 where it was to continue."""
    job = os.path.join(JOBS, "retail.cfg")
    data = test.generated_orders(20_000)
    for more, codes in (([], {0, 1, 2}), (["--resume"], {0, 1, 75})):
        for attempt in range(6):
            output = test.new_folder()
            command = test.command("clean", job, "--input", data, "--output", output, "--quiet", *more)
            both = [subprocess.Popen(command, env=test.environment, stderr=subprocess.PIPE) for _ in range(2)]
            ends = [(run.communicate(timeout=60)[1], run.returncode) for run in both]
            test.check(all(code in codes for _, code in ends), f"{more}, attempt {attempt}: {ends}")
            test.check(any(code in (0, 1) for _, code in ends), f"{more}, attempt {attempt}: one comes to its end: {ends}")


@case
def rewritten_input(test):
    """An input that is replaced while it is read is noticed, though its size and time are the same."""
    job = test.write("job.cfg", JOB)
    text = "id,name\n" + "".join(f"{i % 1000:03},name of it\n" for i in range(3_000_000))
    data = test.write("large.csv", text)
    output = test.new_folder()
    before = os.stat(data)
    run = subprocess.Popen(test.command("clean", job, "--input", data, "--output", output, "--quiet"), env=test.environment,
                           stderr=subprocess.PIPE)
    part = os.path.join(output, ".clean.csv.part")
    while run.poll() is None and not (os.path.exists(part) and os.path.getsize(part) > 0):
        pass
    with open(data, "r+b") as file:
        file.seek(9)
        file.write(b"9")
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    said = run.communicate(timeout=60)[1].decode()
    test.equal(run.returncode, 3, f"an input that was rewritten: {said}")
    test.check("was changed" in said, f"said: {said}")


if __name__ == "__main__":
    run_cases()
