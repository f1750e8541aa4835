#!/usr/bin/env python3
"""The arrows between the folders of src/: what a file includes must be allowed by the table in src/README.md.

Fails with file, line and arrow for an include that the table doesn't allow, for a folder that isn't in the table, and for
a cycle among folders. Also shows that it would find them: a made-up tree with one fault of each kind is checked first.
"""
import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]((?:system|core|io|cluster|study|app)/[\w/]*\w)\.hpp[">]')
MPI = re.compile(r'\s*#\s*include\s*[<"](mpi\.h|boost/mpi)')
# A row of the table: | `app/deal` | what it holds | `app/plan` `io` |
ROW = re.compile(r"\|\s*`((?:system|core|io|cluster|study|app)(?:/\w+)?)`\s*\|[^|]*\|([^|]*)\|\s*$")


def allowed_arrows(page):
    """By folder: the folders whose headers it may include."""
    arrows = {}
    for line in page.splitlines():
        row = ROW.match(line)
        if row:
            arrows[row[1]] = set(re.findall(r"`([\w/]+)`", row[2]))
    return arrows


def expand(names, folders):
    """`core` stands for all folders of core."""
    return {folder for folder in folders for name in names if folder == name or folder.startswith(name + "/")}


def problems_of(files, page):
    """`files`: text by path below src/. A line for each include that isn't allowed, and for each cycle."""
    table = allowed_arrows(page)
    problems = [f"src/README.md: there is no folder {folder}" for folder in table
                if not any(path.startswith(folder + "/") for path in files)]
    seen = {}
    for path, text in sorted(files.items()):
        folder = path.rpartition("/")[0]
        if not folder:
            continue  # main.cpp may include all
        if folder not in table:
            problems.append(f"src/{path}: the folder {folder} isn't in the table of src/README.md")
            continue
        may = expand(table[folder], table)
        for number, line in enumerate(text.splitlines(), 1):
            if MPI.match(line) and not folder.startswith("cluster/"):
                problems.append(f"src/{path}:{number}: only cluster includes MPI")
            include = INCLUDE.match(line)
            target = include[1].rpartition("/")[0] if include else folder
            if target == folder:
                continue
            seen.setdefault(folder, set()).add(target)
            if target not in may:
                problems.append(f"src/{path}:{number}: {folder} -> {target} isn't allowed")
    for folder, names in table.items():
        seen.setdefault(folder, set()).update(expand(names, table) - {folder})
    return problems + cycles_in(seen)


def cycles_in(arrows):
    """A line for each way from a folder back to itself; each cycle once."""
    done = set()
    found = []

    def visit(folder, way):
        if folder in way:
            found.append("a cycle: " + " -> ".join(way[way.index(folder):] + [folder]))
            return
        if folder in done:
            return
        for target in sorted(arrows.get(folder, ())):
            visit(target, way + [folder])
        done.add(folder)

    for folder in sorted(arrows):
        visit(folder, [])
    return found


def check_itself():
    page = "| `core/a` | x | - |\n| `core/b` | x | `core/a` |\n| `app/c` | x | `core` |\n"
    right = {"core/a/a.hpp": "", "core/b/b.hpp": '#include "core/a/a.hpp"\n', "app/c/c.cpp": '#include "core/b/b.hpp"\n'}
    assert problems_of(right, page) == [], problems_of(right, page)
    upwards = right | {"core/a/a.hpp": '\n#include "app/c/c.hpp"\n'}
    assert "src/core/a/a.hpp:2: core/a -> app/c isn't allowed" in problems_of(upwards, page)
    assert any(line.startswith("a cycle: app/c -> core/a -> app/c") for line in problems_of(upwards, page))
    assert problems_of(right | {"core/d/d.hpp": ""}, page) == ["src/core/d/d.hpp: the folder core/d isn't in the table of src/README.md"]
    assert problems_of(right | {"core/a/a.hpp": "#include <mpi.h>\n"}, page) == ["src/core/a/a.hpp:1: only cluster includes MPI"]
    circle = page.replace("| x | - |", "| x | `core/b` |")
    assert problems_of(right, circle) == ["a cycle: app/c -> core/a -> core/b -> core/a"] or \
        any(line.startswith("a cycle") for line in problems_of(right, circle))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "src")
    parser.add_argument("--arrows", action="store_true", help="print the arrows that there are")
    options = parser.parse_args()
    check_itself()
    files = {str(path.relative_to(options.source)): path.read_text() for path in options.source.rglob("*.[hc]pp")}
    if options.arrows:
        arrows = {}
        for path, text in files.items():
            folder = path.rpartition("/")[0]
            targets = {match[1].rpartition("/")[0] for match in map(INCLUDE.match, text.splitlines()) if match}
            arrows.setdefault(folder, set()).update(targets - {folder})
        for folder, targets in sorted(arrows.items()):
            print(f"{folder}: {' '.join(sorted(targets))}")
        return 0
    problems = problems_of(files, (options.source / "README.md").read_text())
    for problem in problems:
        print(problem)
    if not files or not allowed_arrows((options.source / "README.md").read_text()):
        problems.append("nothing was checked")
    print(f"{len(files)} files, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
