"""What the settings of a Django project say of its requests."""

from __future__ import annotations

from session_lint.clients.framework import Wiring
from session_lint.facts.terms import Const, Mapping, walk

_TRUE = Const(value=True)


def is_atomic(wiring: Wiring) -> bool:
    """Whether a database is set up to run each view in a transaction: `ATOMIC_REQUESTS`, in any settings file."""
    mappings = (part for value in wiring.variables("DATABASES") for part in walk(value) if isinstance(part, Mapping))
    return any(key == Const("ATOMIC_REQUESTS") and value == _TRUE for mapping in mappings for key, value in mapping.entries)
