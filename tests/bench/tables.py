"""Measurements as Markdown tables and as CSV."""
import csv
import statistics

from contenders import FLOOR, KEEPING, ONE, TWO

COLUMNS = ["job", "records", "bytes", "who", "round", "wall_seconds", "report_seconds", "cpu_seconds", "peak_bytes"]


class Runs:
    """All runs over one input, by contender, in the order in which they were measured first."""

    def __init__(self, job, size):
        self.job = job
        self.size = size  # bytes of input
        self.records = 0
        self.measured = {}
        self.against = {}
        self.failed = []  # (name, why)

    def add(self, contender, measurement):
        self.measured.setdefault(contender.name, []).append(measurement)
        self.against[contender.name] = contender.against

    def median(self, name, what="wall"):
        """None for who wasn't measured."""
        values = [getattr(run, what) for run in self.measured.get(name, [])]
        return statistics.median(values) if values else None

    def ns_per_record(self, name):
        """By ordermill's own account."""
        median = self.median(name, "report_wall")
        return None if median is None else median * 1e9 / self.records


def markdown(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def ratio(value, base):
    return "" if value is None or not base else f"{value / base:.3g}"


def job_table(runs):
    header = ["", "wall, s", "min-max", "own account, s", "CPU, s", "ns a record", f"against {FLOOR}",
              "against ordermill", "peak, MB", "runs"]
    rows = []
    for name, measured in runs.measured.items():
        walls = [run.wall for run in measured]
        wall, own = runs.median(name), runs.median(name, "report_wall")
        rows.append([name, f"{wall:.2f}", f"{min(walls):.2f}-{max(walls):.2f}", f"{own:.2f}" if own else "",
                     f"{runs.median(name, 'cpu'):.2f}", f"{wall * 1e9 / runs.records:.0f}",
                     ratio(wall, runs.median(FLOOR)), ratio(wall, runs.median(runs.against[name])),
                     "" if name == FLOOR else f"{runs.median(name, 'peak') / 1e6:.0f}", str(len(measured))])
    title = f"### {runs.job}: {runs.records:,} records, {runs.size / 1e6:.1f} MB\n\n"
    return title + markdown(header, rows) + "".join(f"\n{line}\n" for line in remarks(runs))


def remarks(runs):
    for keeping, what in ("", "duplicates removed"), (KEEPING, "duplicates kept"):
        one, two = runs.median(ONE + keeping), runs.median(TWO + keeping)
        own_one, own_two = runs.median(ONE + keeping, "report_wall"), runs.median(TWO + keeping, "report_wall")
        if one and two:
            yield (f"Two workers against one process, {what}: {one / two:.2f} times as fast, "
                   f"{own_one / own_two:.2f} times without the start of mpirun.")
    for name, why in runs.failed:
        yield f"{name} failed: {why}"


def flatness_table(all_runs):
    """ns a record by ordermill's own account, and against the smallest input."""
    smallest = all_runs[0]
    rows = []
    for name in smallest.measured:
        row = [name]
        for runs in all_runs:
            cost = runs.ns_per_record(name)
            row.append("" if cost is None else f"{cost:.0f} ({cost / smallest.ns_per_record(name):.2f})")
        rows.append(row)
    title = "### Flatness: ns a record by the input's size (against the smallest), own account\n\n"
    return title + markdown(["", *(f"{runs.records:,} records" for runs in all_runs)], rows)


def write_csv(path, remark_lines, all_runs):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {line}\n" for line in remark_lines)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for runs in all_runs:
            for name, measured in runs.measured.items():
                for number, run in enumerate(measured, 1):
                    table.writerow([runs.job, runs.records, runs.size, name, number, f"{run.wall:.4f}",
                                    f"{run.report_wall:.4f}" if run.report_wall else "", f"{run.cpu:.4f}", run.peak])
