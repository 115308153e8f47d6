"""Values that are made on the spot, so that no other request has the same: a random name, an identifier, the time to the second."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.analysis.program.keys import anew, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.terms import Attr, Invoke, Term, strip, walk

_MAKING = re.compile(
    r"uuid|ulid|nanoid|random|randint|^choices?$|token_(?:hex|urlsafe|bytes)|urandom|^(?:utc)?now$|^time(?:_ns)?$|monotonic"
)


_DEEP = 6  # functions that each only hand on what the next one makes up


def is_fresh(value: Term, linker: Linker, full: str) -> bool:
    """Whether a value, in terms of function `full`, is made on the spot. A day is not: other requests of that day have it."""
    inner = strip(value)
    return not _is_day(inner) and (anew(inner) or _has_fresh(inner, linker, full, _DEEP))


def _is_day(value: Term) -> bool:
    return isinstance(value, Invoke) and isinstance(value.func, Attr) and value.func.name in ("date", "isocalendar")


def _has_fresh(value: Term, linker: Linker, full: str, depth: int) -> bool:
    return any(isinstance(part, Invoke) and _makes(part, linker, full, depth) for part in walk(value))


def _makes(call: Invoke, linker: Linker, full: str, depth: int) -> bool:
    """Whether a call makes a value up, or is one of a function of the project that asks no database and does: `new_name()`."""
    if _MAKING.search(name_of(call.func) or ""):
        return True
    if not depth:
        return False
    values = linker.resolver.inference.infer(call.func, full)
    called = [linker.symbols.functions.get(value.full) for value in values if isinstance(value, FunctionValue)]
    return bool(called) and all(one is not None and _gives(one, linker, depth - 1) for one in called)


def _gives(function: FunctionSymbol, linker: Linker, depth: int) -> bool:
    """Whether a function makes up what it returns: by itself, or by another one whose result that is."""
    walked = linker.walks.get(function.full)
    facts = linker.facts.get(function.full)
    returned = facts.returns if facts is not None else () if function.index.result is None else (function.index.result,)
    if (walked is not None and any(event.effect is not None for event in walked.events)) or any(map(_is_day, map(strip, returned))):
        return False
    if any(map(_MAKING.search, function.index.calls)):
        return True
    if any(_has_fresh(term, linker, function.full, depth) for term in returned):
        return True
    return depth > 0 and facts is None and not returned and any(_gives(one, linker, depth - 1) for one in _said(function, linker))


def _said(function: FunctionSymbol, linker: Linker) -> Iterator[FunctionSymbol]:
    """The functions of the project that one calls which was not looked into, by their names."""
    for form in function.index.said:
        head, _, name = form.removesuffix("(").rpartition(".")
        own = head == "self" and function.owner is not None
        found = linker.symbols.method(function.owner or "", name) if own else linker.symbols.lookup(f"{function.module}.{form[:-1]}")
        if form.endswith("(") and isinstance(found, FunctionSymbol):
            yield found
