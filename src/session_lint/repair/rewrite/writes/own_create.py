"""Whether a manager of a Django model has a `create` of its own, which its `get_or_create` does not call."""

from __future__ import annotations

import re

from session_lint.repair.rewrite.file.source import Sources
from session_lint.repair.rewrite.statements import managers
from session_lint.repair.rewrite.writes import hooks

_MADE = re.compile(r"^[ \t]+\w+\s*(?::[^=\n]+)?=\s*((?:[\w.]*\.)?[A-Z]\w*(?:\.\w+)?\([^\n]*)", re.MULTILINE)
_FIELD = re.compile(r"(?:Field|Key|Constraint|Index|Relation)$")
_CREATES = r"^[ \t]+(?:async )?def a?create\("
_CREATE = re.compile(_CREATES, re.MULTILINE)


def of(sources: Sources, model: str) -> str:
    """The class of a manager of a model, or of one above it, with a `create` of its own, as a message has it; "" for none.

    Of a model that is not in the project, any such manager of the project.
    """
    if not sources.search(_CREATES):
        return ""
    found = False
    seen: set[str] = set()
    asked = [model]
    while asked:
        name = asked.pop()
        for head, body in managers.classes(sources, name) if name not in seen else ():
            found = True
            made = {one for value in _MADE.findall(body) for one in managers.NAMES.findall(value) if not _FIELD.search(one)}
            own = next((one for one in sorted(made) if _creates(sources, one, set())), "")
            if own:
                return f"`{own}`"
            asked += managers.NAMES.findall(head)
        seen.add(name)
    return "" if found or not sources.search(hooks.method("a?create", r"\w+\([^)\n]*Manager")) else "a manager of the project"


def _creates(sources: Sources, name: str, seen: set[str]) -> bool:
    """Whether a class of that name, or one above it, has a `create`."""
    if name in seen or not name[:1].isupper():
        return False
    seen.add(name)
    return any(
        _CREATE.search(body) or any(_creates(sources, one, seen) for one in managers.NAMES.findall(head))
        for head, body in managers.classes(sources, name)
    )
