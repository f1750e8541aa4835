"""Records of delimited text, one byte after the other: jobs/README.md, "How records are found"."""
import dataclasses

STRUCTURE = "STRUCTURE"  # which of several structural faults is named isn't judged here
ENCODINGS = {"utf-8": "utf-8", "latin-1": "latin-1", "windows-1252": "cp1252", "cp437": "cp437", "cp850": "cp850"}
SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@dataclasses.dataclass
class Record:
    begin: int
    end: int = 0
    line: int = 0
    lines: int = 1
    kind: str = "data"  # or comment, blank
    fault: str = ""
    fields: list = dataclasses.field(default_factory=list)


class Reader:
    """`settings`: of the job's [input]. `columns`: how many fields a record must have; 0: any number."""

    def __init__(self, data, settings, columns=0):
        self.data, self.columns = data, columns
        self.delimiter = settings.character("delimiter", ",")
        self.quote = settings.character("quote", '"')
        self.comment = settings.character("comment", "")
        self.quotes = settings.get("quotes", "strict")
        self.line_end = settings.get("line_end", "any")
        self.encoding = ENCODINGS[settings.get("encoding", "utf-8").lower()]
        self.longest = 1 << 20

    def at(self, place):
        return self.data[place:place + 1]

    def line_end_at(self, place):
        """Its size; 0: there is none."""
        crlf = self.data[place:place + 2] == b"\r\n"
        if self.line_end == "any":
            return 2 if crlf else 1 if self.at(place) in (b"\n", b"\r") else 0
        if self.line_end == "crlf":
            return 2 if crlf else 0
        return 1 if self.at(place) == {"lf": b"\n", "cr": b"\r"}[self.line_end] else 0

    def behind_line(self, begin):
        while begin < len(self.data) and not self.line_end_at(begin):
            begin += 1
        return begin + self.line_end_at(begin)

    def text(self, field):
        """As UTF-8 text; None where bytes mean nothing."""
        try:
            return field.decode(self.encoding)
        except UnicodeDecodeError:
            return None

    def all(self, begin, end, line):
        while begin < end:
            record = self.one(begin, end)
            record.line = line
            yield record
            begin, line = record.end, line + record.lines

    def one(self, begin, end):
        record = Record(begin)
        at = begin
        if self.encoding == "utf-8" and self.data.startswith(b"\xef\xbb\xbf", at):
            at += 3
        if self.comment and self.at(at) == self.comment:
            record.kind, record.end = "comment", min(self.behind_line(begin), end)
            return record
        line_break = stray = inside = unclosed = False
        fields = []
        while True:
            content = b""
            quoted = bool(self.quote) and at < end and self.at(at) == self.quote
            if quoted:
                at += 1
                while at < end:
                    if self.at(at) != self.quote:
                        size = self.line_end_at(at)
                        line_break |= size > 0
                        record.lines += size > 0
                        content += self.data[at:at + max(size, 1)]
                        at += max(size, 1)
                    elif self.at(at + 1) == self.quote and at + 1 < end:
                        content += self.quote
                        at += 2
                    else:
                        break
                unclosed |= at >= end
                at = min(at + 1, end)
                stray |= at < end and self.at(at) != self.delimiter and not self.line_end_at(at)
            while at < end and self.at(at) != self.delimiter and not self.line_end_at(at):
                inside |= not quoted and bool(self.quote) and self.at(at) == self.quote
                content += self.at(at)
                at += 1
            fields.append(content)
            if at >= end or self.at(at) != self.delimiter:
                break
            at += 1
        record.end = min(at + self.line_end_at(at), end) if at < end else end
        stray = (stray and self.quotes != "lenient") or (inside and self.quotes == "strict_inside")
        self.judge(record, fields, line_break, stray or unclosed or record.end - begin > self.longest)
        record.end = min(record.end, end)
        return record

    def judge(self, record, fields, line_break, broken):
        too_many = self.columns > 0 and len(fields) > self.columns
        texts = [self.text(field) for field in fields]
        if not broken and all(text is not None and not text.strip(SPACE) for text in texts) and not (too_many and line_break):
            record.kind, record.fields = "blank", texts
            return
        if broken or (self.columns > 0 and len(fields) != self.columns):
            record.fault = STRUCTURE
            if line_break:
                record.end, record.lines = self.behind_line(record.begin), 1
            return
        raw = self.data[record.begin:record.end]
        if b"\0" in raw:
            record.fault = "NUL_BYTE"
        elif self.encoding == "utf-8" and self.text(raw) is None:
            record.fault = "INVALID_ENCODING"
        record.fields = texts
