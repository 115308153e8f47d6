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
# A whole dotted name; with a dot in front when it goes on from a call or an index, with the character that follows it.
_NAME = r"(?:super\(\)\.|\.)?[^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\s*(?:[(,)\]}]|=(?!=)))?"
# Comments and plain strings match outside the group, so they come back as "".
_TOKEN = re.compile(rf"#[^\n]*|[bBrRuU]{{0,2}}{_QUOTED}|({_FORMATTED}|{_NAME})", re.DOTALL)
_BARE_TOKEN = re.compile(_NAME)
# What follows the verb tells a statement from a sentence: "Update failed", "with care". A quote ends the first of several pieces.
_VERBS = (
    r"select\b|truncate\b|begin\b"
    r"|insert(?=\s+(?:['\"{%]|(?:into|or|ignore|overwrite|low_priority|delayed|high_priority)\b))"
    r"|update(?=\s+(?:['\"{%]|[^\s'\"]+\s+['\"{%]|[^'\"]{0,300}?\bset\b))"
    r"|delete(?=\s+(?:['\"{%]|[^\s'\"]+\s+['\"{%]|[^'\"]{0,100}?\bfrom\b))"
    r"|replace(?=\s+(?:['\"{%]|into\b))"
    r"|merge(?=\s+(?:['\"{%]|into\b|[^\s'\"]+\s+(?:as|using)\b))"
    r"|with(?=\s+(?:['\"{%]|(?:recursive\s+)?[^\s(]+\s*(?:\([^)]*\)\s*)?as\b))"
)
_ANSWER = re.compile(r"\bon\s+(?:conflict|duplicate\s+key)\b|\binsert\s+(?:or\s+)?(?:ignore|replace)\b|\breplace\s+into\b", re.IGNORECASE)
_STATEMENT = re.compile(rf"""['";]\s*(?:--[^\n]*\n\s*)*({_VERBS})""", re.IGNORECASE)
_RETURN = re.compile(r"\b(?:return|yield)\b[ \t]*[^\s#;]")
_SPREAD = re.compile(r"[(,{]\s*\*\*([^\W\d]\w*)\s*[,)}]")
_REPLACEMENT_FIELD = re.compile(r"\{([^{}]+)\}?")

# A builtin that can hand a callable on still leaves the callable itself mentioned, so no builtin is worth listing.
_ITSELF = frozenset({"self", "cls", "super()"})
BUILTINS = frozenset(dir(builtins))
_NEVER = frozenset(keyword.kwlist) | BUILTINS | {"self", "cls"}

NOTHING: frozenset[str] = frozenset()  # most of the sets of names are empty: one object for all of them


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text mentions: names called or handed on, attributes read, those of either that may happen twice, and each as
    it is written (FunctionIndex.said)."""

    calls: frozenset[str]
    reads: frozenset[str]
    repeated: frozenset[str]
    said: tuple[str, ...]
    is_generator: bool
    returns_value: bool
    spread: frozenset[str] = NOTHING  # names behind `**`


def tokens(text: str) -> Counter[str]:
    """Every dotted name in the text with the character that follows it, counted; strings and comments left out, f-strings looked into."""
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


def statements(text: str) -> frozenset[str]:
    """How texts inside the text start, where they start like SQL: "sql insert". One that starts with WITH may be anything.

    "sql conflict" for an insert that says what becomes of a row that is there already.
    """
    found = {verb.lower() for verb in _STATEMENT.findall(text)}
    if "with" in found:
        found |= {"select", "insert", "update", "delete"}
    if found & {"insert", "replace"} and _ANSWER.search(text):
        found.add("conflict")
    return frozenset([f"sql {verb}" for verb in found])


def has_repetition(text: str) -> bool:
    """Whether a text may run an expression several times: a comprehension, a loop, or a `map`."""
    return "for " in text or "map(" in text or "for(" in text or "for\n" in text or "for\t" in text


def mentions(
    text: str,
    loops: Iterable[str],
    local: frozenset[str],
    aliases: dict[str, str],
    intern: dict[str, str],
    captured: frozenset[str] = NOTHING,
) -> Mentions:
    """What `text` mentions.

    `loops` are the parts of it that may run several times. `local` are the names bound in the function: they can only mean
    what was assigned to them, and that is in the text; one that is called stays, since it may be a parameter. `captured` are
    those of the functions around. `aliases` are the names imported `as` another. `intern` makes one object of equal strings.
    """
    found = tokens(text)
    sorter = _Sorter(local, captured)
    sorter.add(found)
    calls, reads = sorter.calls, sorter.reads
    repeated = {name for counts in (calls, reads) for name, times in counts.items() if times > 1}
    for part in loops:
        again = _Sorter(local, captured)
        again.add(tokens(part))
        repeated.update(again.calls)
        repeated.update(again.reads)
    names, said = set(calls), sorter.said
    if aliases:
        real = [aliases[name] for name in names & aliases.keys()]
        names.update(real)
        said.update(real)
        said.update([aliases[form[:-1]] + "(" for form in said if form[-1] == "(" and form[:-1] in aliases])
        said.update([aliases[head] + dot + rest for form in said for head, dot, rest in (form.partition("."),) if dot and head in aliases])
        repeated.update([aliases[name] for name in repeated & aliases.keys()])
    keep = intern.setdefault
    return Mentions(
        calls=frozenset([keep(name, name) for name in names]) if names else NOTHING,
        reads=frozenset([keep(name, name) for name in reads]) if reads else NOTHING,
        repeated=frozenset([keep(name, name) for name in repeated]) if repeated else NOTHING,
        said=tuple(sorted([keep(name, name) for name in said])),
        is_generator="yield" in found or "yield(" in found or "yield (" in found,
        returns_value=_RETURN.search(text) is not None,
        spread=frozenset(_SPREAD.findall(text)) if "**" in text else NOTHING,
    )


class _Sorter:
    """Puts each token where it belongs: called or handed on (with how often), read as an attribute, or of no interest."""

    __slots__ = ("calls", "local", "objects", "reads", "said")

    def __init__(self, local: frozenset[str], captured: frozenset[str]) -> None:
        self.local = local
        self.objects = local | captured if captured else local
        self.calls: dict[str, int] = {}
        self.reads: dict[str, int] = {}
        self.said: set[str] = set()

    def add(self, found: Counter[str]) -> None:
        """Sort all tokens of a text."""
        for token, times in found.items():
            last = token[-1]
            if last in "(,)]}=":
                token = token[:-1].rstrip()
            else:
                last = ""
            if "." in token:
                self._dotted(token, last, times)
            elif token not in _NEVER and last != "=" and (last == "(" or token not in self.local):
                self.calls[token] = self.calls.get(token, 0) + times
                self.said.add(token + "(" if last == "(" else token)
            elif token == "cls" and last == "(":
                self.said.add("cls(")  # an object of the class is made, of whichever it is

    def _dotted(self, token: str, last: str, times: int) -> None:
        receiver, *names = token.split(".")
        if receiver and receiver not in _ITSELF:
            if receiver in self.objects:
                receiver = ":" + receiver
            elif receiver not in _NEVER:
                self.calls[receiver] = self.calls.get(receiver, 0) + times
                self.said.add(receiver)
        final = names.pop()
        for name in names:
            self.reads[name] = self.reads.get(name, 0) + times
            self.said.add(f"{receiver}.{name}")
            receiver = "." + name
        if last != "=":
            into = self.calls if last else self.reads
            into[final] = into.get(final, 0) + times
            self.said.add(f"{receiver}.{final}(" if last == "(" else f"{receiver}.{final}")
