"""A small evaluator of PromQL: what the rules of this project use, with the extrapolation and the staleness of Prometheus.

`test_alerts.py` holds it against cases computed by hand. What it does not know is an error, never a guess.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

Labels = frozenset[tuple[str, str]]  # without the name
Vector = dict[Labels, float]
LOOKBACK = 300.0  # seconds a sample stands for itself
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
FUNCTIONS = {"rate", "increase", "time", "absent", "histogram_quantile"}
AGGREGATES = {"sum", "max"}
LEVELS = (("or",), ("and", "unless"), ("==", "!=", ">=", "<=", ">", "<"), ("+", "-"), ("*", "/"))  # weakest first
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<duration>\d+[smhd])|(?P<word>[a-zA-Z_:][\w:]*)|(?P<text>"[^"\\]*")"""
    r"""|(?P<sign>=~|!~|==|!=|>=|<=|[-+*/()\[\]{},<>=]))"""
)
_SERIES = re.compile(r"([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?")
_LABEL = re.compile(r'\s*(\w+)\s*=\s*"([^"]*)"\s*,?')


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Selector:
    name: str
    matchers: tuple[tuple[str, str, str], ...] = ()
    span: float = 0.0

    def takes(self, labels: Labels) -> bool:
        known = dict(labels)
        return all(_MATCH[sign](known.get(label, ""), text) for label, sign, text in self.matchers)


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Binary:
    sign: str
    left: Node
    right: Node


Node = Number | Selector | Call | Binary
_MATCH: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, text: value == text,
    "!=": lambda value, text: value != text,
    "=~": lambda value, text: re.fullmatch(text, value) is not None,
    "!~": lambda value, text: re.fullmatch(text, value) is None,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else (math.nan if not a or math.isnan(a) else math.copysign(math.inf, a)),
}
_COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def parse(text: str) -> Node:
    """The tree of an expression. Raises ValueError for what is not understood."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.tokens = text, 0, [*_tokens(text), ("end", "")]

    def whole(self) -> Node:
        node = self.binary(0)
        self.take("end", "")
        return node

    def peek(self) -> str:
        return self.tokens[self.at][1]

    def take(self, kind: str, *values: str) -> str:
        found, value = self.tokens[self.at]
        if found != kind or (values and value not in values):
            raise ValueError(f"{kind} {values} expected, not {value!r}: {self.text}")
        self.at += 1
        return value

    def skip(self, sign: str) -> bool:
        there = self.tokens[self.at] == ("sign", sign)
        self.at += there
        return there

    def binary(self, level: int) -> Node:
        if level == len(LEVELS):
            return self.atom()
        node = self.binary(level + 1)
        while self.peek() in LEVELS[level]:
            self.at += 1
            node = Binary(self.tokens[self.at - 1][1], node, self.binary(level + 1))
        return node

    def atom(self) -> Node:
        kind, value = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            return Number(float(value))
        if self.skip("("):
            node = self.binary(0)
            self.take("sign", ")")
            return node
        word = self.take("word")
        if word in AGGREGATES:
            return self.aggregate(word)
        if word in FUNCTIONS:
            return Call(word, self.arguments())
        if self.peek() == "(":
            raise ValueError(f"function {word} is not known: {self.text}")
        return self.selector(word)

    def aggregate(self, word: str) -> Node:
        by: tuple[str, ...] = ()
        if self.peek() == "by":
            self.take("word")
            self.take("sign", "(")
            by = tuple(self.until(")", lambda: self.take("word")))
        return Call(word, self.arguments(), by)

    def arguments(self) -> tuple[Node, ...]:
        self.take("sign", "(")
        return tuple(self.until(")", lambda: self.binary(0)))

    def until(self, sign: str, item: Callable[[], object]) -> Iterator:
        while not self.skip(sign):
            yield item()
            if self.peek() != sign:
                self.take("sign", ",")

    def selector(self, name: str) -> Selector:
        matchers: tuple[tuple[str, str, str], ...] = ()
        if self.skip("{"):
            matchers = tuple(self.until("}", lambda: (self.take("word"), self.take("sign", *_MATCH), self.take("text")[1:-1])))
        span = 0.0
        if self.skip("["):
            span = seconds(self.take("duration"))
            self.take("sign", "]")
        return Selector(name, matchers, span)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"not understood at {text[at : at + 20]!r}: {text}")
        at = found.end()
        yield str(found.lastgroup), str(found[str(found.lastgroup)])


def seconds(duration: str) -> float:
    """ "5m" and "1h30m" in seconds."""
    parts = re.findall(r"(\d+)([smhd])", duration)
    assert "".join(number + unit for number, unit in parts) == duration != "", duration
    return sum(int(number) * UNITS[unit] for number, unit in parts)


def selectors(node: Node) -> Iterator[Selector]:
    """All selectors of a tree."""
    if isinstance(node, Selector):
        yield node
    for child in (node.left, node.right) if isinstance(node, Binary) else node.arguments if isinstance(node, Call) else ():
        yield from selectors(child)


@dataclass
class Storage:
    """Samples by name and labels, in the order of time. A value of None says: from here on the series is gone."""

    series: dict[str, dict[Labels, tuple[list[float], list[float | None]]]] = field(default_factory=dict)

    def add(self, name: str, labels: Labels, at: float, value: float | None) -> None:
        times, values = self.series.setdefault(name, {}).setdefault(labels, ([], []))
        times.append(at)
        values.append(value)

    def instant(self, wanted: Selector, at: float) -> Vector:
        found: Vector = {}
        for labels, (times, values) in self.series.get(wanted.name, {}).items():
            last = bisect_right(times, at) - 1
            if wanted.takes(labels) and last >= 0 and times[last] > at - LOOKBACK and (value := values[last]) is not None:
                found[labels] = value
        return found

    def ranges(self, wanted: Selector, at: float) -> Iterator[tuple[Labels, list[tuple[float, float]]]]:
        for labels, (times, values) in self.series.get(wanted.name, {}).items():
            if wanted.takes(labels):
                part = slice(bisect_right(times, at - wanted.span), bisect_right(times, at))  # the left border is not in it
                yield labels, [(time, value) for time, value in zip(times[part], values[part], strict=True) if value is not None]


def evaluate(node: Node, storage: Storage, at: float) -> Vector | float:
    """The value of an expression at a time: a number, or a number for each set of labels."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Selector):
        assert not node.span, "a range is only an argument of rate or increase"
        return storage.instant(node, at)
    if isinstance(node, Binary):
        return _combined(node.sign, evaluate(node.left, storage, at), evaluate(node.right, storage, at))
    return _called(node, storage, at)


