"""The names under which the functions of a file are kept: several of one name are several functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from session_lint.facts.module_index import FunctionIndex
from session_lint.facts.terms import Attr, Invoke, Term, dotted

_ACCESSORS = frozenset({"setter", "deleter"})
_KEEPING_NOTHING = ("builtins.", "typing.", "typing_extensions.", "functools.", "abc.", "contextlib.", "dataclasses.")


def kept_names(module: str, functions: Sequence[FunctionIndex]) -> Iterator[tuple[str, FunctionIndex]]:
    """Each function with the full name under which it is kept.

    A name is that of the last function that has it. One before it lives on where a decorator had it first: the route of a view, the
    handler of an event. A setter has the qualname of its property; what reads the property keeps the name.
    """
    last = {function.qualname: number for number, function in enumerate(functions) if not _accessor(function)}
    met: Counter[str] = Counter()
    for number, function in enumerate(functions):
        full, accessor = f"{module}.{function.qualname}", _accessor(function)
        if accessor:
            full = f"{full}@{accessor}"
        elif last[function.qualname] != number and any(map(_may_keep, function.decorators)):
            met[full] += 1
            full = f"{full}@{met[full]}"
        yield full, function


def _accessor(function: FunctionIndex) -> str:
    return next((one.name for one in function.decorators if isinstance(one, Attr) and one.name in _ACCESSORS), "")


def _may_keep(decorator: Term) -> bool:
    """Whether a decorator may keep the function that it is given: those of the standard library only wrap it."""
    name = dotted(decorator.func if isinstance(decorator, Invoke) else decorator) or ""
    return not name.startswith(_KEEPING_NOTHING)
