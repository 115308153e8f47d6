"""Whether the manager of a Django model may leave rows out: then its `get_or_create` makes a second one of a key that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.repair.rewrite.file.source import CannotRepair, Sources

NAMES = re.compile(r"\b[A-Za-z_]\w*\b")
_OBJECTS = re.compile(r"^[ \t]+objects\s*(?::[^=\n]+)?=\s*([^\n]+)", re.MULTILINE)
_FILTERS = re.compile(r"^[ \t]+def get_quer(?:yset|y_set)\b", re.MULTILINE)
_OF_LIBRARIES = frozenset({"CurrentSiteManager"})


def leaving_out(sources: Sources, model: str) -> str:
    """The class of the manager `objects` of a model, or of one above it, that asks for some of the rows; "" when it is for all.

    Classes are known by their names: of two with one name, either counts.
    """
    seen: set[str] = set()
    asked = [model]
    while asked:
        name = asked.pop()
        for head, body in classes(sources, name) if name not in seen else ():
            found = _OBJECTS.search(body)
            narrow = next((one for one in NAMES.findall(found[1]) if _filters(sources, one, set())), "") if found else ""
            if narrow:
                return str(narrow)
            asked += () if found else NAMES.findall(head)
        seen.add(name)
    return ""


def _filters(sources: Sources, name: str, seen: set[str]) -> bool:
    """Whether a class of that name, or one above it, changes which rows are asked for."""
    if name in _OF_LIBRARIES:
        return True
    if name in seen or not name[:1].isupper():
        return False
    seen.add(name)
    return any(
        _FILTERS.search(body) or any(_filters(sources, one, seen) for one in NAMES.findall(head)) for head, body in classes(sources, name)
    )


def classes(sources: Sources, name: str) -> Iterator[tuple[str, str]]:
    """What stands in the brackets of each class of a name, and its body."""
    if not name[:1].isupper():
        return
    sign = re.compile(rf"^class {name}\b(?:\(([^)]*)\))?:[^\n]*\n((?:[ \t][^\n]*\n|[ \t]*\n)*)", re.MULTILINE)
    for path in sources.where(rf"^class {name}\b"):
        try:
            text = sources.text(path)
        except CannotRepair:
            continue
        yield from ((found[1] or "", found[2]) for found in sign.finditer(text))
