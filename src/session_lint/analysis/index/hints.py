"""What an effect is on, by the names that a function says."""

from __future__ import annotations

import re
from functools import cache

from session_lint.analysis.index.kinds import ANY, Fitting
from session_lint.facts.telling_names import CLASS_HOLDER

_CLASS = re.compile(r"_*[A-Z]\w*[a-z]\w*$|[A-Z]$|[A-Z]{2,4}$")
_HELD_CLASS = re.compile(rf"{CLASS_HOLDER}|(?:\w*_)?self")


def hints_of(one: Fitting, text: str) -> set[str]:
    """What an effect can be on; ANY when names do not tell; nothing when it must be on what is not there."""
    if one.on_text:
        return {f"@{one.on_text}"}
    found: set[str] = set()
    if one.on_class:
        names = compiled(one.on_class).findall(text)
        found.update([name for name in names if _CLASS.match(name)])
        if any(not _CLASS.match(name) and _HELD_CLASS.fullmatch(name) for name in names):
            return {ANY}
        if not found and one.on_class == one.says:
            return found
    if one.on_attribute:
        relations = set(compiled(one.on_attribute).findall(text))
        others = {name for name in relations if _is_foreign(name, text)} if one.foreign else relations
        if relations and not others:
            return set()
        found |= others
    return found or {ANY}


def _is_foreign(name: str, text: str) -> bool:
    """Whether an attribute or local is said on something that is neither self nor a name of the module."""
    return f":{name}." in text or compiled(rf"[.:]\w+\.{name}[ (]| \.{name}[ (]").search(text) is not None


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A regular expression of a library model, made once."""
    return re.compile(pattern)
