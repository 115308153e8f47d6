"""Conditions on what lies inside a column: `meta->>'file'`, `meta__file`, `meta.file` against a row whose `meta` is `{"file": ...}`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as Map

from session_lint.analysis.program.keys import name_of
from session_lint.facts.terms import Const, Invoke, Mapping, Term, strip

_STEP = re.compile(r"#?->>?|__|\.")
_WRITTEN_AS_JSON = {"dumps", "Json", "Jsonb", "JSON", "to_json", "cast"}
ABSENT = Const("absent")  # the new row has no such part


def steps(name: str) -> tuple[str, ...]:
    """The column and the keys below it; the name alone when it is a plain column."""
    return tuple(_STEP.split(name))


def inside(row: Map[str, Term], name: str, *, complete: bool) -> Term | None:
    """What the new row has at a path; ABSENT when it surely has nothing there, None when that cannot be told."""
    first, *keys = steps(name)
    if first not in row:
        return ABSENT if complete else None
    found: Term | None = row[first]
    for key in keys:
        found = _entry(found, key) if found is not None and found != ABSENT else found
    return found


def _entry(term: Term, key: str) -> Term | None:
    held = _mapping(term)
    if held is None:
        return None
    for name, value in reversed(held.entries):  # the latest wins
        if name is None:
            spread = _entry(value, key)
            if spread != ABSENT:
                return spread
        elif not isinstance(name, Const):
            return None
        elif str(name.value) == key:
            return value
    return ABSENT


def _mapping(term: Term) -> Mapping | None:
    inner = strip(term)
    while isinstance(inner, Invoke) and (name_of(inner.func) or "") in _WRITTEN_AS_JSON and inner.args:
        inner = strip(inner.args[0])
    if isinstance(inner, Const) and isinstance(inner.value, str):
        try:
            return _read(json.loads(inner.value))
        except ValueError:
            return None
    return inner if isinstance(inner, Mapping) else None


def _read(value: object) -> Mapping | None:
    """A JSON object as the display of a dict; values that are neither plain nor objects are left as their text."""
    if not isinstance(value, dict):
        return None
    return Mapping(tuple((Const(str(key)), _term(one)) for key, one in value.items()))


def _term(value: object) -> Term:
    if isinstance(value, dict):
        return _read(value) or Const(None)
    return Const(value) if value is None or isinstance(value, (str, int, float, bool)) else Const(json.dumps(value))
