"""The worst path through what may be obtained: how many getter calls, and which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.paths import Either, Enter, Follow, Node, Obtain, Once, Turns, When, parts_of
from session_lint.facts.chain import ChainStep
from session_lint.facts.cost import CostStep, Lookup
from session_lint.facts.terms import Const, Op, Ref, Term, Unknown, show

TOTAL = ""  # in place of a record: all of them together


@dataclass(frozen=True, slots=True)
class Measure:
    """How many getter calls: those that add up, and the names of those that count once."""

    many: int = 0
    once: frozenset[tuple[str, int]] = frozenset()

    @property
    def count(self) -> int:
        """All of them."""
        return self.many + len(self.once)


class Costs:
    """Measures trees, each node once: by record, and in total."""

    def __init__(self) -> None:
        self._measured: dict[Node, Mapping[str, Measure]] = {}

    def of(self, node: Node) -> Mapping[str, Measure]:
        """The worst path through a tree, for each record by itself, and for all together under TOTAL."""
        found = self._measured.get(node)
        if found is None:
            found = self._measured[node] = self._measure(node)
        return found

    def _measure(self, node: Node) -> Mapping[str, Measure]:
        match node:
            case Obtain(resource, _, text):
                return {record(resource, text): Measure(1), TOTAL: Measure(1)}
            case Follow(parts):
                return _combined([self.of(part) for part in parts], _added)
            case Either(parts):
                return _combined([self.of(part) for part in parts], _worse)
            case Once(name, body):
                return {key: Measure(0, one.once | {(f"{name} {key}", i) for i in range(one.many)}) for key, one in self.of(body).items()}
            case Enter(_, body) | Turns(body) | When(_, body):
                return self.of(body)

    def lookups(self, node: Node, key: str, itself: CostStep) -> Iterator[Lookup]:
        """The getter calls on the worst path of a record. `itself` stands for a call of the function that the tree is of."""
        for lookup in self._path(node, key, _Way(), set()):
            yield lookup if lookup.steps else Lookup(lookup.record, (itself,))

    def _path(self, node: Node, key: str, way: _Way, kept: set[str]) -> Iterator[Lookup]:
        if isinstance(node, Once) and node.name in kept:
            return
        if isinstance(node, Once):
            kept.add(node.name)
        if isinstance(node, Obtain):
            yield Lookup(record(node.resource, node.text), way.steps if node.step is None else way.behind(node.step).steps)
        for part in self._taken(node, key):
            if key in self.of(part):
                yield from self._path(part, key, way.into(node), kept)

    def _taken(self, node: Node, key: str) -> tuple[Node, ...]:
        """The parts of a node that are on the worst path."""
        parts = parts_of(node)
        return (max(parts, key=lambda part: self.of(part).get(key, Measure()).count),) if isinstance(node, Either) else parts


@dataclass(frozen=True, slots=True)
class _Way:
    """The calls from the entry point to a node, and whether a loop of the last function is around it."""

    steps: tuple[CostStep, ...] = ()
    repeated: bool = False

    def behind(self, step: ChainStep) -> _Way:
        return _Way((*self.steps, CostStep(step.function, step.place, step.note, self.repeated)))

    def into(self, node: Node) -> _Way:
        if isinstance(node, Enter):
            return self.behind(node.step)
        return _Way(self.steps, repeated=True) if isinstance(node, Turns) else self


def _added(left: Measure, right: Measure) -> Measure:
    return Measure(left.many + right.many, left.once | right.once)


def _worse(left: Measure, right: Measure) -> Measure:
    return right if right.count > left.count else left


def _combined(measures: list[Mapping[str, Measure]], combine: Callable[[Measure, Measure], Measure]) -> Mapping[str, Measure]:
    found: dict[str, Measure] = {}
    for one in measures:
        for key, measure in one.items():
            found[key] = combine(found[key], measure) if key in found else measure
    return found


def record(resource: Term | None, text: str) -> str:
    """What a record is called: its class or table; what obtains it, where that cannot be told."""
    match resource:
        case Ref(name):
            return name
        case Const(str(name)) if name:
            return name
        case Op("function", (Ref(name),)):
            return f"{name}()"
        case Op("call", (func,)):
            return f"{show(func)}()"
        case None | Unknown():
            return text.partition("(")[0] + "()"
    return show(resource)
