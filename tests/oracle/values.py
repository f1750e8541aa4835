"""Fields: a text becomes a value, checked, and a value becomes a text. jobs/README.md, "[fields]"."""
import datetime
import fractions
import re

from expressions import Expression, Fault, half_up
from jobs import Unsupported, list_of, pieces_of, unquoted, words_of
from records import SPACE

TYPES = ("text", "code", "enum", "map", "integer", "decimal", "date", "timestamp", "boolean", "email")
TRUE, FALSE = ["true", "yes", "y", "t", "1"], ["false", "no", "n", "f", "0"]
DIRECTIVES = {"%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d{2})", "%m": r"(?P<m>\d{1,2})", "%d": r"(?P<d>\d{1,2})", "%H": r"(?P<H>\d{1,2})",
              "%M": r"(?P<M>\d{1,2})", "%S": r"(?P<S>\d{1,2})", "%%": "%"}
LARGEST = 2**63


def in_case(point, change):
    """One code point to one, as Unicode's simple case mappings; what German writes for a capital ß."""
    changed = {"ß": "ẞ"}.get(point, point.upper()) if change == "upper" else point.lower()
    return changed if len(changed) == 1 else point


class Kept(str):
    """A faulty text that is written as it came; expressions see a missing value."""


class Field:
    def __init__(self, name, line, missing, any_case_missing):
        self.name = name
        source, *steps = pieces_of(line, "|")
        self.type, _, source = source.partition(" ")
        if self.type not in TYPES:
            raise Unsupported(f"type {self.type}")
        self.columns, self.position, self.expression, self.when_exact = [name], 0, None, False
        self.read_source(source.strip())
        self.required = self.optional = self.hidden = self.any_case = self.flag = False
        self.missing, self.any_case_missing = missing, any_case_missing
        self.changes, self.checks = [], []
        self.trimmed, self.action, self.default, self.scale, self.rounding = True, "reject", None, None, None
        self.values, self.aliases, self.formats = [], {}, []
        self.marks = {"point": ".", "thousands": "", "parentheses": False, "trailing_minus": False, "zero_fraction": False}
        self.true, self.false, self.pivot = TRUE, FALSE, 69
        self.strip_suffix, self.replacements = "", []
        default = None
        for step in steps:
            word, _, rest = step.partition(" ")
            rest = rest.strip()
            if word == "default":
                default = rest
            elif word == "else":
                default = self.read_else(rest, default)
            else:
                self.read_step(word, rest)
        if default is not None:
            self.default = self.plain(unquoted(default))

    def read_source(self, source):
        if source.startswith(":="):
            source = source[2:].strip()
            if source.endswith("when exact"):
                raise Unsupported("when exact")
            self.expression = Expression(source)
        elif source.startswith("#"):
            self.position = int(source[1:])
        elif source.startswith('"'):
            self.columns = [unquoted(word) for word in pieces_of(source, " or ")]
        elif source:
            raise Unsupported(f"source {source}")

    def read_else(self, rest, default):
        words = rest.split(" ", 1)
        self.flag = rest.endswith(" flag") or rest == "flag"
        rest = re.sub(r"\s*\bflag$", "", rest)
        self.action = words[0] if words[0] != "flag" else "keep"
        if self.action == "default" and rest != "default":
            return rest.removeprefix("default").strip()
        return default

    def read_step(self, word, rest):
        simple = {"required", "optional", "hidden", "any_case"}
        if word in simple:
            setattr(self, word, True)
        elif word == "untrimmed":
            self.trimmed = False
        elif word == "missing":
            self.missing = words_of(rest)
        elif word == "strip_suffix":
            self.strip_suffix = unquoted(rest)
        elif word == "replace":
            pattern, replacement = words_of(rest, " ")
            self.replacements.append((pattern, replacement))
        elif word in ("collapse", "upper", "lower"):
            self.changes.append(word)
        elif word == "pattern":
            self.checks.append((lambda value: re.fullmatch(unquoted(rest), value) is not None, "PATTERN_MISMATCH", 1))
        elif word in ("length", "min_length", "max_length"):
            size = int(rest)
            if word != "max_length":
                self.checks.append((lambda value: len(value) >= size, "TOO_SHORT", 2))
            if word != "min_length":
                self.checks.append((lambda value: len(value) <= size, "TOO_LONG", 3))
        elif word == "not":
            excluded = [self.plain(text) for text in list_of(rest)]
            self.checks.append((lambda value: value not in excluded, "EXCLUDED_VALUE", 4))
        elif word in ("min", "max"):
            bound = self.plain(rest)
            self.checks.append((lambda value: value >= bound, "BELOW_MINIMUM", 0) if word == "min" else
                               (lambda value: value <= bound, "ABOVE_MAXIMUM", 0.5))
        elif word == "values" and not rest.startswith("lookup"):
            self.values += list_of(rest)
        elif word in ("aliases", "alias"):
            for one in pieces_of(rest, ","):
                alias, _, to = one.partition("->")
                self.aliases[unquoted(alias.strip())] = unquoted(to.strip())
        elif word == "scale":
            self.scale = int(rest)
        elif word == "round":
            self.rounding = rest or "half_up"
        elif word == "decimal_comma":
            self.marks["point"] = ","
        elif word == "thousands":
            self.marks["thousands"] = " " if rest == "space" else unquoted(rest)
        elif word in ("parentheses", "trailing_minus"):
            self.marks[word] = True
        elif word == "allow_zero_fraction":
            self.marks["zero_fraction"] = True
        elif word in ("format", "formats") and self.type in ("date", "timestamp"):
            self.formats += words_of(rest, " ")
        elif word == "pivot":
            self.pivot = int(rest)
        elif word in ("true", "false"):
            setattr(self, word, [text.lower() for text in list_of(rest)])
        else:
            raise Unsupported(f"step {word} {rest}")

    def plain(self, text):
        """A value as jobs write it."""
        if self.type in ("integer", "decimal"):
            return fractions.Fraction(text)
        if self.type in ("date", "timestamp"):
            return datetime.datetime.fromisoformat(text)
        return text == "true" if self.type == "boolean" else text

    def is_missing(self, text):
        if self.any_case_missing:
            return text.lower() in [word.lower() for word in self.missing]
        return text in self.missing

    def parse(self, text):
        """The text that a fault or `keep` shows, and the value: None, a Fault or what it is."""
        if text is None:
            return "", Fault("INVALID_ENCODING")
        if self.trimmed:
            text = text.strip(SPACE)
        source = text
        if self.is_missing(text):
            return source, None
        if self.strip_suffix or self.replacements:
            if self.strip_suffix and text.endswith(self.strip_suffix):
                text = text[:len(text) - len(self.strip_suffix)]
            for pattern, replacement in self.replacements:
                text = re.sub(pattern, replacement, text)
            text = text.strip(SPACE) if self.trimmed else text
            if self.is_missing(text):
                return source, None
        return source, getattr(self, "read_" + {"code": "text", "enum": "text", "map": "text", "timestamp": "date"}.get(self.type, self.type))(text)

    def read_text(self, text):
        for change in self.changes:
            if change == "collapse":
                text = re.sub(f"[{SPACE}]+", " ", text)
        for change in self.changes:
            if change != "collapse":
                text = "".join(in_case(point, change) for point in text)

        def fold(word):
            return word.lower() if self.any_case else word
        known = {fold(word): word for word in self.values}
        known.update({fold(alias): to for alias, to in self.aliases.items()})
        if fold(text) in known:
            return known[fold(text)]
        needed = self.type in ("enum", "map") or self.values
        return Fault("NOT_IN_LIST") if needed else text

    def number_of(self, text):
        """Sign, digits before and behind the point; None for no number."""
        negative = text.startswith(("-", "\u2212"))
        if text.startswith(("+", "-", "\u2212")):
            text = text[1:]
        elif self.marks["parentheses"] and len(text) >= 2 and text[0] + text[-1] == "()":
            negative, text = True, text[1:-1].strip(" \xa0\u202f")
        elif self.marks["trailing_minus"] and text.endswith(("-", "\u2212")):
            negative, text = True, text[:-1].strip(" \xa0\u202f")
        whole, point, fraction = text.partition(self.marks["point"])
        separator = self.marks["thousands"]
        if separator:
            marks = " \xa0\u202f" if separator == " " else separator
            if not re.fullmatch(rf"[0-9]*|[0-9]{{1,3}}([{re.escape(marks)}][0-9]{{3}})+", whole):
                return None
            whole = re.sub(f"[{re.escape(marks)}]", "", whole)
        if not re.fullmatch("[0-9]*", whole) or not re.fullmatch("[0-9]*", fraction) or not whole + fraction:
            return None
        return negative, whole, point, fraction

    def read_integer(self, text):
        found = self.number_of(text)
        if found is None or not found[1]:
            return Fault("NOT_AN_INTEGER")
        negative, whole, point, fraction = found
        if point and not (self.marks["zero_fraction"] and fraction and not fraction.strip("0")):
            return Fault("NOT_AN_INTEGER")
        number = -int(whole) if negative else int(whole)
        return fractions.Fraction(number) if -LARGEST <= number < LARGEST else Fault("OUT_OF_RANGE")

    def read_decimal(self, text):
        found = self.number_of(text)
        if found is None:
            return Fault("NOT_A_NUMBER")
        negative, whole, _, fraction = found
        scale = 6 if self.scale is None else self.scale
        exact = fractions.Fraction(int((whole or "0") + fraction), 10**len(fraction))
        kept = fractions.Fraction(int((whole or "0") + fraction[:scale].ljust(scale, "0")), 10**scale)
        if exact != kept:
            if self.rounding is None:
                return Fault("TOO_MANY_DIGITS")
            step = fractions.Fraction(1, 10**scale)
            odd = (kept / step).numerator % 2 == 1
            half = (exact - kept) * 2 - step
            up = {"down": False, "half_up": half >= 0, "half_even": half > 0 or (half == 0 and odd)}[self.rounding]
            kept += step if up else 0
        number = -kept if negative else kept
        return number if -LARGEST <= number * 10**scale < LARGEST else Fault("OUT_OF_RANGE")

    def read_date(self, text):
        for one in self.formats or [None]:
            if one is None:
                time = r"( +|T)(?P<H>\d{1,2}):(?P<M>\d{1,2})(:(?P<S>\d{1,2})(?P<f>\.\d{1,6})?)?" if self.type == "timestamp" else ""
                found = re.fullmatch(r"(?P<Y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})" + time, text, re.A)
            else:
                pattern = "".join(DIRECTIVES.get(piece) or ("[ \t\n\v\f\r]+" if piece[0] in SPACE else None if piece[0] == "%" else re.escape(piece))
                                  or self.unknown(piece) for piece in re.findall(r"%.|\s+|.", one))
                found = re.fullmatch(pattern, text, re.A)
            if found is None:
                continue
            parts = {key: value for key, value in found.groupdict().items() if value is not None}
            year = int(parts["Y"]) if "Y" in parts else (2000 if int(parts["y"]) < self.pivot else 1900) + int(parts["y"])
            if one is None and year == 0:
                raise Unsupported("the year 0")
            try:
                day = datetime.datetime(year, int(parts["m"]), int(parts["d"]), int(parts.get("H", 0)), int(parts.get("M", 0)),
                                        int(parts.get("S", 0)), int(float("0" + parts.get("f", ".0")) * 10**6 + 0.5))
            except ValueError:
                continue
            return day if self.type == "timestamp" else day.replace(hour=0, minute=0, second=0, microsecond=0)
        return Fault("NOT_A_DATE")

    @staticmethod
    def unknown(piece):
        raise Unsupported(f"directive {piece}")

    def read_boolean(self, text):
        if text.lower() in self.true:
            return True
        return False if text.lower() in self.false else Fault("NOT_A_BOOLEAN")

    def read_email(self, text):
        text = self.read_text(text)
        local, at, domain = text.rpartition("@")
        word = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
        label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
        good = at and len(local) <= 64 and re.fullmatch(rf"{word}(\.{word})*", local) and re.fullmatch(rf"{label}(\.{label})+", domain)
        return text if good else Fault("NOT_AN_EMAIL")

    def check(self, value):
        """The first fault of a value that is there, or None."""
        for good, reason, _ in sorted(self.checks, key=lambda one: one[2]):
            if not good(value):
                return reason
        return None

    def fit(self, value):
        """What an expression gave, as a value of this field."""
        if self.type in ("integer", "decimal") and isinstance(value, fractions.Fraction):
            if self.type == "decimal" and self.scale is None and self.expression:
                raise Unsupported("a derived decimal without scale")
            scale = self.scale or (6 if self.type == "decimal" and self.scale is None else 0)
            value = half_up(value, scale)
            return value if -LARGEST <= value * 10**scale < LARGEST else Fault("OUT_OF_RANGE")
        if self.type == "date" and isinstance(value, datetime.datetime):
            return value.replace(hour=0, minute=0, second=0, microsecond=0)
        return value

    def written(self, value):
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime.datetime):
            text = value.isoformat()
            return text[:10] if self.type == "date" else text.rstrip("0") if "." in text else text
        scale = 0 if self.type == "integer" else 6 if self.scale is None else self.scale
        units = abs(value * 10**scale)
        digits = str(units.numerator).rjust(scale + 1, "0")
        text = ("-" if value < 0 else "") + digits[:len(digits) - scale] + ("." + digits[len(digits) - scale:] if scale else "")
        return text.rstrip("0").rstrip(".") if self.type == "decimal" and self.scale is None else text
