"""The pages: every command in them runs, and prints what the page says; every table of values holds.

- A console block runs as it stands: lines that begin with "$ " are commands, the others what they print. A line "..." stands
  for any lines; times and speeds may differ. A page's blocks run in order, in a folder in which build/release/ordermill, jobs/
  and so on are those of the checkout.
- A block marked <!-- file: NAME --> is written to that folder.
- Commands that can't run on the spot are marked <!-- tested by: FILE -->. That test has each of them word by word, or gets
  them from the page (support/page_blocks.py, `commands`). A block of commands that is neither fails.
- In ```text blocks, `x = TYPE | STEPS  "value"→result` is one field, run on each value, and `expression → value` is computed.
- jobs/README.md explains every name that a job or a report can have.
- Links lead to pages and headings that are there, and a command of ordermill in running text has only options that --help names.
"""
import csv
import difflib
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys

from support import ROOT, SKIPPED, TIME_LIMIT, Test
from page_blocks import PAGES, SHELLS, Page, console_steps, read_page, shell_commands

# Commands that a page may not have without a mark: the first word of a line, after variables that are set for it.
COMMAND = re.compile(r"""(?:\w+=(?:'[^']*'|"[^"]*"|\S*)\s+)*
    (?:\./|~/|build/|tests/[\w/]+(?:\s|$)|\S+\.(?:sh|py)(?:\s|$)|\.\ \S+\.sh
      |(?:apt|apt-get|bash|cat|cd|cmake|cp|ctest|docker|export|git|head|kubectl|make|mkdir|mpirun|ninja|npm|ordermill|pip|podman
         |printf|python3?|sacct|sbatch|scancel|sed|squeue|srun|ssh|sudo|valgrind|zcat)(?:\s|$))""", re.VERBOSE)
NUMBER = r"\d[\d,]*(?:\.\d+)?"
EXAMPLE = re.compile(r'"([^"]*)"→(.*?)(?:\s{2,}(?=")|$)')
# Said only on machines with fewer cores than a page takes for granted.
FEW_CORES = re.compile(r"ordermill: warning: \d+ ranks on \S+, which has \d+ cores?")
KINDS = ("decimal", "text", "boolean", "date", "timestamp")


def normalised(line, scratch):
    line = line.replace(scratch, "SCRATCH").rstrip()
    line = re.sub(rf"{NUMBER} (?:[KMGT]i)?B/s", "N/s", line)
    return re.sub(rf"(?<![\w.]){NUMBER} (?:ns|us|ms|s|min|h)\b", "N s", line)