def _called(node: Call, storage: Storage, at: float) -> Vector | float:
    if node.function == "time":
        return at
    inner = node.arguments[0]
    if node.function in {"rate", "increase"}:
        assert isinstance(inner, Selector)
        assert inner.span
        grown = {labels: _increase(samples, at - inner.span, at) for labels, samples in storage.ranges(inner, at) if len(samples) > 1}
        return {labels: value / (inner.span if node.function == "rate" else 1.0) for labels, value in grown.items()}
    if node.function not in {*AGGREGATES, "absent"}:
        raise NotImplementedError(node.function)
    vector = evaluate(inner, storage, at)
    assert isinstance(vector, dict)
    if node.function == "absent":
        assert isinstance(inner, Selector)
        return {} if vector else {frozenset((label, text) for label, sign, text in inner.matchers if sign == "="): 1.0}
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(frozenset(pair for pair in labels if pair[0] in node.by), []).append(value)
    return {labels: sum(values) if node.function == "sum" else max(values) for labels, values in groups.items()}


def _increase(samples: list[tuple[float, float]], start: float, end: float) -> float:
    """What a counter grew by in the window: what was seen, resets undone, stretched to the borders that the samples come close to."""
    (first_at, first), (last_at, _) = samples[0], samples[-1]
    grown = sum(value if value < before else value - before for (_, before), (_, value) in pairwise(samples))
    sampled = last_at - first_at
    step = sampled / (len(samples) - 1)
    head, tail = first_at - start, end - last_at
    head = head if head < step * 1.1 else step / 2
    if grown > 0:
        head = min(head, sampled * first / grown)  # a counter was never below 0
    tail = tail if tail < step * 1.1 else step / 2
    return grown * (sampled + head + tail) / sampled


def _combined(sign: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if sign in {"and", "or", "unless"}:
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        if sign == "or":
            return {**right, **left}
        return {labels: value for labels, value in left.items() if (labels in right) is (sign == "and")}
    if not isinstance(left, dict) and not isinstance(right, dict):
        return _ARITHMETIC[sign](left, right)
    pairs = {
        labels: (left[labels] if isinstance(left, dict) else left, right[labels] if isinstance(right, dict) else right)
        for labels in (left if isinstance(left, dict) else right)
        if not isinstance(right, dict) or labels in right
    }
    if sign in _ARITHMETIC:
        return {labels: _ARITHMETIC[sign](a, b) for labels, (a, b) in pairs.items()}
    return {labels: a if isinstance(left, dict) else b for labels, (a, b) in pairs.items() if _COMPARISON[sign](a, b)}


def labels_of(text: str) -> tuple[str, Labels]:
    """The name ("" for none) and the labels of `name{a="b"}`."""
    found = _SERIES.fullmatch(text.strip())
    assert found, text
    return found[1] or "", frozenset((label, value) for label, value in _LABEL.findall(found[2] or ""))


def expanded(values: str) -> Iterator[float]:
    """The notation of promtool: "1 2", "0x3" (four zeros), "1+2x3" (1 3 5 7), "9-1x2" (9 8 7)."""
    for part in values.split():
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:([-+])(\d+(?:\.\d+)?))?(?:x(\d+))?", part)
        assert found, part
        step = float(found[3] or 0) * (-1 if found[2] == "-" else 1)
        yield from (float(found[1]) + step * index for index in range(int(found[4] or 0) + 1))
