"""What tests of whole runs share: orders to clean, the outputs of a folder to compare, and checks that count."""
import json
import os
import subprocess


class Checks:
    """Counts what held and what didn't; says the latter."""

    def __init__(self):
        self.checks = 0
        self.failures = 0

    def check(self, holds, what):
        self.checks += 1
        if not holds:
            self.failures += 1
            print(f"FAILED: {what}", flush=True)
        return holds

    def equal(self, actual, expected, what):
        return self.check(actual == expected, f"{what}: {shortened(actual)}, expected {shortened(expected)}")


def shortened(value):
    text = repr(value)
    return text if len(text) < 300 else text[:300] + " ..."


def generated_orders(ordermill, path, orders, seed):
    """A file of generated orders: its path."""
    subprocess.run([ordermill, "generate", "--orders", str(orders), "--seed", str(seed), "--output", path],
                   check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def outputs_of(folder):
    """All files of an output folder by name; of report.json, under "result", the part that says what came out."""
    files = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder)] = file.read()
    if "report.json" in files:
        files["result"] = json.dumps(json.loads(files.pop("report.json"))["result"], indent=1)
    return files
