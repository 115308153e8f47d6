"""The names a piece of source text mentions, read with one regular expression.

The syntax tree tells where functions, loops and imports are; the names inside them are read from the text, because a
walk over every expression node costs more than the parse itself. The error is on the safe side: a name may be listed
that is not called (from an f-string, a shadowed local), never the other way round.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

_STRING = (
    r"[bBrRuUfFtT]{0,2}(?:"
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')"
)
_NAME = r"\.?[^\W\d]\w*(?:\s*(?:[(,)\]}]|=(?!=)))?"
_TOKEN = re.compile(rf"#[^\n]*|{_STRING}|{_NAME}", re.DOTALL)
_BARE_TOKEN = re.compile(_NAME)
_REPLACEMENT_FIELD = re.compile(r"\{([^{}]+)\}?")
_COMPREHENSION = re.compile(r"\bfor\b|\bmap\s*\(|map\(", re.IGNORECASE)

# A builtin that can hand a callable on still leaves the callable itself mentioned, so no builtin is worth listing.
_NEVER = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"self", "cls"}


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text mentions: names called or handed on, attributes read, and those called twice."""

    calls: frozenset[str]
    reads: frozenset[str]
    repeated: frozenset[str]
    is_generator: bool


def tokens(text: str) -> list[str]:
    """Every name in the text with the character that follows it, strings and comments left out, f-strings looked into."""
    found = _TOKEN.findall(text)
    plain: list[str] = []
    for token in found:
        last = token[-1]
        if last in "\"'":
            quote = min(i for i in (token.find('"'), token.find("'")) if i >= 0)
            if quote and not set(token[:quote]).isdisjoint("fFtT"):
                if token.count("{") != token.count("}"):
                    return _BARE_TOKEN.findall(text)  # quotes of one kind nested in a field: the strings cannot be told apart
                for inside in _REPLACEMENT_FIELD.findall(token):
                    plain += _BARE_TOKEN.findall(inside)
        elif token[0] != "#":
            plain.append(token)
    return plain


def has_repetition(text: str) -> bool:
    """Whether a text may run an expression several times without a loop statement: a comprehension or a `map`."""
    return _COMPREHENSION.search(text) is not None


def mentions(text: str, loops: Iterable[str], local: frozenset[str], aliases: dict[str, str], intern: dict[str, str]) -> Mentions:
    """What `text` mentions.

    `loops` are the parts of it that may run several times, `local` the names bound in the function (which can only mean
    what was assigned to them, and that is in the text), `aliases` the names imported `as` another. `intern` makes one
    object of equal strings.
    """
    found = tokens(text)
    calls: set[str] = set()
    reads: set[str] = set()
    _sort(set(found), calls, reads, local)
    repeated: set[str] = set()
    for part in loops:
        _sort(set(tokens(part)), repeated, set(), local)
    _sort(_twice(found), repeated, set(), local)
    calls.update([aliases[name] for name in calls & aliases.keys()])
    repeated.update([aliases[name] for name in repeated & aliases.keys()])
    keep = intern.setdefault
    return Mentions(
        calls=frozenset([keep(name, name) for name in calls]),
        reads=frozenset([keep(name, name) for name in reads]),
        repeated=frozenset([keep(name, name) for name in repeated]),
        is_generator="yield" in found or "yield(" in found,
    )


def _twice(found: list[str]) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for token in found:
        name = token.rstrip("(,)]}= \t\n").lstrip(".")
        if name in seen:
            twice.add(token)
        elif token[-1] != "=":
            seen.add(name)
    return twice


def _sort(found: set[str], calls: set[str], reads: set[str], local: frozenset[str]) -> None:
    """Put each token where it belongs: called or handed on, read as an attribute, or of no interest."""
    for token in found:
        last = token[-1]
        if last == "=":
            continue
        if last in "(,)]}":
            name = token[:-1].rstrip()
        else:
            name, last = token, ""
        if name[0] == ".":
            (calls if last else reads).add(name[1:])
        elif name not in local and name not in _NEVER:
            calls.add(name)
