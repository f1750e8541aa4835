"""The measured jobs: each with its job file and the way its input is made."""
import os
import re
import subprocess

from make_orders import make_orders

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def make_retail(ordermill, orders, path):
    subprocess.run([ordermill, "generate", "--orders", str(orders), "--seed", "7", "--output", path], check=True,
                   stderr=subprocess.DEVNULL)


class Job:
    def __init__(self, name, path, make_input):
        """`make_input(ordermill, records, path)` writes about as many records, the same ones each time."""
        self.name = name
        self.path = os.path.join(ROOT, path)
        self.make_input = make_input

    def without_duplicates(self, folder):
        """A job file in `folder` that is the same but for its sections [duplicates.NAME]."""
        with open(self.path, encoding="utf-8") as file:
            kept = without_sections(file.read(), "duplicates")
        path = os.path.join(folder, f"{self.name}-keeping-duplicates.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(kept)
        return path


def without_sections(text, kind):
    sections = re.split(r"(?m)^(?=\[)", text)
    kept = [section for section in sections if not section.startswith(f"[{kind}.")]
    if len(kept) == len(sections):
        raise ValueError(f"the job has no section [{kind}.NAME]")
    return "".join(kept)


RETAIL = Job("retail", "jobs/retail.cfg", make_retail)
WIDE = Job("wide", "tests/bench/wide.cfg", lambda _, records, path: make_orders("wide", records, path))
QUOTED = Job("quoted", "tests/bench/quoted.cfg", lambda _, records, path: make_orders("quoted", records, path))
