"""What the settings of a Django project say of its requests."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Wiring
from session_lint.facts.terms import Const, Mapping, Ref, Term, walk

_TRUE = Const(value=True)
_STEPS = 3  # a table in a variable, in a variable ...


def is_atomic(wiring: Wiring) -> bool:
    """Whether a database is set up to run each view in a transaction: `ATOMIC_REQUESTS`, in any settings file."""
    mappings = (found for value in wiring.variables("DATABASES") for found in _mappings(value, wiring, _STEPS))
    return any(key == Const("ATOMIC_REQUESTS") and value == _TRUE for mapping in mappings for key, value in mapping.entries)


def _mappings(value: Term, wiring: Wiring, steps: int) -> Iterator[Mapping]:
    """The tables in a setting, also those that a variable holds: `DATABASES = {"default": main}`."""
    for part in walk(value):
        if isinstance(part, Mapping):
            yield part
        elif isinstance(part, Ref) and steps:
            for inner in wiring.variables(part.name.rpartition(".")[2]):
                yield from _mappings(inner, wiring, steps - 1)
