"""Values that are made on the spot, so that no other request has the same: a random name, an identifier, the time to the second."""

from __future__ import annotations

import re

from session_lint.analysis.program.keys import anew, name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.facts.terms import Attr, Invoke, Ref, Term, strip, walk

_MAKING = re.compile(
    r"uuid|ulid|nanoid|random|randint|^choices?$|token_(?:hex|urlsafe|bytes)|urandom|^(?:utc)?now$|^time(?:_ns)?$|monotonic"
)


def is_fresh(value: Term, linker: Linker) -> bool:
    """Whether a value is made on the spot. A day is not: other requests of that day have it."""
    inner = strip(value)
    if isinstance(inner, Invoke) and isinstance(inner.func, Attr) and inner.func.name in ("date", "isocalendar"):
        return False
    return anew(inner) or any(isinstance(part, Invoke) and _makes(part, linker) for part in walk(inner))


def _makes(call: Invoke, linker: Linker) -> bool:
    """Whether a call makes a value up, or is one of a function of the project that asks no database and does: `new_name()`."""
    if _MAKING.search(name_of(call.func) or ""):
        return True
    function = linker.symbols.lookup(call.func.name) if isinstance(call.func, Ref) else None
    if not isinstance(function, FunctionSymbol) or not any(map(_MAKING.search, function.index.calls)):
        return False
    walked = linker.walks.get(function.full)
    return walked is None or not any(event.effect is not None for event in walked.events)
