"""`**kwargs` in a key: each keyword that a caller hands in is a column of its own; what nobody knows the keywords of is one column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.analysis.program.substitution import WITHOUT
from session_lint.facts.effects import SPREAD
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.module_index import Parameter
from session_lint.facts.terms import Attr, Const, Invoke, Mapping, Op, Param, Term, strip, walk

Columns = tuple[tuple[str, Term], ...]


def opened(columns: Columns) -> Columns:
    """The columns, with what is known of a `**mapping` as columns of their own."""
    if not any(name == SPREAD and isinstance(strip(value), Mapping) for name, value in columns):
        return columns
    return tuple(pair for name, value in columns for pair in (_entries(value) if name == SPREAD else ((name, value),)))


def _entries(value: Term) -> Iterator[tuple[str, Term]]:
    whole = strip(value)
    if not isinstance(whole, Mapping):
        yield SPREAD, value
        return
    left: list[tuple[Term | None, Term]] = []
    for key, inner in whole.entries:
        if isinstance(key, Const) and isinstance(key.value, str):
            yield key.value, inner
        else:
            left.append((key, inner))
    if left:
        yield SPREAD, left[0][1] if len(left) == 1 and left[0][0] is None else Mapping(tuple(left))


def handed_in(parameters: Iterable[Parameter], facts: FunctionFacts, aside: Iterable[str], known: Columns) -> Columns:
    """What a function gets as `*args` and `**kwargs`, as columns of its key: without the keywords that it takes out (`kwargs.pop(name)`)
    and that are `aside`, or no part of the key that is `known` from its body."""
    return tuple(
        (SPREAD, taken_out(Param(one.name), facts, aside, known)) if one.kind == "kwargs" else (one.name, Param(one.name))
        for one in parameters
        if one.kind in {"args", "kwargs"}
    )


def told(columns: Columns, facts: FunctionFacts, aside: Iterable[str]) -> Columns:
    """The key of a getter as its body tells it, without the keywords that it takes out of what is handed in."""
    return tuple(
        (name, taken_out(value, facts, aside, columns) if name == SPREAD and isinstance(value, Param) else value) for name, value in columns
    )


def taken_out(mapping: Param, facts: FunctionFacts, aside: Iterable[str], known: Columns) -> Term:
    """A `**kwargs` without the keywords that are no part of a key."""
    names = {name for call in facts.calls if call.args and (name := _popped(call.func, call.args[0], mapping))}
    calls = (part for _, value in known for part in walk(value) if isinstance(part, Invoke) and part.args)
    used = {_popped(call.func, call.args[0], mapping) for call in calls}
    out = tuple(sorted(name for name in names if name in aside or (known and name not in used)))
    return Op(WITHOUT, (mapping, *map(Const, out))) if out else mapping


def _popped(func: Term, name: Term, mapping: Param) -> str:
    popped = isinstance(func, Attr) and func.name == "pop" and strip(func.base) == mapping
    return name.value if popped and isinstance(name, Const) and isinstance(name.value, str) else ""
