"""The pages' commands that take too long to be run here, or that need what few machines have: their programs are there and know
every option, preset and label that the page gives them."""
import json
import os
import re
import shlex
import subprocess

from support import ROOT, TIME_LIMIT, Test
from page_blocks import PAGES, commands

OPTION = re.compile(r"(--?[A-Za-z][\w-]*)(?:=.*)?")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def single_commands(line):
    """The words of each command of a line, without the variables that are set for it."""
    words, found = shlex.split(line), [[]]
    for word in words:
        if word in ("&&", ";", "|"):
            found.append([])
        elif found[-1] or not re.fullmatch(r"\w+=.*", word, re.DOTALL):
            found[-1].append(word)
    return [one for one in found if one]


class Checks:
    def __init__(self, test):
        self.test = test
        self.presets = json.loads(read("CMakePresets.json"))
        self.cmake = read("CMakeLists.txt") + read("src/CMakeLists.txt") + read("tests/CMakeLists.txt") + read("tests/bench/CMakeLists.txt")
        self.helps = {}

    def wrong(self, words):
        """What is wrong with a command; None if nothing is."""
        program = words[0]
        if program == "cmake":
            return self.wrong_cmake(words)
        if program == "ctest":
            return self.wrong_ctest(words)
        if program == ".":
            return None if os.path.isfile(os.path.join(ROOT, words[1])) else f"there is no {words[1]}"
        if re.match(r"build/\w+/\w+$", program):
            built = os.path.join(os.path.dirname(self.test.ordermill), os.path.basename(program))
            if not re.search(rf"\b{os.path.basename(program)}\b", self.cmake) and not self.is_fuzzer(program):
                return f"nothing builds {program}"
            # Not everything is built everywhere: without its library there are no benchmarks. Other builds have other options.
            return self.wrong_options(built, words) if program.startswith("build/release/") and os.path.exists(built) else None
        if program == "mpirun":  # its own options are Open MPI's
            ours = next((at for at, word in enumerate(words) if word.startswith("build/")), None)
            return "it starts nothing of ours" if ours is None else self.wrong(words[ours:])
        if program in ("sbatch", "podman", "kubectl"):  # few machines have these: at least the files are there
            named = [word for word in words[1:] if re.match(r"(slurm|jobs)/", word)]
            return next((f"there is no {name}" for name in named if not os.path.isfile(os.path.join(ROOT, name))), None)
        script = os.path.join(ROOT, program)
        if not os.path.isfile(script):
            return f"there is no {program}"
        return self.wrong_options(script, words) if os.access(script, os.X_OK) else f"{program} can't be executed"

    def is_fuzzer(self, program):
        return os.path.isfile(os.path.join(ROOT, "tests/fuzz", os.path.basename(program).removeprefix("fuzz_") + ".cpp"))

    def wrong_cmake(self, words):
        for name, value in zip(words, words[1:]):
            if name == "--preset" and value not in [one["name"] for one in self.presets["configurePresets"]]:
                return f"there is no preset {value}"
        for variable in re.findall(r"-D(ORDERMILL_\w+)", " ".join(words)):
            if variable not in self.cmake:
                return f"CMake knows no {variable}"
        return None

    def wrong_ctest(self, words):
        for name, value in zip(words, words[1:]):
            if name == "--preset" and value not in [one["name"] for one in self.presets["testPresets"]]:
                return f"there is no preset {value}"
            if name == "-L" and not re.search(rf"LABELS {value}\b", self.cmake):
                return f"no test has the label {value}"
        return None

    def wrong_options(self, program, words):
        verb = words[1:2] if os.path.basename(program) == "ordermill" and words[1][:1] != "-" else []
        if verb == ["run"]:  # what it doesn't know is mpirun's; behind -- stands what it runs
            return self.wrong_options(program, [program] + words[words.index("--") + 1:])
        help_of = (program, *verb)
        if help_of not in self.helps:
            done = subprocess.run([program, *verb, "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=TIME_LIMIT, env=self.test.environment, cwd=ROOT, check=False)
            self.helps[help_of] = done.stdout.decode(errors="replace")
        for word in words[1:]:
            option = OPTION.fullmatch(word)
            if option and not re.search(rf"(?<![\w-]){re.escape(option[1])}(?![\w-])", self.helps[help_of]):
                return f"{' '.join(words[:1] + verb)} --help names no {option[1]}"
        return None


# What must be found wrong.
MISTAKES = ("tests/faults/run --no-such-option 3", "tests/no_such_script --help", "build/release/no_such_program", "cmake --preset no-such-preset",
            "ctest --test-dir build/release -L no-such-label", "sbatch slurm/no-such.sbatch",
            "mpirun -n 2 build/release/ordermill study --no-such-option", "cmake -S . -DORDERMILL_NO_SUCH=ON", ". src/cmake/no-such.sh && ctest")


def main():
    test = Test()
    checks = Checks(test)
    for command in MISTAKES:
        test.check(any(checks.wrong(words) for words in single_commands(command)), f"{command}: nothing wrong is found")
    for page in PAGES:
        if os.path.exists(os.path.join(ROOT, page)):
            for command in commands(page, "tests/end_to_end/long_commands.py"):
                for words in single_commands(command):
                    wrong = checks.wrong(words)
                    test.check(wrong is None, f"{page}: {command}: {wrong}")
    test.finish()


main()
