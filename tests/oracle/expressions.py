"""Expressions, computed by walking over the text. Numbers are fractions, a missing value is None, a fault is a Fault."""
import datetime
import fractions
import re

from jobs import Unsupported


class Fault:
    def __init__(self, reason):
        self.reason = reason


TOKEN = re.compile(r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')|(?P<name>[A-Za-z_]\w*(?:\.\w+)?)
                       |(?P<symbol><=|>=|!=|[-+*/()<>=,]))""", re.X)
RELATIONS = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
             ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def half_up(number, digits=0):
    """Rounded to so many digits, halves away from zero."""
    scaled = abs(number) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return fractions.Fraction(whole if number >= 0 else -whole, 10**digits)


class Expression:
    """Compiles to a function of the fields' values by name."""

    def __init__(self, source):
        self.tokens, at = [], 0
        source = source.rstrip()
        while at < len(source):
            found = TOKEN.match(source, at)
            if found is None:
                raise Unsupported(f"expression {source}")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self.at = 0
        self.names = set()
        self.function = self.implies()
        if self.at != len(self.tokens):
            raise Unsupported(f"expression {source}")

    def __call__(self, values):
        return self.function(values)

    def accept(self, *words):
        if self.at < len(self.tokens) and self.tokens[self.at][0] != "text" and self.tokens[self.at][1] in words:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def implies(self):
        left = self.either()
        if not self.accept("implies"):
            return left
        right = self.implies()
        return lambda values: decided(opposite(left(values)), lambda: right(values), True)

    def either(self):
        left = self.both()
        while self.accept("or"):
            left = (lambda a, b: lambda values: decided(a(values), lambda: b(values), True))(left, self.both())
        return left

    def both(self):
        left = self.negation()
        while self.accept("and"):
            left = (lambda a, b: lambda values: decided(a(values), lambda: b(values), False))(left, self.negation())
        return left

    def negation(self):
        if not self.accept("not"):
            return self.comparison()
        inner = self.negation()
        return lambda values: opposite(inner(values))

    def comparison(self):
        left = self.sum()
        relation = self.accept(*RELATIONS)
        if relation:
            right = self.sum()
            return lambda values: computed(RELATIONS[relation], *alike(left(values), right(values)))
        if self.accept("matches"):
            kind, pattern = self.tokens[self.at]
            self.at += 1
            if kind != "text":
                raise Unsupported("matches")
            return lambda values: computed(lambda text: re.fullmatch(unquote(pattern), text) is not None, left(values))
        if self.accept("in"):
            items = self.arguments()
            return lambda values: computed(lambda one, *all_: any(one == other for other in all_), left(values), *(item(values) for item in items))
        return left

    def sum(self):
        left = self.product()
        while True:
            sign = self.accept("+", "-")
            if not sign:
                return left
            left = (lambda a, b, s: lambda values: computed(lambda x, y: x + y if s == "+" else x - y, a(values), b(values)))(left, self.product(), sign)

    def product(self):
        left = self.sign()
        while True:
            sign = self.accept("*", "/")
            if not sign:
                return left
            left = (lambda a, b, s: lambda values: computed(multiply if s == "*" else divide, a(values), b(values)))(left, self.sign(), sign)

    def sign(self):
        if not self.accept("-"):
            return self.primary()
        inner = self.sign()
        return lambda values: computed(lambda number: -number, inner(values))

    def arguments(self):
        if not self.accept("("):
            raise Unsupported("expression")
        arguments = []
        while not self.accept(")"):
            arguments.append(self.implies())
            self.accept(",")
        return arguments

    def primary(self):
        if self.accept("("):
            inner = self.implies()
            self.accept(")")
            return inner
        if self.at == len(self.tokens):
            raise Unsupported("expression")
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return lambda values: fractions.Fraction(word)
        if kind == "text":
            return lambda values: unquote(word)
        if word in ("true", "false"):
            return lambda values: word == "true"
        if self.at < len(self.tokens) and self.tokens[self.at] == ("symbol", "("):
            return call(word, self.arguments())
        if "." in word or kind != "name":
            raise Unsupported(f"expression: {word}")
        self.names.add(word)
        return lambda values: values[word]


def unquote(word):
    return word[1:-1].replace(word[0] * 2, word[0])


def multiply(a, b):
    return a * b


def divide(a, b):
    return Fault("DIVIDED_BY_ZERO") if b == 0 else a / b


def opposite(value):
    return not value if isinstance(value, bool) else value


def computed(function, *operands):
    """A fault beats a missing value."""
    for operand in operands:
        if isinstance(operand, Fault):
            return operand
    if any(operand is None for operand in operands):
        return None
    return function(*operands)


def decided(left, right, decisive):
    if left is decisive:
        return left
    second = right()
    if second is decisive:
        return second
    return computed(lambda a, b: b, left, second)


def alike(a, b):
    """Beside a date, a text is a date."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, datetime.datetime) and isinstance(other, str):
            try:
                other = datetime.datetime.fromisoformat(other)
            except ValueError as error:
                raise Unsupported(f"date {other}") from error
            return (a, other) if one is a else (other, b)
    return a, b


def call(name, arguments):
    plain = {"abs": abs, "round": lambda x, digits=0: half_up(x, int(digits)), "upper": str.upper, "lower": str.lower,
             "length": lambda text: fractions.Fraction(len(text)), "starts_with": str.startswith, "ends_with": str.endswith,
             "contains": lambda text, part: part in text, "year": lambda day: fractions.Fraction(day.year),
             "month": lambda day: fractions.Fraction(day.month), "day": lambda day: fractions.Fraction(day.day),
             "quarter": lambda day: fractions.Fraction((day.month + 2) // 3),
             "days_between": lambda a, b: fractions.Fraction((b.date() - a.date()).days)}
    if name in plain:
        return lambda values: computed(plain[name], *(argument(values) for argument in arguments))
    if name == "missing":
        return lambda values: arguments[0](values) is None
    if name == "if":
        def choose(values):
            condition = arguments[0](values)
            return condition if isinstance(condition, Fault) else arguments[1 if condition else 2](values)
        return choose
    if name == "coalesce":
        def first(values):
            for argument in arguments:
                value = argument(values)
                if value is not None:
                    return value
            return None
        return first
    raise Unsupported(f"function {name}")
