"""Raw rows and timelines of made-up scaling studies, as `ordermill study` writes them."""
import csv
import math
import os
import random

RAW = ("study mode ranks workers repeat rank role host cpu_model cores date version commit work_records work_bytes "
       "phase wall_s user_s system_s bytes records chunks peak_rss_bytes").split()
SINCE_0_1 = ("cpu_s work_duplicates involuntary_switches host_busy_s host_stolen_s load_average setting job inputs command "
             "chunk_bytes parts build").split()
TIMELINE = "study mode ranks workers repeat rank phase begin_s end_s setting".split()
MIB = 1 << 20


class MadeStudy:
    """Runs that follow the Universal Scalability Law, with noise; the same rows for the same seed."""

    def __init__(self, mode="strong", sizes=(1, 2, 4, 8), repeats=5, cores=8, alpha=0.03, beta=0.001, noise=0.02,
                 seed=7, name="made", serial=False, ceiling=False, setting="", speed=1.0):
        self.setting, self.speed = setting, speed
        self.mode, self.cores, self.name = mode, cores, name
        self.alpha, self.beta, self.noise = alpha, beta, noise
        self.random = random.Random(seed)
        self.raw, self.timeline = [], []
        for repeat in range(repeats):
            if serial:
                self.add_run(1, repeat, serial=True)
            for workers in sizes:
                self.add_run(workers, repeat)
                if ceiling:
                    self.add_ceiling(workers, repeat)

    def facts(self, work, repeat, workers):
        return dict(host="node-a", cpu_model="Example CPU @ 2.50GHz, \"turbo\" <off>", cores=self.cores,
                    date=f"2026-11-23T08:{repeat:02}:00Z", version="0.1.0", commit="0123abc", work_records=work // 80,
                    work_bytes=work, work_duplicates=1000 * (workers if self.mode == "weak" else 1), setting=self.setting,
                    job="jobs/retail.cfg", inputs="orders.csv", chunk_bytes=MIB, parts=1, build="GNU 12.2.0, Release",
                    command="ordermill study jobs/retail.cfg --input orders.csv --output out/study")

    def add_ceiling(self, workers, repeat):
        """Processes that share nothing; a fifth of what the law loses is the machine's."""
        work = 800 * MIB * (workers if self.mode == "weak" else 1)
        loss = self.alpha * (workers - 1) + self.beta * workers * (workers - 1)
        seconds = work / (150 * MIB * self.speed * workers / (1 + 0.2 * loss)) * math.exp(self.random.gauss(0, self.noise))
        for rank in range(workers):
            self.raw.append(dict(self.facts(work, repeat, workers), study=self.name, mode=self.mode + "-ceiling", ranks=workers,
                                 workers=workers, repeat=repeat, rank=rank, role="worker", phase="total", wall_s=seconds,
                                 user_s=seconds, system_s=0, bytes=0, records=0, chunks=0, peak_rss_bytes=MIB, cpu_s=seconds,
                                 involuntary_switches=0, host_busy_s=0, host_stolen_s=0, load_average=0))

    def add_run(self, workers, repeat, serial=False):
        work = 800 * MIB * (workers if self.mode == "weak" else 1)
        rate = 150 * MIB * self.speed * workers / (1 + self.alpha * (workers - 1) + self.beta * workers * (workers - 1))
        seconds = work / rate * math.exp(self.random.gauss(0, self.noise))
        run = dict(study=self.name, mode=self.mode, ranks=1 if serial else workers + 1, workers=workers, repeat=repeat)
        facts = self.facts(work, repeat, workers)

        def row(rank, role, phase, wall, cpu, share=0):
            total = int(phase == "total")
            others = (work / (150 * MIB) + seconds * 0.3, seconds * 0.1, workers + 0.5) if total else (0, 0, 0)
            self.raw.append(dict(run, **facts, rank=rank, role=role, phase=phase, wall_s=wall, user_s=cpu * 0.95,
                                 system_s=cpu * 0.05, bytes=int(share), records=int(share // 80),
                                 chunks=int(share // MIB), peak_rss_bytes=(40 + 30 * (rank > 0)) * MIB, cpu_s=cpu,
                                 involuntary_switches=20 * total, host_busy_s=others[0],
                                 host_stolen_s=others[1], load_average=others[2]))

        if not serial:
            dealing = seconds * min(0.01 * workers, 0.5)
            row(0, "producer", "deal", dealing, dealing)
            row(0, "producer", "wait", seconds * 0.98 - dealing, 0.001)
            row(0, "producer", "total", seconds, dealing)
        for rank in [0] if serial else range(1, workers + 1):
            spread = 1 + self.random.uniform(-0.05, 0.05)
            share = work / workers * spread
            clean = share / (150 * MIB) * 0.82
            parts = [("read", clean * 0.07), ("clean", clean), ("resolve", clean * 0.05), ("exchange", clean * 0.02),
                     ("write", clean * 0.06)]
            used = sum(wall for _, wall in parts)
            parts.append(("wait", max(seconds * 0.985 - used, 0)))
            for phase, wall in parts:
                row(rank, "worker", phase, wall, 0.001 if phase == "wait" else wall * 0.98, share)
            row(rank, "worker", "total", seconds, used * 0.98, share)
            if not serial:
                self.add_bars(run, rank, parts, seconds)
        if not serial:
            self.timeline.append(dict(run, setting=self.setting, rank=0, phase="deal", begin_s=0, end_s=seconds * 0.02))
            self.timeline.append(dict(run, setting=self.setting, rank=0, phase="wait", begin_s=seconds * 0.02, end_s=seconds))

    def add_bars(self, run, rank, parts, seconds, pieces=6):
        """Read, clean, resolve, exchange, write, again and again; what is left is waited for at the end."""
        now = seconds * 0.01
        for piece in range(pieces):
            for phase, wall in parts[:-1]:
                self.timeline.append(dict(run, setting=self.setting, rank=rank, phase=phase, begin_s=now, end_s=now + wall / pieces))
                now += wall / pieces
        self.timeline.append(dict(run, setting=self.setting, rank=rank, phase="wait", begin_s=now, end_s=max(now, seconds)))

    def write(self, folder, keep=lambda row: True, old=False):
        """`old`: with the columns of version 0.1."""
        raw, timeline = (RAW, TIMELINE[:-1]) if old else (RAW + SINCE_0_1, TIMELINE)
        os.makedirs(folder, exist_ok=True)
        for name, columns, rows in (("raw.csv", raw, self.raw), ("timeline.csv", timeline, self.timeline)):
            with open(f"{folder}/{name}", "w", newline="") as file:
                writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
                writer.writeheader()
                writer.writerows(row for row in rows if keep(row))
        return f"{folder}/raw.csv"
