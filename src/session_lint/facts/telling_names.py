"""Names that tell of a lock, and of the error for a row that is there already: of whatever library, they are called so."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LOCKS = frozenset({"lock", "locks", "rlock", "mutex", "mutexes", "locked", "filelock", "redlock"})
_CONFLICT = re.compile(r"Integrity|Unique|Duplicate|AlreadyExists|Conflict")


def names_lock(name: str) -> bool:
    """Whether one of the words of a name is that for a lock."""
    return any(word.lower() in _LOCKS for word in _WORDS.findall(name))


def names_conflict(name: str) -> bool:
    """Whether a name is that of an error for a row that is there already."""
    return _CONFLICT.search(name) is not None
