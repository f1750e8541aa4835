"""Random jobs and inputs that are worth cleaning: most values fit, and each kind of fault is among the others."""
import os
import random

FIELDS = {
    "id": (["code | required", "code", "code | required | pattern [A-Z]?[0-9]+", "integer | min 1 | else keep flag", "integer"],
           ["1", "2", "3", "17", "A4", "A4", "008", "", " 5 ", "x y", "-1", "9223372036854775807", "9223372036854775808"]),
    "name": (["text", "text | collapse | upper", "text | lower", "text | min_length 2 | max_length 8 | else blank flag", "text | not test, none",
              "text | any_case | aliases EIRE -> Ireland, uk -> Britain", "text | values Ann, Bob, Eve | else keep", "text | untrimmed",
              "text | missing \"\" none | required | else default nobody"],
             ["Ann", "Bob", "Eve", "ann", "green  tea", " \t spaced out ", "é", "straße", "a,b", 'say "hi"', "two\nlines", "none", "NULL", "", "eire", "UK",
              "test", "a much longer text than most"]),
    "kind": (["enum | values A, B, C", "enum | any_case | values A, B | else blank", "map | aliases a -> first, b -> second | else keep flag",
              "enum | values A, B, C | optional | else default C"], ["A", "B", "C", "a", "b", "D", "", "none"]),
    "amount": (["decimal | scale 2", "decimal", "decimal | scale 2 | round", "decimal | scale 1 | round half_even", "decimal | scale 2 | round down",
                "decimal | scale 3 | thousands \"'\" | parentheses", "decimal | scale 2 | min 0 | max 100 | else blank flag",
                "decimal | scale 2 | trailing_minus | else flag", "decimal | scale 2 | default 0", "decimal | scale 2 | required | else default 1.5 flag"],
               ["1", "2.50", "0.125", "-2.505", "2.345", "1'234.5", "12'34", "(3.25)", "4-", "+ 7", "1e3", ".5", "5.", "abc", "", "100.01", "0", "-0",
                "99999999999999999999", "2.500"]),
    "count": (["integer", "integer | min 1 | max 50", "integer | not 7 | else blank", "integer | allow_zero_fraction", "integer | thousands \",\" | else default 0",
               "integer | strip_suffix .0"], ["1", "2", "7", "50", "51", "0", "3.0", "1,234", "12,34", "x", "", "-4", "4.0", "007"]),
    "day": (["date", "date | formats \"%m/%d/%Y\" \"%Y-%m-%d\" | else keep", "date | min 2011-01-01 | max 2012-12-31", "date | format \"%d.%m.%y\" | else blank flag",
             "timestamp", "date | required"],
            ["2011-01-03", "2012-02-29", "2011-02-29", "1/2/2011", "12/31/2012", "3.4.11", "31.12.68", "2010-12-31", "2013-01-01", "", "soon",
             "2011-01-03 09:30", "2011-01-03T23:59:59.25", "2011-1-3"]),
    "ok": (["boolean", "boolean | true ja, j | false nein | else flag"], ["true", "F", "yes", "0", "ja", "Nein", "maybe", ""]),
    "mail": (["email", "email | lower | else blank flag"], ["ann@example.com", "Bob@Example.org", "a..b@example.com", "x@localhost", "", "no mail", ".a@b.cd"]),
}
DERIVED = [("total", "decimal := amount * count | scale 2", {"amount", "count"}), ("half", "decimal := amount / 2 | scale 2 | else blank flag", {"amount"}),
           ("big", "boolean := count > 3 and not missing(amount)", {"amount", "count"}), ("year", "integer := year(day) | min 2000 | else flag", {"day"}),
           ("each", "decimal := amount / count | scale 3 | else default 0", {"amount", "count"}), ("best", "text := coalesce(name, kind, 'none')", {"name", "kind"}),
           ("size", "integer := if(count >= 10, 2, 1)", {"count"})]
