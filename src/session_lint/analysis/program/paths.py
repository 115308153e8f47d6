"""What may be obtained in one execution, as a tree: one after the other, instead of one another, in a loop, under a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from session_lint.analysis.program.exclusion import contradicts
from session_lint.facts.chain import ChainStep
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Param, Term, walk

_SPLITS = 5  # pairs of conditions that exclude one another, told apart in one function
_CONDITIONS = 40

# Nodes are compared by identity: callers share what they do not change.


@dataclass(frozen=True, slots=True, eq=False)
class Obtain:
    """A getter is called. `step` is None where the node stands for the getter: the call of it is the step above."""

    resource: Term | None
    step: ChainStep | None
    text: str
    free: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Enter:
    """A call of a function."""

    step: ChainStep
    body: Node
    free: bool


@dataclass(frozen=True, slots=True, eq=False)
class Follow:
    """One after the other."""

    parts: tuple[Node, ...]
    free: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """One of them."""

    parts: tuple[Node, ...]
    free: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """The body of a loop."""

    body: Node
    free: bool


@dataclass(frozen=True, slots=True, eq=False)
class When:
    """Only under conditions that a caller may decide."""

    conditions: tuple[Condition, ...]
    body: Node
    free: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Once:
    """Happens at most once in an execution, however often it is met: the result is kept under `name`."""

    name: str
    body: Node
    free: bool


Node: TypeAlias = Obtain | Enter | Follow | Either | Turns | When | Once
NOTHING = Follow(())


def follow(parts: Iterable[Node]) -> Node:
    """One after the other; those that obtain nothing left out."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Follow) else (part,))
    return flat[0] if len(flat) == 1 else Follow(tuple(flat), any(part.free for part in flat)) if flat else NOTHING


def either(parts: Iterable[Node]) -> Node:
    """One of them."""
    found = tuple(dict.fromkeys(part for part in parts if part is not NOTHING))
    return found[0] if len(found) == 1 else Either(found, any(part.free for part in found)) if found else NOTHING


def enter(step: ChainStep, body: Node) -> Node:
    """A call of a function."""
    return NOTHING if body is NOTHING else Enter(step, body, body.free)


def turns(body: Node) -> Node:
    """The body of a loop."""
    return body if body is NOTHING or isinstance(body, Turns) else Turns(body, body.free)


def once(name: str, body: Node) -> Node:
    """What is kept under a name."""
    return NOTHING if body is NOTHING else Once(name, body, body.free)


def when(conditions: tuple[Condition, ...], body: Node) -> Node:
    """What happens under conditions."""
    return body if body is NOTHING or not conditions else When(conditions, body)


def is_open(resource: Term | None) -> bool:
    """Whether a caller decides what the record is."""
    return resource is not None and any(isinstance(part, Param) for part in walk(resource))


def _rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with each part inside it changed."""
    match node:
        case Enter(step, body):
            return enter(step, change(body))
        case Follow(parts):
            return follow(change(part) for part in parts)
        case Either(parts):
            return either(change(part) for part in parts)
        case Turns(body):
            return turns(change(body))
        case When(conditions, body):
            return when(conditions, change(body))
        case Once(name, body):
            return once(name, change(body))
    return node


def transformed(node: Node, at: Callable[[When | Obtain], Node]) -> Node:
    """The tree with each condition, and each getter whose record a caller decides, replaced by what `at` makes of it.

    What is inside a condition is done before the condition.
    """
    done: dict[Node, Node] = {}

    def change(one: Node) -> Node:
        if not one.free:
            return one
        if one not in done:
            rebuilt = _rebuilt(one, change)
            done[one] = at(rebuilt) if isinstance(rebuilt, When | Obtain) else rebuilt
        return done[one]

    return change(node)


def without(node: Node, unwanted: Callable[[Obtain], bool]) -> Node:
    """The tree without some getter calls."""
    done: dict[Node, Node] = {}

    def change(one: Node) -> Node:
        if one not in done:
            done[one] = (NOTHING if unwanted(one) else one) if isinstance(one, Obtain) else _rebuilt(one, change)
        return done[one]

    return change(node)


# -- conditions that exclude one another ------------------------------------------------------------------------------


def told_apart(node: Node, splits: int = _SPLITS) -> Node:
    """The tree as alternatives in which no two parts that follow one another exclude each other: `if x: a()`, then `if not x: b()`."""
    found = _conflict(node) if node.free and splits else None
    if found is None:
        return node
    return either(told_apart(_without(node, conditions), splits - 1) for conditions in found)


def _without(node: Node, conditions: tuple[Condition, ...]) -> Node:
    return transformed(node, lambda one: NOTHING if isinstance(one, When) and one.conditions == conditions else one)


def _conflict(node: Node) -> tuple[tuple[Condition, ...], tuple[Condition, ...]] | None:
    seen: dict[Node, tuple[tuple[Condition, ...], ...]] = {}

    def below(one: Node) -> tuple[tuple[Condition, ...], ...]:
        if one not in seen:
            mine = (one.conditions,) if isinstance(one, When) else ()
            seen[one] = tuple(dict.fromkeys((*mine, *(c for part in parts_of(one) if part.free for c in below(part)))))[:_CONDITIONS]
        return seen[one]

    below(node)
    for one in list(seen):
        if isinstance(one, Follow):
            parts = [part for part in one.parts if part.free]
            for i, part in enumerate(parts):
                for other in parts[i + 1 :]:
                    pair = next(((a, b) for a in below(part) for b in below(other) if a != b and contradicts(a, b)), None)
                    if pair is not None:
                        return pair
    return None


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside a node."""
    match node:
        case Follow(parts) | Either(parts):
            return parts
        case Enter(_, body) | Turns(body) | When(_, body) | Once(_, body):
            return (body,)
    return ()


def size(node: Node) -> int:
    """How many nodes there are that a caller has to look at."""
    seen: set[Node] = set()
    work = [node]
    while work:
        one = work.pop()
        if one.free and one not in seen:
            seen.add(one)
            work.extend(parts_of(one))
    return len(seen)
