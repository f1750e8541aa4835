"""Slow links and slow hosts."""
import shutil
import statistics

from harness import case

# Rank 0 and a worker on node1, a worker on node2: as many as most machines can really run side by side.
TWO = ["mpirun", "--host", "node1:2,node2:1", "-n", "3", "--bind-to", "none"]


def seconds(t, words, output, inputs=("orders.csv",), faults=""):
    """How long the dealing took, and the run's part of the report; the bytes are right, too."""
    program = ["-x", f"ORDERMILL_FAULT={faults}", "build/release/ordermill"] if faults else ["build/release/ordermill"]
    said = t.run("node1", *TWO, *program, *t.clean(inputs, output), *words, limit=300)  # a handicap grows with the load of others
    seen = t.hosts.own("node1", output)
    t.same(seen, inputs)
    return t.report(seen)["run"]["dealing_seconds"], t.report(seen)["run"], said


@case()
def slow_link(t):
    """100 Mbit/s: nothing to those who read and write themselves; the rest is bound by it, and says so."""
    try:
        fast, _, _ = seconds(t, [], t.new_output(), faults="handicap=10")
        t.hosts.shape("node2", "100mbit")
        shaped, run, _ = seconds(t, [], t.new_output(), faults="handicap=10")
        print(f"  by reference: {fast:.2f} s, with 100 Mbit/s {shaped:.2f} s", flush=True)
        t.check(shaped < 1.25 * fast + 0.2, f"by reference it takes {shaped:.2f} s in place of {fast:.2f} s")
        t.check(not run["bound_by_rank_0_link"], "by reference nothing is bound by the link")
        shutil.copy(t.path("orders.csv"), t.hosts.own("node1", "/tmp/orders.csv"))
        t.run("node1", "mpirun", "--host", "node1:1,node2:2", "-n", "3", "--bind-to", "none", "build/release/ordermill",
              *t.clean(["/tmp/orders.csv"], "/tmp/shaped"))
        seen = t.hosts.own("node1", "/tmp/shaped")
        t.same(seen, ["/tmp/orders.csv"])
        run = t.report(seen)["run"]
        rate = (run["inline_bytes"] + run["gathered_bytes"]) / run["dealing_seconds"] / 1e6
        print(f"  inline: {run['dealing_seconds']:.2f} s, {rate:.1f} MB/s both ways", flush=True)
        t.check(run["bound_by_rank_0_link"], f"inline it is bound by the link, and the report says so: {run}")
        t.check(rate < 26, "100 Mbit/s are 12.5 MB/s each way")
    finally:
        t.hosts.shape("node2", None)


@case()
def slow_host(t):
    """A host at a fifth of the speed costs its share; equal shares would wait for it. Runs of a second vary by a fifth here, so
    medians are compared, and what is allowed is far from what equal shares take."""
    def middle(faults):
        return statistics.median(seconds(t, [], t.new_output(), faults=faults)[0] for _ in range(3))

    alike, uneven = middle("handicap=40"), middle("handicap=40@1,handicap=200@2")
    half = ["--chunk-size", f"{t.size('orders.csv') // 2 + 1}B"]
    split, _, _ = seconds(t, half, t.new_output(), faults="handicap=40@1,handicap=200@2")
    ideal = alike * 2 / 1.2
    print(f"  two alike {alike:.2f} s, one at a fifth {uneven:.2f} s (at best {ideal:.2f} s), equal shares {split:.2f} s", flush=True)
    t.check(uneven < 1.4 * ideal, f"{uneven:.2f} s, at best {ideal:.2f} s")
    t.check(split > 2 * uneven, f"equal shares: {split:.2f} s")
