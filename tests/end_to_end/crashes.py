#!/usr/bin/env python3
"""A record that kills the process which cleans it, or that is never finished, costs itself and nothing else."""
import os

from support import JOBS, Test

TRAPS = (9_000, 24_000)


def with_traps(test):
    whole = test.generated_orders(30_000, seed=3)
    with open(whole, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for at in TRAPS:
        while lines[at].count(",") != 7 or '"' in lines[at]:
            at += 1
        cells = lines[at].split(",")
        lines[at] = ",".join([cells[0], "TRAP" + str(at), *cells[2:]])
    return test.write("trapped.csv", "\n".join(lines))


def run(test, path, fault, *arguments, status=0):
    output = test.new_folder()
    environment = {"ORDERMILL_FAULT": f"{fault}=TRAP"}
    done = test.run("run", "-n", 5, "--", "clean", os.path.join(JOBS, "retail.cfg"), "--input", path, "--output", output, "--chunk-size",
                    "128KiB", "--lease", 3, "--quiet", *arguments, environment=environment)
    said = done.stderr.decode(errors="replace")
    test.equal(done.returncode, status, f"{fault}: status\n{said[-1500:]}")
    return output, said


def lines_of(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read().split("\n")


def main():
    test = Test()
    path = with_traps(test)
    whole = test.clean(os.path.join(JOBS, "retail.cfg"), [path])
    kept = [line for line in lines_of(whole.folder, "clean.csv") if "TRAP" not in line]
    test.equal(len(lines_of(whole.folder, "clean.csv")) - len(kept), 2, "the trapped records are clean ones")
    for fault in ("crash", "hang"):
        output, said = run(test, path, fault, "--max-crashes", len(TRAPS))  # just as many as are allowed
        if not test.check(os.path.exists(os.path.join(output, "report.json")), f"{fault}: it goes on: {said[-500:]}"):
            continue
        test.check(lines_of(output, "clean.csv") == kept, f"{fault}: every other record is there")
        crashed = [line for line in lines_of(output, "rejects.csv") if "WORKER_CRASH" in line]
        test.check(len(crashed) == 2 and all("TRAP" in line for line in crashed), f"{fault}: the two are rejected: {crashed}")
        others = [line for line in lines_of(output, "rejects.csv") if "WORKER_CRASH" not in line]
        test.check(others == lines_of(whole.folder, "rejects.csv"), f"{fault}: the other rejects are the same")
        test.check("is lost" in said, f"{fault}: it says that a rank is lost")
    output, said = run(test, path, "crash", "--max-crashes", 1, status=3)
    test.check("more than 1 records crashed" in said, f"too many: {said[-300:]}")
    test.check(not os.path.exists(os.path.join(output, "report.json")), "too many: no outputs")
    test.finish()


if __name__ == "__main__":
    main()
