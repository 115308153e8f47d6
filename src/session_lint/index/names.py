"""The names a piece of source text mentions, read with one regular expression.

The syntax tree tells where functions, loops and imports are; the names inside them are read from the text, because a
walk over every expression node costs more than the parse itself. The error is on the safe side: a name may be listed
that is not called (from an f-string, a shadowed local), never the other way round.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_QUOTED = (
    r'(?:"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')"
)
_FORMATTED = rf"(?:[fFtT][rR]?|[rR][fFtT]){_QUOTED}"
_NAME = r"\.?[^\W\d]\w*(?:\s*(?:[(,)\]}]|=(?!=)))?"
# Comments and plain strings match outside the group, so they come back as "".
_TOKEN = re.compile(rf"#[^\n]*|[bBrRuU]{{0,2}}{_QUOTED}|({_FORMATTED}|{_NAME})", re.DOTALL)
_BARE_TOKEN = re.compile(_NAME)
_REPLACEMENT_FIELD = re.compile(r"\{([^{}]+)\}?")

# A builtin that can hand a callable on still leaves the callable itself mentioned, so no builtin is worth listing.
_NEVER = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | {"self", "cls"}


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text mentions: names called or handed on, attributes read, and those of either that may happen twice."""

    calls: frozenset[str]
    reads: frozenset[str]
    repeated: frozenset[str]
    is_generator: bool


def tokens(text: str) -> Counter[str]:
    """Every name in the text with the character that follows it, counted; strings and comments left out, f-strings looked into."""
    found = Counter(_TOKEN.findall(text))
    del found[""]
    for token in [t for t in found if t[-1] in "\"'"]:
        times = found.pop(token)
        if token.count("{") != token.count("}"):
            return Counter(_BARE_TOKEN.findall(text))  # quotes of one kind nested in a field: the strings cannot be told apart
        for inside in _REPLACEMENT_FIELD.findall(token):
            for name in _BARE_TOKEN.findall(inside):
                found[name] += times
    return found


def has_repetition(text: str) -> bool:
    """Whether a text may run an expression several times: a comprehension, a loop, or a `map`."""
    return "for " in text or "map(" in text or "for(" in text or "for\n" in text or "for\t" in text


def mentions(text: str, loops: Iterable[str], local: frozenset[str], aliases: dict[str, str], intern: dict[str, str]) -> Mentions:
    """What `text` mentions.

    `loops` are the parts of it that may run several times. `local` are the names bound in the function: they can only mean
    what was assigned to them, and that is in the text; one that is called stays, since it may be a parameter. `aliases` are
    the names imported `as` another. `intern` makes one object of equal strings.
    """
    found = tokens(text)
    calls: dict[str, int] = {}
    reads: dict[str, int] = {}
    _sort(found, calls, reads, local)
    repeated = {name for counts in (calls, reads) for name, times in counts.items() if times > 1}
    for part in loops:
        again: dict[str, int] = {}
        _sort(tokens(part), again, again, local)
        repeated.update(again)
    names = set(calls)
    if aliases:
        names.update([aliases[name] for name in names & aliases.keys()])
        repeated.update([aliases[name] for name in repeated & aliases.keys()])
    keep = intern.setdefault
    return Mentions(
        calls=frozenset([keep(name, name) for name in names]),
        reads=frozenset([keep(name, name) for name in reads]),
        repeated=frozenset([keep(name, name) for name in repeated]),
        is_generator="yield" in found or "yield(" in found or "yield (" in found,
    )


def _sort(found: Counter[str], calls: dict[str, int], reads: dict[str, int], local: frozenset[str]) -> None:
    """Put each token where it belongs: called or handed on (with how often), read as an attribute, or of no interest."""
    for token, times in found.items():
        last = token[-1]
        if last in "(,)]}":
            name = token[:-1].rstrip()
            if name[0] == ".":
                name = name[1:]
            elif name in _NEVER or (name in local and last != "("):
                continue
        elif last == "=":
            continue
        elif token[0] == ".":
            reads[token[1:]] = reads.get(token[1:], 0) + times
            continue
        elif token in local or token in _NEVER:
            continue
        else:
            name = token
        calls[name] = calls.get(name, 0) + times