def prints(expected, actual):
    """Whether the lines are the expected ones, of which "..." is any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line + "\n") for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


class Checker:
    """What is wrong with one page."""

    cleaned = {}  # (job, input) -> what run_job gives
    helps = {}    # command -> what its --help says

    def __init__(self, test, page, scratch):
        self.test = test
        self.page = page
        self.scratch = test.path(scratch)
        self.problems = []
        self.counts = {"commands run": 0, "commands that other tests run": 0, "values": 0, "links": 0}

    def problem(self, line, what):
        self.problems.append(f"{self.page.name}:{line}: {what}")

    def check(self):
        self.prepare()
        for line in self.page.idle_marks:
            self.problem(line, "a mark without a block behind it, or a block without an end")
        for block in self.page.blocks:
            self.check_block(block)
        self.check_files_are_used()
        self.check_links()
        self.check_options()
        return self.problems

    def prepare(self):
        os.makedirs(os.path.join(self.scratch, "build/release"))
        os.symlink(self.test.ordermill, os.path.join(self.scratch, "build/release/ordermill"))
        for folder in ("hostfiles", "jobs", "slurm", "src", "tests"):
            os.symlink(os.path.join(ROOT, folder), os.path.join(self.scratch, folder))
        mpirun = os.path.join(self.scratch, ".bin/mpirun")
        self.write(".bin/mpirun", f'#!/bin/sh\nexec "{shutil.which(self.test.mpirun)}" "$@"\n')
        os.chmod(mpirun, 0o755)
        path = os.path.dirname(mpirun) + ":" + self.test.environment["PATH"]
        self.environment = dict(self.test.environment, PATH=path, LC_ALL="C.UTF-8")

    def check_block(self, block):
        if "tested by" in block.marks:
            self.check_tested_elsewhere(block)
        elif "file" in block.marks:
            self.write(block.marks["file"], block.text())
        elif block.language == "console":
            self.run_console(block)
        elif block.language in SHELLS or any(COMMAND.match(line) for line in block.lines):
            self.problem(block.line, "commands that no test runs: make it a console block, or say <!-- tested by: FILE -->")
        elif block.language in ("ini", "csv"):
            self.problem(block.line, "a file without a name: no command uses it (<!-- file: NAME -->)")
        elif "expressions" in block.marks:
            self.compute_expressions(block)
        elif block.language == "text" and "→" in block.text():
            self.clean_values(block)

    def write(self, name, text):
        path = os.path.join(self.scratch, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def check_tested_elsewhere(self, block):
        test = block.marks["tested by"]
        path = os.path.join(ROOT, test)
        if not os.path.isfile(path):
            self.problem(block.line, f"there is no test {test}")
            return
        with open(path, encoding="utf-8") as file:
            source = file.read()
        takes_them = re.search(rf'\bcommands\(\s*(?:page|"{re.escape(self.page.name)}"),\s*"{re.escape(test)}"\)', source)
        words = " ".join(source.split())
        found = shell_commands(block)
        if not found:
            self.problem(block.line, "a block without a command is marked as tested")
        for command in found:
            self.counts["commands that other tests run"] += 1
            if not takes_them and " ".join(command.split()) not in words:
                self.problem(block.line, f"{test} doesn't run this command: {command}")

    def run_console(self, block):
        for line, command, expected in console_steps(block):
            if command is None:
                self.problem(line, "a console block begins without a command")
                continue
            self.counts["commands run"] += 1
            try:
                done = subprocess.run(["bash", "-c", command], cwd=self.scratch, env=self.environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False)
            except subprocess.TimeoutExpired:
                self.problem(line, f"hangs: {command}")
                continue
            printed = done.stdout.decode(errors="replace").removesuffix("\n")
            actual = [normalised(one, self.scratch) for one in printed.split("\n")] if printed else []
            wanted = [normalised(one, self.scratch) for one in expected]
            if not any(FEW_CORES.match(one) for one in wanted):
                actual = [one for one in actual if not FEW_CORES.match(one)]
            if done.returncode in (126, 127) or done.returncode < 0 or done.returncode > 128:
                self.problem(line, f"status {done.returncode}: {command}\n{printed}")
            if not prints(wanted, actual):
                difference = difflib.unified_diff(wanted, actual, "the page", "the command", lineterm="", n=1)
                self.problem(line, f"another output: {command}\n" + "\n".join(difference))

    def run_job(self, job, text):
        """Cleans `text` by the job: what was said if it is refused, else the records of clean.csv and rejects.csv."""
        if (job, text) not in self.cleaned:
            self.write("values/job.cfg", job)
            self.write("values/input.csv", text)
            done = self.test.run("clean", "values/job.cfg", "--input", "values/input.csv", "--output", "values/out", "--force", "--quiet",
                                 cwd=self.scratch)
            refused = done.stderr.decode(errors="replace").strip() or f"status {done.returncode}" if done.returncode else None
            rows = [[] if refused else read_rows(os.path.join(self.scratch, "values/out", name)) for name in ("clean.csv", "rejects.csv")]
            self.cleaned[job, text] = refused, *rows
        return self.cleaned[job, text]

    def clean_values(self, block):
        """Lines of one field and its examples: each example a record."""
        for number, line in enumerate(block.lines, block.line):
            split = re.match(r'(x = .*?)\s{2,}(".*)', line)
            examples = EXAMPLE.findall(split[2]) if split else []
            if not examples or line.count("→") != len(examples):
                self.problem(number, f"not `x = TYPE  \"value\"→result`, with two spaces between them: {line}")
                continue
            inputs = "".join(f'"{value}",{n}\n'.replace("\\t", "\t") for n, (value, _) in enumerate(examples))
            refused, clean, rejects = self.run_job(f"[fields]\nn = integer\n{split[1]}\n[output]\nmissing = (missing)\n",
                                                   "x,n\n" + inputs)
            if refused:
                self.problem(number, refused)
                continue
            results = {int(row["raw_record"].rsplit(",", 1)[1]): row["error_type"] for row in rejects}
            for row in clean:
                results[int(row["n"])] = row["x"] + (" + " + row["flags"] if row.get("flags") not in (None, "", "(missing)") else "")
            for n, (value, expected) in enumerate(examples):
                self.counts["values"] += 1
                if results.get(n) != expected.strip():
                    self.problem(number, f'another value: {split[1]}: "{value}"→{results.get(n)}, not {expected}')

    def compute_expressions(self, block):
        """Lines of an expression and its value: each a derived field over one record, of the kind that the job accepts."""
        given = []
        for ending in (".cfg", ".csv"):
            with open(os.path.join(self.scratch, block.marks["expressions"] + ending), encoding="utf-8") as file:
                given.append(file.read())
        job = given[0].replace("[fields]\n", "[fields]\nresult = {} := {}\n", 1) + "[output]\nmissing = (missing)\n"
        for number, line in enumerate(block.lines, block.line):
            expression, arrow, expected = (part.strip() for part in line.partition("→"))
            if not arrow:
                self.problem(number, f"not `expression → value`: {line}")
                continue
            self.counts["values"] += 1
            for kind in KINDS:
                refused, clean, rejects = self.run_job(job.replace("{} := {}", f"{kind} := {expression}"), given[1])
                if not refused:
                    break
            actual = refused or [row["result"] for row in clean] + [row["error_type"] for row in rejects]
            if actual != [expected]:
                self.problem(number, f"another value: {expression} → {actual}, not {expected}")

    def check_files_are_used(self):
        used = [one.text() for one in self.page.blocks if one.language == "console" or "file" in one.marks]
        used += [one.marks["expressions"] + ending for one in self.page.blocks if "expressions" in one.marks for ending in (".cfg", ".csv")]
        for block in self.page.blocks:
            name = block.marks.get("file")
            if name and not any(name in text or named_by_a_glob(name, text) for text in used):
                self.problem(block.line, f"no command uses the file {name}")

    def check_links(self):
        prose = [(number, re.sub(r"`[^`]*`", "", line)) for number, line in self.page.prose]
        for number, line in prose:
            for path, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", line):
                if "://" in path:
                    continue
                self.counts["links"] += 1
                target = os.path.normpath(os.path.join(os.path.dirname(self.page.name), path)) if path else self.page.name
                if path and not os.path.exists(os.path.join(ROOT, target)):
                    self.problem(number, f"a link to {path}, which isn't there")
                elif anchor and anchor not in anchors(self.page if not path else read_page(target)):
                    self.problem(number, f"a link to #{anchor}: {target} has no such heading")


    def check_options(self):
        """Commands of ordermill in running text, such as `ordermill clean --resume`."""
        for number, line in self.page.prose:
            for words in re.findall(r"`(?:build/release/)?ordermill ([^`]*)`", line):
                own, _, behind = words.partition(" -- ")
                for some in filter(None, (own, behind)):
                    said = self.help(some.split()[0])
                    wrong = [option for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", some) if option not in said and option != "--help"]
                    if wrong:
                        self.problem(number, f"`ordermill {words}`: --help names no {', '.join(wrong)}")

    def help(self, command):
        """What a command's --help says; that of the whole program if it is none."""
        if command not in self.helps:
            words = [command, "--help"] if re.fullmatch(r"[a-z]+", command) else ["--help"]
            done = self.test.run(*words)
            self.helps[command] = (done.stdout + done.stderr).decode() if done.returncode == 0 else ""
        return self.helps[command]