RULES = [("cheap", "amount < 100", {"amount"}), ("some", "count > 0 | flag", {"count"}), ("dated", "day >= \"2011-01-01\" | flag", {"day"}),
         ("sure", "ok implies amount > 1", {"ok", "amount"}), ("listed", "kind in ('A', 'B', 'first') or count = 1", {"kind", "count"}),
         ("ratio", "amount / count < 50", {"amount", "count"}), ("begins", "not starts_with(name, 'A') | flag", {"name"})]
DROPS = [("zero", "count = 0", {"count"}), ("tests", "name matches \"te.*\"", {"name"}), ("late", "day > \"2012-06-30\" and missing(amount)", {"day", "amount"})]
REPAIRS = [("amount := count * 2", {"amount", "count"}), ("count := abs(amount)", {"amount", "count"}), ("name := 'unknown'", {"name"})]


class RandomJob:
    """Attributes: the job's text, its files by name, arguments, ranks."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        choose = self.random
        self.delimiter = choose.choice([",", ",", ";", "\t"])
        self.encoding = choose.choice(["UTF-8", "UTF-8", "UTF-8", "Windows-1252", "Latin-1"])
        self.ranks = 1 if seed % 8 else choose.choice([2, 3])
        self.arguments = ["--chunk-size", choose.choice(["7B", "64B", "300B", "1MiB"])] if seed % 2 else []
        names = choose.sample(sorted(FIELDS), choose.randint(2, len(FIELDS)))
        self.types = {name: choose.choice(FIELDS[name][0]) for name in names}
        timestamps = "day" in names and self.types["day"].startswith("timestamp")
        usable = [derived for derived in DERIVED if derived[2] <= set(names) and not (derived[0] == "best" and timestamps)]
        self.derived = choose.sample(usable, min(len(usable), choose.randint(0, 3)))
        self.columns = [*names, *(["other"] if choose.random() < 0.5 else [])]
        self.rest = choose.random() < 0.4
        self.header_name = {name: choose.choice([name, name.title() + " No", name.upper()]) for name in names}
        self.job = self.job_text(set(names))
        self.contents = {f"in{number}.csv": self.csv_text(number) for number in range(choose.randint(1, 3))}
        self.files = sorted(self.contents)

    def some(self, items, names, most):
        usable = [item for item in items if item[-1] <= names]
        return self.random.sample(usable, min(len(usable), self.random.randint(0, most)))

    def job_text(self, names):
        choose = self.random
        lines = ["[input]", f"delimiter = {'tab' if self.delimiter == chr(9) else self.delimiter}", f"encoding = {self.encoding}"]
        lines += [choice for choice in ("missing = NULL none", "missing_any_case = yes", "blank = keep", "repeated_header = reject", "quotes = lenient",
                                        "quotes = strict_inside", "comment = \"%\"", "footer_lines = 1", "blank = reject") if choose.random() < 0.15]
        lines = [line for at, line in enumerate(lines) if line.split(" ")[0] not in [other.split(" ")[0] for other in lines[:at]]]
        lines += ["[output]"] + [choice for choice in ("quoting = all", "missing = NA", "provenance = file, line", "flags = always", "flags = never",
                                                       "delimiter = ;") if choose.random() < 0.12]
        lines = [line for at, line in enumerate(lines) if line == "delimiter = ;" or line not in lines[:at]]
        if "flags = always" in lines and "flags = never" in lines:
            lines.remove("flags = never")
        lines.append("[fields]")
        for name, type_ in self.types.items():
            kind, _, steps = type_.partition(" | ")
            source = "" if self.header_name[name] == name else f' "{self.header_name[name]}"'
            hidden = " | hidden" if choose.random() < 0.08 and name != "id" else ""
            lines.append(f"{name} = {kind}{source}{' | ' + steps if steps else ''}{hidden}")
        lines += [f"{name} = {line}" for name, line, _ in self.derived]
        lines += ["rest = *"] if self.rest else []
        for name, condition, _ in self.some(DROPS, names, 1):
            lines += [f"[drop.{name}]", f"when = {condition}"]
        lines += ["[repair]", *(f"{number} = {text}" for number, (text, _) in enumerate(self.some(REPAIRS, names, 2), 1))]
        lines += ["[rules]", *(f"{name} = {text}" for name, text, _ in self.some(RULES, names, 3))]
        lines += self.groups(names)
        sections = "\n".join(lines).replace("[repair]\n[rules]", "[rules]") + "\n"
        return sections.replace("[rules]\n[", "[").removesuffix("[rules]\n").replace("[output]\n[fields]", "[fields]")

    def groups(self, names):
        choose = self.random
        lines = []
        if choose.random() < 0.3:
            lines += ["[duplicates.same]", "key = all"]
        if "id" in names and choose.random() < 0.5:
            lines += ["[duplicates.id]", "key = id" + (", kind" if "kind" in names and choose.random() < 0.5 else "")]
            keeps = ["first", "last"] + (["newest(day), last"] if "day" in names else []) + (["largest(amount)", "largest(amount), last"] if "amount" in names else [])
            keeps += ["most_complete(id, name), first"] if "name" in names else []
            lines += [f"keep = {choose.choice(keeps)}"] if choose.random() < 0.8 else []
            lines += ["missing_equal = no"] if choose.random() < 0.3 else []
        if "id" in names and choose.random() < 0.4:
            rules = ["lines = 1..3", "few.lines = ..2 | flag", "rejected_line = reject", "rejected_line = flag"]
            rules += ["same = name"] if "name" in names else []
            rules += ["unique = count | flag"] if "count" in names else []
            chosen = choose.sample(rules, choose.randint(1, 3))
            if sum(rule.startswith("rejected_line") for rule in chosen) > 1:
                chosen.remove("rejected_line = flag")
            lines += ["[order]", "id = id", *chosen]
        return lines

    def csv_text(self, number):
        choose = self.random
        columns = list(self.columns)
        if number > 0 and not self.rest:
            choose.shuffle(columns)
        header = [self.header_name.get(name, name) for name in columns]
        lines, end = [], choose.choice(["\n", "\r\n", "\n"])
        for _ in range(choose.randint(1, 60)):
            cells = [self.cell(name) for name in columns]
            odd = choose.random()
            if odd < 0.02:
                cells = cells[:-1]
            elif odd < 0.04:
                cells = [""] * len(cells)
            elif odd < 0.05:
                cells[0] = '"x"y'
            elif odd < 0.06:
                cells = header
            elif odd < 0.07:
                cells[0] = '"open ' + cells[0].strip('"').replace('"', "")
            elif odd < 0.08:
                cells[0] = "% " + cells[0].strip('"').replace('"', "")
            lines.append(self.delimiter.join(cells))
            if choose.random() < 0.15:
                lines.append(choose.choice(lines))
        text = end.join([self.delimiter.join(header), *lines]) + (end if choose.random() < 0.9 else "")
        data = text.encode({"UTF-8": "utf-8", "Windows-1252": "cp1252", "Latin-1": "latin-1"}[self.encoding])
        if self.encoding == "UTF-8" and choose.random() < 0.2:
            data = b"\xef\xbb\xbf" + data
        if choose.random() < 0.1:
            data = data.replace(b"tea", b"t\xffa" if self.encoding == "UTF-8" else b"t\x81a")
        return data

    def cell(self, name):
        text = self.random.choice(FIELDS[name][1] if name in FIELDS else ["x", "", "some text", "1,5", "é", "\"quoted\""])
        must = any(mark in text for mark in (self.delimiter, '"', "\n"))
        return '"' + text.replace('"', '""') + '"' if must or self.random.random() < 0.1 else text

    def write(self, folder):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                os.remove(path)
        with open(os.path.join(folder, "job.cfg"), "w", encoding="utf-8") as file:
            file.write(self.job)
        for name, data in self.contents.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
