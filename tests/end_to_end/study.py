"""`ordermill study --combine`: raw rows of made-up runs with a known law, through the built program."""
import json
import os
import sys

from support import ROOT, Test

sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from study_rows import MadeStudy  # noqa: E402


def folder(test, name):
    path = test.path(name)
    os.makedirs(path, exist_ok=True)
    return path


def combine(test, inputs, output, *more, status=0, **how):
    done = test.run("study", "--combine", *inputs, "--output", output, *more, **how)
    said = done.stderr.decode()
    test.equal(done.returncode, status, f"status of combining {inputs}: {said}")
    return done.stdout.decode(), said


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def the_law_comes_back(test):
    made = MadeStudy(sizes=(1, 2, 4, 8, 16), cores=16, serial=True, alpha=0.03, beta=0.002, noise=0.005)
    output = test.path("one")
    said, _ = combine(test, [made.write(folder(test, "strong"))], output)
    study = json.loads(read(f"{output}/study.json"))["studies"][0]
    usl = study["fits"][1]
    for name, value in (("alpha", 0.03), ("beta", 0.002), ("peak_workers", (0.97 / 0.002) ** 0.5)):
        test.check(abs(usl[name]["value"] - value) < 0.15 * value, f"{name}: {usl[name]}, expected about {value}")
        test.check(usl[name]["low"] < usl[name]["value"] < usl[name]["high"], f"range of {name}: {usl[name]}")
    test.equal([size["workers"] for size in study["sizes"]], [1, 1, 2, 4, 8, 16], "sizes")
    test.equal([size["serial"] for size in study["sizes"]], [True] + 5 * [False], "the serial one")
    for words in ("Strong scaling", "Karp-Flatt", "POP efficiencies", "What bounds the run", "Amdahl's law: serial share"):
        test.check(words in said, f"the table says {words}")
    for name in ("raw.csv", "timeline.csv", "study.html", "strong-extra-p.jsonl", "strong-speedup.svg",
                 "strong-efficiency.svg", "strong-phases.svg", "strong-timeline.svg"):
        test.check(os.path.getsize(f"{output}/{name}") > 0, f"{name} is there")
    return made, study


def several_launches_are_one_study(test, made, whole):
    """A job array: a launch for each size, all rows in files of their own, some of them given twice."""
    files = []
    for ranks in sorted({row["ranks"] for row in made.raw}):
        files.append(made.write(folder(test, f"array-{ranks}"), keep=lambda row: row["ranks"] == ranks))
    output = test.path("array")
    combine(test, files + files[:1], output)
    test.equal(json.loads(read(f"{output}/study.json"))["studies"][0], whole, "the study from several files")
    size = os.path.getsize(f"{output}/raw.csv")
    combine(test, files + [f"{output}/raw.csv"], output)
    test.equal(os.path.getsize(f"{output}/raw.csv"), size, "size of the rows, combined with themselves")


def weak_and_strong_stand_side_by_side(test, strong):
    weak = MadeStudy(mode="weak", name="weak", sizes=(1, 2, 4, 8), cores=4)
    output = test.path("both")
    said, _ = combine(test, [strong, weak.write(folder(test, "weak"))], output)
    studies = json.loads(read(f"{output}/study.json"))["studies"]
    test.equal([study["mode"] for study in studies], ["strong", "weak"], "modes")
    test.equal([fit["law"] for fit in studies[1]["fits"]], ["gustafson", "usl"], "laws of weak scaling")
    test.check("refused" in studies[1]["fits"][1], "three sizes are too few for USL")
    test.check("oversubscribed" in said, "8 workers on 4 cores are called oversubscribed")


def what_is_wrong_is_said(test, raw):
    output = test.path("none")
    rows = read(raw).splitlines(keepends=True)
    bad = test.write("bad/raw.csv", "".join(rows[:3]) + rows[3].replace("strong", "stronk") + "".join(rows[4:]))
    _, said = combine(test, [bad], output, status=2)
    test.check("bad/raw.csv:4: column mode: \"stronk\" is not strong, weak or burn" in said, f"place of the error: {said}")
    _, said = combine(test, [test.path("missing.csv")], output, status=2)
    test.check("there is no such file" in said, f"missing file: {said}")
    _, said = combine(test, [test.write("head/raw.csv", rows[0])], output, status=2)
    test.check("no whole run" in said, f"no rows: {said}")
    test.check(not os.path.exists(output), "nothing is written when something is wrong")

    other = folder(test, "other")
    test.write("other/raw.csv", "somebody's rows\n")
    _, said = combine(test, [raw], other, status=2)
    test.check("is none of the files to combine" in said, f"rows of others: {said}")
    test.equal(read(f"{other}/raw.csv"), "somebody's rows\n", "rows of others")
    combine(test, [raw], other, "--force")
    test.equal(read(f"{other}/raw.csv"), read(raw), "replaced rows")
    _, said = combine(test, [raw], test.write("file", "x") + "/out", status=3)
    test.check("cannot create" in said, f"no folder to write to: {said}")

    for words, expected in ((["study"], "--combine"), (["study", "--combine", raw], "--output"),
                            (["study", "--combyne", raw], "did you mean --combine?")):
        done = test.run(*words)
        test.equal(done.returncode, 2, f"status of {words}")
        test.check(expected in done.stderr.decode(), f"{words}: {done.stderr.decode()}")


def main():
    test = Test()
    made, whole = the_law_comes_back(test)
    raw = test.path("strong") + "/raw.csv"
    several_launches_are_one_study(test, made, whole)
    weak_and_strong_stand_side_by_side(test, raw)
    what_is_wrong_is_said(test, raw)
    said, _ = combine(test, [raw], test.path("ranks"), ranks=2)
    test.equal(said.count("Strong scaling"), 1, "two ranks say it once")
    test.finish()


main()
