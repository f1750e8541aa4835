"""A second implementation of `ordermill clean`: slow, plain, and from the pages rather than from the program.

Cleaned is what must come out of a job and its inputs. Unsupported says that a job needs more than is written down here.
"""
import os
import re

from expressions import Expression, Fault
from jobs import Section, Unsupported, list_of, pieces_of, read_job, unquoted, words_of
from records import SPACE, STRUCTURE, Reader
from values import Field, Kept

INPUT_KEYS = ("files", "delimiter", "quote", "quotes", "comment", "line_end", "encoding", "header", "header_any_case", "names", "preamble_lines",
              "footer_lines", "repeated_header", "blank", "missing", "missing_any_case")


class Row:
    """A record on its way: its values by field, its faults and flags."""

    def __init__(self, path, record, values):
        self.path, self.record, self.values = path, record, values
        self.sources, self.faults, self.flags, self.carried = {}, [], [], []


class Cleaned:
    def __init__(self, job_text, files, read=None):
        self.sections = read_job(job_text)
        for name in self.sections:
            if name not in ("", "run", "input", "fields", "rules", "repair", "order", "output") and not name.startswith(("drop.", "duplicates.")):
                raise Unsupported(f"section [{name}]")
        self.input = self.sections.get("input", Section())
        self.input.known(*INPUT_KEYS)
        self.output = self.sections.get("output", Section())
        self.output.known("delimiter", "missing", "quoting", "flags", "provenance", "clean", "rejects", "duplicates")
        self.delimiter = self.output.character("delimiter", ",").decode()
        missing = ["", *(words_of(self.input["missing"]) if "missing" in self.input else [])]
        fields = dict(self.sections["fields"])
        rest = fields.pop("rest", None) if fields.get("rest", "").startswith("*") else None
        if rest not in (None, "*"):
            raise Unsupported("names of carried columns")
        self.carries = rest is not None
        self.fields = {name: Field(name, line, missing, self.input.flag("missing_any_case")) for name, line in fields.items()}
        self.read_conditions()
        self.clean, self.rejects, self.duplicates = [], [], []
        self.carried_names = None
        for path in files:
            with open(os.path.join(read or "", path), "rb") as file:
                self.clean_file(path, file.read())
        self.remove_duplicates()
        self.judge_orders()

    def read_conditions(self):
        def rule(text):
            source, *action = pieces_of(text, "|")
            return Expression(source), action == ["flag"]
        self.rules = {name: rule(text) for name, text in self.sections.get("rules", {}).items()}
        self.drops = []
        for name, section in self.sections.items():
            if name.startswith("drop."):
                section.known("when")
                self.drops.append(Expression(section["when"]))
        self.repairs = []
        for step in self.sections.get("repair", {}).values():
            name, _, source = step.partition(":=")
            if re.search(r"\bwhen\b", source):
                raise Unsupported("repair when")
            self.repairs.append((name.strip(), Expression(source)))

    def has_flags(self):
        wanted = self.output.get("flags", "when_used")
        used = any(field.flag for field in self.fields.values()) or any(flag for _, flag in self.rules.values())
        used = used or any(pieces_of(value, "|")[1:] == ["flag"] or (key.endswith("rejected_line") and value == "flag")
                           for key, value in self.sections.get("order", {}).items())
        return wanted == "always" or (wanted == "when_used" and used)

    # One file

    def clean_file(self, path, data):
        reader = Reader(data, self.input)
        begin, line = 0, 1
        for _ in range(int(self.input.get("preamble_lines", 0))):
            begin, line = reader.behind_line(begin), line + 1
        if b"sep=" in data[begin:begin + 8].lower():
            raise Unsupported("sep=")
        end = self.footer_begin(reader, begin, int(self.input.get("footer_lines", 0)))
        header = None
        if self.input.get("header", "yes") == "yes":
            header = next((record for record in reader.all(begin, end, line) if record.kind != "blank"), None)
            if header is None or header.fault:
                raise Unsupported("a file without a header")
            begin, line = header.end, header.line + header.lines
        names = list_of(self.input["names"]) if "names" in self.input else None
        if header is None and names is None:
            raise Unsupported("no names")
        header_names = [name.strip(SPACE) for name in names or header.fields]
        reader.columns = len(header_names)
        places = {name: self.column_of(field, header_names) for name, field in self.fields.items() if field.expression is None}
        carried = [i for i in range(len(header_names)) if i not in places.values()] if self.carries else []
        if self.carried_names is None:
            self.carried_names = [header_names[i] for i in carried]
        elif self.carries:
            carried = [header_names.index(name) for name in self.carried_names]
        for record in reader.all(begin, end, line):
            if record.kind == "comment" or (record.kind == "blank" and self.input.get("blank", "drop") == "drop"):
                continue
            row = Row(path, record, {})
            if record.fault:
                row.faults.append((record.fault, ""))
            elif record.kind == "blank" and self.input.get("blank") == "reject":
                row.faults.append(("BLANK_RECORD", ""))
            elif len(record.fields) != reader.columns:
                row.faults.append((STRUCTURE, ""))
            elif header and [text.strip(SPACE) if text else text for text in record.fields] == [name.strip(SPACE) for name in header.fields] \
                    and self.input.get("repeated_header", "drop") != "keep":
                if self.input.get("repeated_header", "drop") == "drop":
                    continue
                row.faults.append(("REPEATED_HEADER", ""))
            elif not self.clean_record(row, places, carried):
                continue
            (self.rejects if row.faults else self.clean).append(row)

    @staticmethod
    def footer_begin(reader, begin, count):
        starts = []
        while begin < len(reader.data):
            starts.append(begin)
            begin = reader.behind_line(begin)
        return starts[-count] if 0 < count <= len(starts) else len(reader.data) if count == 0 else starts[0] if starts else len(reader.data)

    def column_of(self, field, header):
        if field.position:
            return field.position - 1
        def fold(name):
            return name.lower() if self.input.flag("header_any_case") else name
        for name in field.columns:
            found = [i for i, column in enumerate(header) if fold(column) == fold(name)]
            if len(found) > 1:
                raise Unsupported("a column twice")
            if found:
                return found[0]
        if field.optional:
            return None
        raise Unsupported(f"no column for {field.name}")

    def clean_record(self, row, places, carried):
        """False: dropped."""
        for name, place in places.items():
            row.sources[name], row.values[name] = ("", None) if place is None else self.fields[name].parse(row.record.fields[place])
        for name, expression in self.repairs:
            if row.values[name] is None or isinstance(row.values[name], Fault):
                value = self.fields[name].fit(expression(self.operands(row)))
                if value is not None and not isinstance(value, Fault):
                    row.values[name] = value
        for name in places:
            self.settle(row, name)
        for name in self.derived():
            field = self.fields[name]
            row.sources[name] = ""
            row.values[name] = field.fit(field.expression(self.operands(row)))
            self.settle(row, name)
        seen = {name: None if isinstance(value, Fault) else value for name, value in self.operands(row).items()}
        if any(drop(seen) is True for drop in self.drops):
            return False
        row.carried = [row.record.fields[i] for i in carried]
        row.faults += [("INVALID_ENCODING", self.carried_names[i]) for i, text in enumerate(row.carried) if text is None]
        for name, (expression, flag) in self.rules.items():
            result = expression(self.operands(row))
            if result is None or result is True:
                continue
            reason = result.reason if isinstance(result, Fault) else "RULE_BROKEN"
            (row.flags if flag else row.faults).append((reason, name))
        return True

    @staticmethod
    def operands(row):
        return {name: None if isinstance(value, (Kept, Fault)) else value for name, value in row.values.items()}

    def derived(self):
        """Each after those that it needs; the job's order where that is free."""
        done, left = [], [name for name, field in self.fields.items() if field.expression is not None]
        while left:
            ready = [name for name in left if not self.fields[name].expression.names & set(left)]
            if not ready:
                raise Unsupported("derived in a circle")
            done += ready
            left = [name for name in left if name not in ready]
        return done

    def settle(self, row, name):
        field, value = self.fields[name], row.values[name]
        reason = None
        if isinstance(value, Fault):
            reason = value.reason
        elif value is None:
            row.values[name] = field.default
            if field.default is None and field.required:
                reason = "REQUIRED"
        else:
            reason = field.check(value)
        if reason is None:
            return
        if field.flag:
            row.flags.append((reason, name))
        if field.action == "reject":
            row.values[name] = Fault(reason)
            row.faults.append((reason, name))
        else:
            row.values[name] = {"blank": None, "keep": Kept(row.sources[name]) if row.sources[name] else None, "default": field.default}[field.action]

    # Several records

    def key_of(self, row, names):
        """Equal for records whose values are."""
        return tuple(self.fields[name].written(row.values[name]) for name in names)

    def visible(self):
        return [name for name, field in self.fields.items() if not field.hidden]

    def remove_duplicates(self):
        for title, section in self.sections.items():
            if not title.startswith("duplicates."):
                continue
            section.known("key", "keep", "missing_equal")
            names = self.visible() if section["key"] == "all" else list_of(section["key"])
            groups = {}
            for at, row in enumerate(self.clean):
                key = self.key_of(row, names)
                if section["key"] == "all":
                    key = (key, tuple(row.carried))
                elif section.get("missing_equal", "yes") == "no" and None in key:
                    key = at
                groups.setdefault(key, []).append(at)
            lost = set()
            for group in groups.values():
                best = max(group, key=lambda at: self.rank(section.get("keep", "first"), at))
                for at in group:
                    if at != best:
                        lost.add(at)
                        self.duplicates.append((self.clean[at], self.clean[best], title.partition(".")[2]))
            self.clean = [row for at, row in enumerate(self.clean) if at not in lost]

    def rank(self, keep, at):
        """The greatest stays."""
        ranks = []
        for criterion in pieces_of(keep, ","):
            word, _, names = criterion.partition("(")
            values = [self.operands(self.clean[at])[name] for name in list_of(names.rstrip(")"))]
            if word in ("newest", "largest"):
                ranks.append((values[0] is not None, values[0] if values[0] is not None else 0))
            elif word == "most_complete":
                raw = [self.clean[at].values[name] for name in list_of(names.rstrip(")"))]
                ranks.append(sum(value is not None and not isinstance(value, Kept) for value in raw))
            else:
                return (*ranks, at if word == "last" else -at)
        return (*ranks, -at)

    def judge_orders(self):
        section = dict(self.sections.get("order", {}))
        if not section:
            return
        ident = section.pop("id")
        orders, lost = {}, set()
        for row in self.clean:
            if row.values[ident] is not None:
                orders.setdefault(str(self.fields[ident].written(row.values[ident])), []).append(row)
        for row in self.rejects:
            if row.values.get(ident) is not None and not isinstance(row.values[ident], Fault):
                lost.add(str(self.fields[ident].written(row.values[ident])))
        broken = set()
        for key, text in sorted(section.items(), key=lambda rule: rule[0].endswith("rejected_line")):
            rule = key.rpartition(".")[2]
            title = key.rpartition(".")[0] or rule
            what, *action = pieces_of(text, "|")
            if rule == "rejected_line":
                action = [what]
                if what == "ignore":
                    continue
            for order, rows in orders.items():
                if self.breaks(rule, what, order, rows, orders, lost):
                    for row in rows:
                        if action == ["flag"]:
                            row.flags.append(("ORDER_RULE_BROKEN", title))
                        else:
                            row.faults.append(("ORDER_RULE_BROKEN", title))
                            broken.add(id(row))
        self.rejects += [row for row in self.clean if id(row) in broken]
        self.clean = [row for row in self.clean if id(row) not in broken]

    def breaks(self, rule, what, order, rows, orders, lost):
        values = [self.operands(row) for row in rows]
        if rule == "same":
            return any(len({self.fields[name].written(one[name]) for one in values if one[name] is not None}) > 1 for name in list_of(what))
        if rule == "unique":
            keys = [tuple(self.fields[name].written(one[name]) for name in list_of(what)) for one in values if
                    all(one[name] is not None for name in list_of(what))]
            return len(set(keys)) != len(keys)
        if rule == "lines":
            least, dots, most = what.partition("..")
            return len(rows) < int(least or 0) or (dots == "" and len(rows) != int(least)) or (most != "" and len(rows) > int(most))
        if rule == "rejected_line":
            return order in lost
        if rule == "cancels":
            return any(one[what] is not None and str(self.fields[what].written(one[what])) not in orders for one in values)
        if rule == "sum":
            amount, target, within = re.fullmatch(r"(\w+) equals (\w+)(?: within ([\d.]+))?", what).groups()
            targets = [one[target] for one in values if one[target] is not None]
            if any(one[amount] is None for one in values) or not targets:
                return False
            total = sum(one[amount] for one in values)
            return any(abs(total - one) > type(total)(within or "0") for one in targets)
        raise Unsupported(f"order rule {rule}")

    # What comes out

    def quoted(self, text):
        always = self.output.get("quoting") == "all"
        return '"' + text.replace('"', '""') + '"' if always or any(mark in text for mark in (self.delimiter, '"', "\n", "\r")) else text

    def cells_of(self, row):
        missing = unquoted(self.output.get("missing", ""))
        cells = [self.fields[name].written(row.values[name]) for name in self.visible()]
        return [missing if cell is None else cell for cell in cells] + row.carried

    def line_of(self, row):
        cells = self.cells_of(row)
        for what, _ in self.provenance():
            cells.append(row.path if what == "file" else str(row.record.line))
        if self.has_flags():
            cells.append(";".join(f"{name}:{reason}" for reason, name in row.flags))
        line = self.delimiter.join(self.quoted(cell) for cell in cells)
        return (line or '""') + "\n"

    def provenance(self):
        wanted = [one.split(" as ") for one in list_of(self.output.get("provenance", "")) if one != "none"]
        return sorted((one[0], one[-1]) for one in wanted)

    def clean_text(self):
        names = self.visible() + self.carried_names + [name for _, name in self.provenance()] + (["flags"] if self.has_flags() else [])
        header = self.delimiter.join(self.quoted(name) for name in names) + "\n"
        return header + "".join(self.line_of(row) for row in self.clean)

    def reject_rows(self):
        """File, line, offset, reason, name, sorted."""
        return sorted((row.path, row.record.line, row.record.begin, reason, name) for row in self.rejects for reason, name in row.faults)

    def duplicate_rows(self):
        """File, line, the file and line of the one that stays, section, cells; sorted."""
        return sorted((lost.path, lost.record.line, kept.path, kept.record.line, section, self.cells_of(lost))
                      for lost, kept, section in self.duplicates)
