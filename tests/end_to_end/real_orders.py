#!/usr/bin/env python3
"""Duplicates and rules on whole orders on real data: known numbers, and a second judgement in Python."""
import collections
import glob
import os

from real_data import RealData
from support import JOBS, read_csv


def without(row, *names):
    return tuple(value for key, value in row.items() if key not in names)


def duplicates(real):
    """How many records each job loses when equal ones count once."""
    every_field = ("--set", "duplicates.exact.key=all")
    facts = [
        ("online-retail.cfg", real.source("online-retail", "*.csv"), every_field, 500),
        ("cafe.cfg", real.source("cafe", "dirty_cafe_sales.csv"), every_field, 2),
        ("cafe.cfg", real.source("cafe", "dirty_cafe_sales.csv"), ("--set", "duplicates.id.key=id"), 2),
        ("electronics.cfg", real.source("electronics", "Sales_January_2019.csv"), every_field, 10),
        ("electronics.cfg", real.source("electronics", "Sales_February_2019.csv"), every_field, 18),
    ]
    for job, files, arguments, expected in facts:
        plain = real.clean(job, [files])
        run = real.clean(job, [files], *arguments)
        real.test.equal(run.result()["duplicates"], expected, f"{job}: duplicates")
        seen, kept = set(), []
        for row in plain.clean():
            key = row["id"] if "duplicates.id.key=id" in arguments else without(row, "flags")
            if key not in seen:
                kept.append(row)
            seen.add(key)
        real.rows(f"{job} without duplicates", run.clean(), kept)
    # 2 exact duplicates in the source; both are clean only with its rule out of the way.
    sample = real.clean("sales-sample.cfg", [real.source("sales-sample", "sales_data_sample.csv")], *every_field)
    rows = [without(row, "flags") for row in sample.clean()]
    real.test.equal(len(rows), len(set(rows)), "sales-sample: no duplicates are left")


ORDER = ["--set", "duplicates.exact.key=all", "--set", "order.id=invoice", "--set", "order.same=customer_id, country, invoice_date",
         "--set", "order.once.unique=stock_code | flag", "--set", "order.size.lines=..100 | flag"]


def orders(real):
    files = real.source("online-retail", "*.csv")
    seen, rows = set(), []
    for row in real.clean("online-retail.cfg", [files]).clean():
        if without(row, "flags") not in seen:
            rows.append(row)
        seen.add(without(row, "flags"))
    invoices = collections.defaultdict(list)
    for row in rows:
        invoices[row["invoice"]].append(row)
    rejected = set()
    counts = collections.Counter()
    for invoice, lines in invoices.items():
        differ = any(len({line[name] for line in lines if line[name]}) > 1 for name in ("customer_id", "country", "invoice_date"))
        flags = []
        if len({line["stock_code"] for line in lines}) < len(lines):
            flags.append("once:ORDER_RULE_BROKEN")
        if len(lines) > 100:
            flags.append("size:ORDER_RULE_BROKEN")
        counts.update(flags + ["same"] * differ)
        if differ:
            rejected.add(invoice)
        for line in lines:
            line["flags"] = ";".join(filter(None, [line["flags"], *flags]))
    expected = [row for row in rows if row["invoice"] not in rejected]

    run = real.clean("online-retail.cfg", [files], *ORDER)
    real.rows("online-retail: whole orders", run.clean(), expected)
    result = run.result()
    real.test.equal(result["orders"]["orders"], len(invoices), "online-retail: orders")
    broken = {rule["rule"]: rule["broken_orders"] for rule in result["orders"]["rules"]}
    real.test.equal(broken, {"same": counts["same"], "once": counts["once:ORDER_RULE_BROKEN"], "size": counts["size:ORDER_RULE_BROKEN"]},
                    "online-retail: broken orders")
    real.test.check(counts["same"] > 0 and counts["once:ORDER_RULE_BROKEN"] > 100, f"the rules find something: {counts}")
    raw = [row for path in glob.glob(files) for row in read_csv(os.path.join(run.folder, "rejects-raw", os.path.basename(path)))]
    real.test.equal({row["InvoiceNo"] for row in raw}, rejected, "online-retail: raw records of rejected orders")
    # The same with hardly any memory.
    bounded = real.test.clean(os.path.join(JOBS, "online-retail.cfg"), [files], *ORDER, "--memory", "1MiB", "--chunk-size", "64KiB", ranks=3)
    real.test.check(bounded.files() == run.files(), "online-retail: the same bytes within 1 MiB a rank")
    spilled = [rank["scratch_bytes"] for rank in bounded.report()["run"]["by_rank"] if "scratch_bytes" in rank]
    real.test.check(min(spilled) > 0, f"online-retail: scratch was used: {spilled}")


def main():
    real = RealData()
    for check in (duplicates, orders):
        check(real)
    real.test.finish()


if __name__ == "__main__":
    main()
