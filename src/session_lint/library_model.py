"""The contract of a library model: a file that teaches the analysis what the calls of one database client do."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from session_lint.facts.effects import Advice, Effect, Scope
from session_lint.facts.terms import Invoke, Term


@dataclass(frozen=True, slots=True)
class FileContext:
    """What a model may know of the file a call stands in: the dotted modules and names it imports, anywhere in it."""

    imports: frozenset[str]

    def imports_any(self, *packages: str) -> bool:
        """Whether the file imports one of the packages, or something inside them."""
        return _any_of(self.imports, packages)


@lru_cache(maxsize=256)  # asked at every call of a file, about few packages
def _any_of(imports: frozenset[str], packages: tuple[str, ...]) -> bool:
    inside = tuple(f"{package}." for package in packages)
    return any(name in packages or name.startswith(inside) for name in imports)


class LibraryModel(ABC):
    """One database client.

    `words` are lower-case substrings: any text in which `effects` or `scope` can find something contains at least one of
    them when lower-cased (the prefilter depends on it; a property test checks it). `methods` are the last components of
    the called names that `effects` wants to see ("execute", "delete"); a call of any other name is never handed over.
    `advice` is what to write instead, in the client's own idiom.
    """

    words: ClassVar[tuple[str, ...]]
    methods: ClassVar[frozenset[str]]
    advice: ClassVar[Advice] = Advice()

    @property
    def stem(self) -> str:
        """The client's name: the stem of the file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    def effects(self, call: Invoke, context: FileContext) -> Iterator[Effect]:
        """The effects of a call, given as the term of its value; nothing when the model does not know it."""
        del call, context  # a model that says nothing knows no call
        yield from ()

    def scope(self, term: Term, context: FileContext) -> Scope | None:
        """The unit that `with term:` or the decorator `@term` opens, or None. `connection` is filled in by the caller
        from the `as` name when the model leaves it None."""
        del term, context  # nor any unit
        return None
