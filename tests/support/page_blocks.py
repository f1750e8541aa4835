"""The blocks of a page (README.md and the like) and the marks before them. end_to_end/pages.py checks every page with it; tests
that run a page's commands themselves get them from `commands`.

A mark is an HTML comment on the line before a block:
  <!-- file: NAME -->          the block is a file: the page's console commands find it under that name
  <!-- tested by: FILE -->     the block's commands are run by that test, not by pages.py
  <!-- expressions: NAME -->   the block's lines are `expression → value`, over the record of NAME.cfg and NAME.csv
"""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = ("README.md jobs/README.md slurm/README.md hostfiles/README.md src/README.md tests/README.md tests/bench/README.md "
         "tests/scale/README.md").split()
MARK = re.compile(r"\s*<!-- (file|tested by|expressions): (\S+) -->\s*")
FENCE = re.compile(r"( *)(`{3,}|~{3,})(\S*)\s*")
INDENTED = re.compile(r"(    |\t)\s*\S")
SHELLS = ("sh", "bash", "shell", "zsh")


class Block:
    def __init__(self, language, line, marks):
        self.language = language  # "indented" without a fence
        self.line = line          # of its first line of text, from 1
        self.marks = marks        # kind -> what it names
        self.lines = []

    def text(self):
        return "".join(line + "\n" for line in self.lines)


class Page:
    def __init__(self, name, text):
        self.name = name
        self.blocks = []
        self.prose = []         # (line number, line) of all that is no block
        self.idle_marks = []    # line numbers of marks without a block
        self._split(text.split("\n"))

    def _split(self, lines):
        block, fence, marks, marks_line = None, None, {}, 0
        for number, line in enumerate(lines, 1):
            opening = FENCE.fullmatch(line)
            if fence:
                if opening and opening[2].startswith(fence[2]) and not opening[3]:
                    fence = block = None
                else:
                    block.lines.append(line[len(fence[1]):] if line.startswith(fence[1]) else line.lstrip())
                continue
            if opening:
                fence = opening
                block = Block(opening[3], number + 1, marks)
                self.blocks.append(block)
                marks = {}
                continue
            if marks and not MARK.fullmatch(line):
                self.idle_marks.append(marks_line)
                marks = {}
            mark = MARK.fullmatch(line)
            if mark:
                marks[mark[1]], marks_line = mark[2], number
            elif INDENTED.match(line) and (block or number == 1 or not lines[number - 2].strip()):
                if not block:
                    block = Block("indented", number, {})
                    self.blocks.append(block)
                block.lines.append(line.strip())
            else:
                block = None
                self.prose.append((number, line))
        if fence or marks:
            self.idle_marks.append(len(lines))


def read_page(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return Page(name, file.read())


def console_steps(block):
    """(line number, command, lines that it prints) of a console block; None as the command for lines before the first one."""
    steps = []
    more = False
    for number, line in enumerate(block.lines, block.line):
        if more:
            steps[-1][1] += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            steps.append([number, line[2:], []])
        else:
            if not steps:
                steps.append([number, None, []])
            steps[-1][2].append(line)
            continue
        more = line.endswith("\\")
    return steps


def shell_commands(block):
    """The commands of a block: one a line, continued lines put together, without comments."""
    if block.language == "console":
        return [command for _, command, _ in console_steps(block) if command]
    whole = block.text().replace("\\\n", " ")
    lines = [re.sub(r"(^|\s{2,})#.*", "", line).strip() for line in whole.split("\n")]
    return [line for line in lines if line]


def commands(page, test):
    """The commands of the page's blocks that are marked as tested by this test, in order; both as paths in the checkout."""
    return [command for block in read_page(page).blocks if block.marks.get("tested by") == test for command in shell_commands(block)]
