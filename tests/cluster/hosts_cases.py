"""Runs on several hosts, with mpirun over ssh."""
from harness import case

TWO_NODES = ["mpirun", "--hostfile", "hostfiles/two-nodes", "-n", "9", "--bind-to", "none", "build/release/ordermill"]


@case(quick=True)
def two_nodes(t):
    """hostfiles/two-nodes as it is, with the command that stands in it."""
    output = t.new_output()
    t.contains(t.run("node1", *TWO_NODES, *t.clean(["orders.csv"], output)), "by reference")
    t.same(output)


@case(quick=True)
def run_with_hostfile(t):
    """`ordermill run` adds the flags for several hosts by itself, and exits with the run's own code."""
    launcher = ["build/release/ordermill", "run", "--hostfile", "hostfiles/two-nodes", "-n", "4", "--"]
    output = t.new_output()
    t.run("node1", *launcher, *t.clean(["orders.csv"], output))
    t.same(output)
    t.run("node1", *launcher, *t.clean(["orders.csv"], t.new_output()), "--strict", status=1)


@case(quick=True)
def input_on_one_host(t):
    """Only the first host sees the input: its rank sends it to the others."""
    t.run("node1", "cp", "orders.csv", "/tmp/orders.csv")
    output = t.new_output()
    t.contains(t.run("node1", *TWO_NODES, *t.clean(["/tmp/orders.csv"], output)), "inline")
    t.same(output, ["/tmp/orders.csv"])


@case()
def localhost(t):
    output = t.new_output()
    t.run("node1", "mpirun", "--hostfile", "hostfiles/localhost", "-n", "5", "--bind-to", "none", "build/release/ordermill",
          *t.clean(["orders.csv"], output))
    t.same(output)
