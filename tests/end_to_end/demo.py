"""`jobs/demo.sh`, the README's first commands, in a checkout of its own: all but the compiler's work, which a stand-in for
cmake notes down."""
import os
import re
import shutil
import subprocess

from support import ROOT, TIME_LIMIT, Test
from page_blocks import commands


class Checkout:
    """What demo.sh needs of a checkout, with the program already built; in a folder with a space in its name."""

    def __init__(self, test):
        self.test = test
        self.root = test.path("a checkout")
        for folder in ("jobs", "src/cmake"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(self.root, folder))
        os.makedirs(os.path.join(self.root, "build/release"))
        os.symlink(test.ordermill, os.path.join(self.root, "build/release/ordermill"))
        self.cmake_calls = test.path("cmake-calls")
        cmake = test.write("bin/cmake", f'#!/bin/sh\necho "$@" >> "{self.cmake_calls}"\n')
        os.chmod(cmake, 0o755)

    def demo(self, *arguments):
        return self.run([os.path.join(self.root, "jobs/demo.sh"), *arguments], self.test.scratch)

    def run(self, command, folder):
        """Its status, what it said, and how cmake was called."""
        if os.path.exists(self.cmake_calls):
            os.remove(self.cmake_calls)
        path = os.path.dirname(self.cmake_calls) + "/bin:" + os.environ["PATH"]
        done = subprocess.run(command, cwd=folder, env=dict(os.environ, PATH=path), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False)
        calls = []
        if os.path.exists(self.cmake_calls):
            with open(self.cmake_calls, encoding="utf-8") as file:
                calls = [line.replace(self.root, "ROOT").rstrip("\n") for line in file]
        return done.returncode, done.stdout.decode(), calls


def named(said):
    """The outputs that the last lines name."""
    return re.findall(r"^  (\S+) {2,}\S", said[said.index("Everything is in"):], re.MULTILINE)


def shows_what_is_there(test, said, output):
    test.equal(sorted(named(said)), sorted(name + "/" * os.path.isdir(os.path.join(output, name)) for name in os.listdir(output)),
               f"the outputs that are named: {said[-600:]}")


def main():
    test = Test()
    checkout = Checkout(test)
    cores = os.cpu_count() if not hasattr(os, "sched_getaffinity") else len(os.sched_getaffinity(0))
    build = f"--build ROOT/build/release --target ordermill --parallel {cores}"
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    line = "536365,85123A,lamp,6,12/1/2010 8:26,2.55,17850,EIRE\n"
    cleaned = "536365,85123A,LAMP,6,2010-12-01T08:26:00,2.55,17850,Ireland,sold,15.30"

    without_files, with_file = commands("README.md", "tests/end_to_end/demo.py")
    status, said, calls = checkout.run(["bash", "-c", without_files], checkout.root)
    test.equal(status, 0, f"{without_files}: status; {said}")
    test.equal(calls, ["-S ROOT --preset release -DORDERMILL_TESTS=OFF", build], "demo.sh: a fresh build is without tests")
    test.check("1,010,226" in said and "536365,21973," in said, f"demo.sh: records are cleaned and shown: {said}")
    shows_what_is_there(test, said, os.path.join(checkout.root, "out/demo/cleaned"))

    test.write(os.path.join("a checkout", with_file.split()[1]), header + line)
    status, said, calls = checkout.run(["bash", "-c", with_file], checkout.root)
    test.check(status == 0 and cleaned in said, f"{with_file}: status {status}; {said}")

    test.write("a checkout/build/release/CMakeCache.txt", "")
    orders = test.write("my orders.csv", header + line)
    status, said, calls = checkout.demo("my orders.csv")
    test.equal(status, 0, f"demo.sh FILE: status; {said}")
    test.equal(calls, ["-S ROOT --preset release", build], "demo.sh FILE: a build that has its tests keeps them")
    test.check(cleaned in said, f"demo.sh FILE: {said}")
    shows_what_is_there(test, said, os.path.join(checkout.root, "out/demo-yours"))
    os.remove(orders)

    status, said, calls = checkout.demo("nowhere.csv")
    test.equal((status, said, calls), (2, "jobs/demo.sh: cannot read nowhere.csv\n", []), "demo.sh, a file that isn't there")
    status, said, calls = checkout.demo("--help")
    test.check(status == 0 and said.startswith("usage: jobs/demo.sh") and not calls, f"demo.sh --help: {said}")
    test.finish()


main()
