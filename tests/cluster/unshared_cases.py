"""Hosts that don't share every folder: each has a /tmp of its own."""
import shutil

from harness import case

MPIRUN = ["mpirun", "--host", "node1:3,node2:2,node3:1", "-n", "6", "--bind-to", "none", "build/release/ordermill"]


def checked(t, output, inputs, transport, outputs, *arguments, job="jobs/retail.cfg"):
    """A run at five workers, two of them on node1 beside rank 0, whose output folder is node1's own."""
    t.run("node1", *MPIRUN, *t.clean(inputs, output, job=job), *arguments)
    seen = t.hosts.own("node1", output)
    t.same(seen, inputs, job=job)
    said = t.report(seen)["run"]
    t.check((said["transport"], said["outputs"]) == (transport, outputs), f"{said['transport']}; {said['outputs']}")


@case(quick=True)
def output_on_one_host(t):
    checked(t, "/tmp/one", ["orders.csv"], "reference", "direct, through rank 0 for 3 of 5 workers")


@case(quick=True)
def nothing_shared(t):
    shutil.copy(t.path("orders.csv"), t.hosts.own("node1", "/tmp/orders.csv"))
    checked(t, "/tmp/none", ["/tmp/orders.csv"], "reference, inline for 3 of 5 workers", "direct, through rank 0 for 3 of 5 workers")


@case()
def a_mixture(t):
    """Two inputs: one is on all hosts, another on two; a third host has a file of that name and other content."""
    for host in ("node1", "node2"):
        shutil.copy(t.path("more.csv"), t.hosts.own(host, "/tmp/more.csv"))
    with open(t.hosts.own("node3", "/tmp/more.csv"), "w", encoding="utf-8") as other:
        other.write("of another day\n")
    for job in ("jobs/retail.cfg", "plain.cfg"):
        checked(t, f"/tmp/mixture-{job[0]}", ["orders.csv", "/tmp/more.csv"], "reference, inline for 1 of 5 workers",
                "direct, through rank 0 for 3 of 5 workers", "--chunk-size", "300KiB", job=job)


@case()
def a_folder_of_the_same_name(t):
    """Each host has the output folder, but not the same: found out, not written to."""
    for host in ("node2", "node3"):
        t.run(host, "mkdir", "-p", "/tmp/same/.ordermill")
    checked(t, "/tmp/same", ["orders.csv"], "reference", "direct, through rank 0 for 3 of 5 workers")
    for host in ("node2", "node3"):
        t.check(t.run(host, "find", "/tmp/same", "-type", "f") == "", f"nothing was written on {host}")


@case()
def read_only_for_some(t):
    """A host that sees the output folder and may not write there."""
    output = t.new_output()
    t.run("node1", "mkdir", "-p", output)
    t.run("node2", "mount", "--bind", "-o", "ro", output, output)
    try:
        t.run("node1", *MPIRUN, *t.clean(["orders.csv"], output))
        t.same(output)
        t.check(t.report(output)["run"]["outputs"] == "direct, through rank 0 for 2 of 5 workers", t.report(output)["run"]["outputs"])
    finally:
        t.run("node2", "umount", output)
