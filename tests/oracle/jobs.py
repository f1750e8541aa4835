"""Job files, as far as the oracle goes: what it doesn't know is Unsupported, never guessed."""
import re


class Unsupported(Exception):
    """The job needs something that the oracle doesn't have."""


class Section(dict):
    def character(self, key, default):
        word = unquoted(self.get(key, default))
        named = {"tab": "\t", "space": " ", "none": ""}.get(word, word)
        return named.encode()

    def flag(self, key):
        return self.get(key, "no") == "yes"

    def known(self, *keys):
        for key in self:
            if key not in keys:
                raise Unsupported(f"key {key}")


def unquoted(word):
    if len(word) < 2 or word[0] != '"' or word[-1] != '"':
        return word
    stands_for = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
    return re.sub(r"\\([nrt\"\\])", lambda found: stands_for[found[1]], word[1:-1])


def pieces_of(text, separator):
    """Split where the separator stands outside of quotes and parentheses; trimmed."""
    pieces, begin, depth, inside, at = [], 0, 0, "", 0
    while at < len(text):
        byte = text[at]
        if inside:
            if byte == "\\" and inside == '"':
                at += 1
            elif byte == inside:
                inside = ""
        elif byte == '"':
            inside = byte
        elif byte in "([":
            depth += 1
        elif byte in ")]":
            depth -= 1
        elif depth <= 0 and text.startswith(separator, at):
            pieces.append(text[begin:at].strip())
            begin = at = at + len(separator)
            continue
        at += 1
    return [*pieces, text[begin:].strip()]


def words_of(text, separators=", "):
    return [unquoted(word) for word in re.findall(r'"(?:[^"\\]|\\.)*"|[^%s]+' % re.escape(separators), text)]


def list_of(text):
    """Names or values, separated by commas only."""
    return [unquoted(piece) for piece in pieces_of(text, ",") if piece]


def without_comment(line):
    inside = ""
    for at, byte in enumerate(line):
        if inside:
            inside = "" if byte == inside and line[at - 1] != "\\" else inside
        elif byte == '"' and (at == 0 or line[at - 1] in " =,("):
            inside = byte
        elif byte == "#" and (at == 0 or line[at - 1].isspace()) and not re.match(r"#\d", line[at:]):
            return line[:at]
    return line


def read_job(text):
    """Sections by name, in order."""
    sections = {"": Section()}
    current = sections[""]
    for line in text.split("\n"):
        line = without_comment(line).strip()
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), Section())
        elif line:
            key, _, value = line.partition("=")
            current[key.strip()] = value.strip()
    return sections