def named_by_a_glob(name, text):
    return any("*" in word and fnmatch.fnmatch(name, word) for word in text.split())


def anchors(page):
    """The headings as GitHub names them in links."""
    headings = [re.sub(r"^#+ ", "", line) for _, line in page.prose if re.match(r"#+ ", line)]
    return [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", one).lower()).replace(" ", "-") for one in headings]


def read_rows(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Where the program has the names that jobs/README.md must explain.
NAMES = (("src/core/base/fault.cpp", r'Words\{Reason::(?!none)\w+, "(\w+)"'), ("src/app/job/job_settings.cpp", r'^ +\{"(\w+)",'),
         ("src/app/job/job_steps.cpp", r'^    \{"(\w+)", '), ("src/app/job/job_names.hpp", r'\{"([\w-]+)",'),
         ("src/core/expression/expression_signatures.hpp", r'\{"(\w+)", Function::'))


def check_names(test, text, report):
    """Every key, step, choice, function and reason of a job, and every key of a report, is in the text as a word of its own."""
    for path, pattern in NAMES:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            names = set(re.findall(pattern, file.read(), re.MULTILINE))
        test.check(len(names) > 15, f"{path} has names: {names}")
        for name in sorted(names):
            test.check(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text), f"jobs/README.md doesn't explain {name} ({path})")
    with open(report, encoding="utf-8") as file:
        parts = json.load(file)
    for name in (*parts["result"], *parts["run"]):
        test.check(f"`{name}`" in text, f"jobs/README.md doesn't explain the report's key {name}")


GOOD_PAGE = """# A made-up page
<!-- file: a.csv -->
```csv
x,n
1,2
```
```console
$ cat a.csv; echo 'in 0.25 s, 3 MiB/s'; printf '1\\n2\\n3\\n'
x,n
1,2
in 9.75 s, 18.5 GiB/s
...
3
$ echo "a \\
> b"
a b
```
<!-- tested by: tests/end_to_end/pages.py -->
```sh
sbatch   --made-up \\
    made-up.sbatch    # a comment
```
```text
x = integer | else flag  "1"→1   "y"→y + x:NOT_AN_INTEGER
x = integer | min 3  ""→(missing)   "2"→BELOW_MINIMUM
```
<!-- file: e.cfg -->
```ini
[fields]
x = integer
```
<!-- file: e.csv -->
```csv
x,n
3,
```
<!-- expressions: e -->
```text
x * 2  → 6
x > 2  → true
x / 0  → DIVIDED_BY_ZERO
```
See [above](#a-made-up-page), `ordermill clean --resume` and `ordermill run -n 5 -- clean --force`.
"""
# What the page has pages.py run, for it to find here: sbatch --made-up made-up.sbatch
# The page with one thing replaced, and what must be found wrong with it.
MISTAKES = (
    ("in 9.75 s, 18.5", "in 9.75 m, 18.5", "another output"),
    ("\n...\n3\n", "\n...\n4\n", "another output"),
    ("a b\n", "a b\nc\n", "another output"),
    ("$ cat a.csv", "$ no-such-program; cat a.csv", "another output"),
    ("$ echo \"a", "$ no-such-program; exit 127; echo \"a", "status 127"),
    ("```console\n$", "```console\nbefore\n$", "begins without a command"),
    ("<!-- tested by: tests/end_to_end/pages.py -->\n", "", "commands that no test runs"),
    ("```sh\nsbatch   --made-up", "```\nsbatch   --made-up", ""),
    ("<!-- tested by: tests/end_to_end/pages.py -->\n```sh\n", "```\n", "commands that no test runs"),
    ("<!-- file: e.cfg -->", "A paragraph:\n\n    MADE=up ./made-up --option\n\n<!-- file: e.cfg -->", "commands that no test runs"),
    ("tests/end_to_end/pages.py -->", "tests/end_to_end/no_such_test.py -->", "there is no test"),
    ("tests/end_to_end/pages.py -->", "tests/end_to_end/support.py -->", "doesn't run this command"),
    ("<!-- file: a.csv -->\n", "", "a file without a name"),
    ("<!-- file: a.csv -->\n", "<!-- file: a.csv -->\n\n", "a mark without a block"),
    ("<!-- file: e.cfg -->", "<!-- file: unused.csv -->\n```csv\na\n```\n<!-- file: e.cfg -->", "no command uses the file"),
    ("\"2\"→BELOW_MINIMUM", "\"2\"→ABOVE_MAXIMUM", "another value"),
    ("\"y\"→y + x:NOT_AN_INTEGER", "\"y\"→y", "another value"),
    ("integer | min 3  ", "integer | min 3 ", "with two spaces"),
    ("integer | min 3", "integer | mni 3", "unknown step"),
    ("x * 2  → 6", "x * 2  → 7", "another value"),
    ("x > 2  ", "y > 2  ", "another value"),
    ("(#a-made-up-page)", "(#another-heading)", "no such heading"),
    ("(#a-made-up-page)", "(no-such-page.md)", "which isn't there"),
    ("clean --resume", "clean --restarts 3", "--help names no --restarts"),
    ("clean --force", "explain --force", "--help names no --force"),
)


def check_the_checks(test):
    """A made-up page is right, and each mistake in it is found."""
    problems = Checker(test, Page("made-up.md", GOOD_PAGE), "made-up").check()
    test.equal(problems, [], "the made-up page")
    for number, (old, new, expected) in enumerate(MISTAKES):
        test.check(GOOD_PAGE.count(old) == 1, f"the made-up page has {old!r} once")
        problems = Checker(test, Page("made-up.md", GOOD_PAGE.replace(old, new)), f"made-up-{number}").check()
        found = any(expected in one for one in problems) if expected else not problems
        test.check(found, f"the made-up page with {new!r}: {expected or 'no problem'}; found {problems}")


def check_page(test, name):
    checker = Checker(test, read_page(name), "page-" + name.replace("/", "-"))
    for problem in checker.check():
        test.check(False, problem)
    if name == "jobs/README.md":
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            check_names(test, file.read(), os.path.join(checker.scratch, "out/invoices/report.json"))
    test.checks += sum(checker.counts.values())
    print(f"{name}: " + ", ".join(f"{count} {what}" for what, count in checker.counts.items() if count), flush=True)


def main():
    test = Test(lambda parser: parser.add_argument("--page", action="append", choices=PAGES, help="only this page"))
    if not shutil.which(test.mpirun):
        print(f"skipped: there is no {test.mpirun}, and the pages have commands with mpirun")
        sys.exit(SKIPPED)
    if not test.options.page:
        check_the_checks(test)
    for name in test.options.page or PAGES:
        if os.path.exists(os.path.join(ROOT, name)):
            check_page(test, name)
    test.finish()


main()
