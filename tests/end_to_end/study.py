"""`ordermill study --combine`: raw rows of made-up runs with a known law, through the built program."""
import difflib
import html.parser
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
    for words in ("Strong scaling", "Karp-Flatt", "POP efficiencies", "What bounds the run", "What it costs", "Best for time", "What else went on", "Amdahl's law: serial share"):
        test.check(words in said, f"the table says {words}")
    for name in ("raw.csv", "timeline.csv", "study.html", "strong-extra-p.jsonl", "strong-speedup.svg",
                 "strong-time.svg", "strong-efficiency.svg", "strong-phases.svg", "strong-phase-shares.svg", "strong-timeline.svg"):
        test.check(os.path.getsize(f"{output}/{name}") > 0, f"{name} is there")
    return made, study


def rows_of_version_0_1_tell_the_same(test, made, study):
    """Files of before the CPU times were exact: what they lack is missing, the rest is as it was."""
    output = test.path("old")
    combine(test, [made.write(test.path("strong-0.1"), old=True)], output)
    old = json.loads(read(f"{output}/study.json"))["studies"][0]
    for ours, theirs in zip(study["sizes"], old["sizes"]):
        for name in ("seconds", "speedup", "karp_flatt"):
            test.equal(theirs[name], ours[name], f"{name} of version 0.1's rows")
        pop = (ours["pop_workers"]["parallel_efficiency"], theirs["pop_workers"]["parallel_efficiency"])
        test.check(abs(pop[0] - pop[1]) < 1e-9, f"parallel efficiency of version 0.1's rows: {pop}")
    test.equal(old["command"], "", "command")


def ceilings_and_settings(test):
    files = []
    for setting, speed in (("chunk-size=64KiB", 0.8), ("chunk-size=1MiB", 1.0), ("chunk-size=8MiB", 0.95)):
        made = MadeStudy(sizes=(1, 2, 4), repeats=6, ceiling=True, alpha=0.1, beta=0, noise=0.003, setting=setting, speed=speed)
        files.append(made.write(test.path(setting)))
    output = test.path("settings")
    said, _ = combine(test, files, output)
    studies = json.loads(read(f"{output}/study.json"))["studies"]
    test.equal([study["setting"] for study in studies], ["chunk-size=64KiB", "chunk-size=1MiB", "chunk-size=8MiB"],
               "settings as they were measured")
    four = studies[1]["sizes"][2]
    test.check(abs(four["ceiling"]["of_ceiling"] - 1.06 / 1.3) < 0.02, f"of the ceiling: {four['ceiling']}")
    test.check("of the ceiling" in said and "The machine's own ceiling" in said, "the ceiling is told")
    test.check("ordermill 17 %" in studies[1]["ceiling"] or "ordermill 18 %" in studies[1]["ceiling"], studies[1]["ceiling"])
    test.check("chunk-size=1MiB is quickest" in read(f"{output}/study.html"), "the sweep's plot says which is quickest")
    test.check(os.path.exists(f"{output}/strong-sweep-chunk-size.svg"), "the sweep's plot")
    test.check(os.path.exists(f"{output}/strong-chunk-size-1MiB-speedup.svg"), "plots of a setting")


def two_are_compared(test):
    def made(name, speed, noise=0.01, repeats=8):
        return MadeStudy(sizes=(1, 2, 4), repeats=repeats, noise=noise, speed=speed, seed=len(name), name=name).write(test.path(name))

    before, after = made("before", 1.0), made("after!", 1.1)
    done = test.run("study", "--compare", before, after, "--output", test.path("compared"))
    said = done.stdout.decode()
    test.equal(done.returncode, 0, f"status of comparing: {done.stderr.decode()}")
    sizes = json.loads(read(test.path("compared") + "/comparison.json"))["sizes"]
    test.equal([size["workers"] for size in sizes], [1, 2, 4], "sizes compared")
    for size in sizes:
        low, high = size["ratio_95_percent"]
        test.check(low < 1 / 1.1 < high, f"the ratio's range holds {1 / 1.1:.3f}: {size}")
        test.check("the second is faster" in size["sentence"], size["sentence"])
    test.check("At 4 workers the second is faster" in said, f"sentences: {said}")
    same = test.run("study", "--compare", before, before).stdout.decode()
    test.equal(same.count("no difference can be told"), 3, f"the same study twice: {same}")
    few = test.run("study", "--compare", before, made("few", 1.0, repeats=3)).stdout.decode()
    test.check("too few runs" not in few, f"eight and three runs are enough: {few}")
    few = test.run("study", "--compare", test.path("few") + "/raw.csv", test.path("few") + "/raw.csv").stdout.decode()
    test.equal(few.count("too few runs"), 3, f"three and three runs are too few: {few}")
    for words, expected in (([before], "takes the raw.csv of two studies"), ([before, "none.csv"], "there is no such file")):
        done = test.run("study", "--compare", *words)
        test.equal(done.returncode, 2, f"status of --compare {words}")
        test.check(expected in done.stderr.decode(), f"--compare {words}: {done.stderr.decode()}")


class Words(html.parser.HTMLParser):
    """The words of a page as they are read, a block a line; those of the plots too."""
    BLOCKS = {"p", "h1", "h2", "h3", "tr", "dt", "dd", "li", "figcaption", "text", "figure", "section"}

    def __init__(self):
        super().__init__()
        self.lines, self.hidden = [""], 0

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in ("style", "title")
        if tag in self.BLOCKS:
            self.lines.append("")
        if tag in ("td", "th"):
            self.lines[-1] += " | "

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "title")

    def handle_data(self, data):
        if not self.hidden:
            self.lines[-1] += " ".join(data.split("\n"))

    def text(self):
        return "\n".join(line.strip() for line in self.lines if line.strip()) + "\n"


def the_page_reads_as_it_should(test):
    """Against a page that was read by people. After a change: ORDERMILL_UPDATE=1, and read what `git diff` shows."""
    strong = MadeStudy(sizes=(1, 2, 4, 8, 16, 32), cores=16, repeats=7, serial=True, ceiling=True, alpha=0.03, beta=0.0005)
    weak = MadeStudy(mode="weak", name="weak", sizes=(1, 2, 4), cores=16, repeats=1, alpha=0.05, beta=0)
    output = test.path("golden")
    combine(test, [strong.write(test.path("golden-strong")), weak.write(test.path("golden-weak"))], output)
    words = Words()
    words.feed(read(f"{output}/study.html"))
    expected = os.path.join(ROOT, "tests", "end_to_end", "expected", "study_page.txt")
    if os.environ.get("ORDERMILL_UPDATE"):
        os.makedirs(os.path.dirname(expected), exist_ok=True)
        with open(expected, "w", encoding="utf-8") as file:
            file.write(words.text())
    difference = list(difflib.unified_diff(read(expected).splitlines(), words.text().splitlines(), "expected", "page", lineterm=""))
    test.check(not difference, "the page has other words:\n" + "\n".join(difference[:60]))


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
    test.check("bad/raw.csv:4: column mode: \"stronk\" is not strong, weak, burn, strong-ceiling or weak-ceiling" in said, f"place of the error: {said}")
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
    rows_of_version_0_1_tell_the_same(test, made, whole)
    ceilings_and_settings(test)
    two_are_compared(test)
    the_page_reads_as_it_should(test)
    several_launches_are_one_study(test, made, whole)
    weak_and_strong_stand_side_by_side(test, raw)
    what_is_wrong_is_said(test, raw)
    said, _ = combine(test, [raw], test.path("ranks"), ranks=2)
    test.equal(said.count("Strong scaling"), 1, "two ranks say it once")
    test.finish()


main()
