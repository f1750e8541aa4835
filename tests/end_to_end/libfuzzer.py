"""The libFuzzer recipe of tests/README.md, word by word as far as it is cheap: clang configures as it says, compiles what clang
takes otherwise than gcc, and would link the fuzzer with libFuzzer instead of our own driver. Skipped where clang isn't installed."""
import os
import shlex
import shutil
import subprocess

from support import ROOT, Test
from page_blocks import commands

PAGE, TESTED_BY = "tests/README.md", "tests/end_to_end/long_commands.py"
FOLDER = "build/libfuzzer"
# A fuzzer, and the coroutines, which clang 14's sanitizers can't do without an option.
OBJECTS = ("tests/CMakeFiles/fuzz_csv.dir/fuzz/csv.cpp.o", "src/CMakeFiles/ordermill_study.dir/study/burn/busy_loop.cpp.o",
           "src/CMakeFiles/ordermill_study.dir/study/burn/waiting_loop.cpp.o")


def recipe():
    """The words of the command that configures, and of the one that builds."""
    found = [command for command in commands(PAGE, TESTED_BY) if "-DORDERMILL_LIBFUZZER=ON" in command or f"--build {FOLDER}" in command]
    configure = next(command for command in found if "-DORDERMILL_LIBFUZZER=ON" in command)
    build = next(command for command in found if f"--build {FOLDER}" in command).split("&&")[0]
    return shlex.split(configure), shlex.split(build)


def ran(test, words, what):
    """What a command printed, with its trouble; run in the checkout, with the recipe's build folder in the scratch one."""
    words = [test.path("build") if word == FOLDER else word for word in words]
    done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500, check=False)
    said = done.stdout.decode(errors="replace")
    test.check(done.returncode == 0, f"{what}: {shlex.join(words)}: status {done.returncode}\n{said[-3000:]}")
    return said


def main():
    test = Test()
    configure, build = recipe()
    compiler = next(word.split("=")[1] for word in configure if word.startswith("-DCMAKE_CXX_COMPILER="))
    if not all(shutil.which(program) for program in (compiler, "cmake", "ninja")):
        test.skip(f"{compiler}, cmake or ninja isn't installed")
        test.finish()
    ran(test, configure, "it configures")
    ran(test, ["ninja", "-C", FOLDER, *OBJECTS], "clang compiles")
    plan = ran(test, ["ninja", "-C", FOLDER, "-t", "commands", *build[build.index("--target") + 1:]], "what would be built")
    link = plan.strip().splitlines()[-1]
    test.check("-fsanitize=fuzzer " in link and "driver.cpp" not in link, f"libFuzzer takes the driver's place: {link}")
    test.check("-fsanitize=fuzzer-no-link" in plan, "the code under test is instrumented")
    test.finish()


main()
