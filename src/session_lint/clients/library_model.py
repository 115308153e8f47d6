"""The contract of a library model: a file that teaches the analysis what the calls of one database client do."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from session_lint.facts.effects import Advice, Effect, EffectKind, Scope
from session_lint.facts.terms import Invoke, Term


def _says_nothing(_term: Term) -> tuple[Term, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class FileContext:
    """What a model may know of the file a call stands in: the dotted modules and names it imports, anywhere in it.

    `origins` gives what a term of the function stands for elsewhere in the file: of a parameter a call of the class it is
    annotated with, of an attribute of self what the class stores in it, of a variable of the module its value.
    """

    imports: frozenset[str]
    role: Callable[[Term], str] = lambda _term: ""  # what a receiver is known to be, by value: the role of a Handle; "other": no handle
    origins: Callable[[Term], tuple[Term, ...]] = field(default=_says_nothing, compare=False, repr=False)

    @property
    def parts(self) -> frozenset[str]:
        """The components of the imported names, lower-case."""
        return frozenset([part for name in self.imports for part in name.lower().split(".")])

    def imports_any(self, *packages: str) -> bool:
        """Whether the file imports one of the packages, or something inside them."""
        return not _prefixes(self.imports).isdisjoint(packages)


@lru_cache(maxsize=256)
def _prefixes(imports: frozenset[str]) -> frozenset[str]:
    """Each name with everything that it is inside of: "a.b.c" is inside of "a.b" and "a"."""
    found = set(imports)
    for name in imports:
        end = name.rfind(".")
        while end > 0:
            found.add(name[:end])
            end = name.rfind(".", 0, end)
    return frozenset(found)


_NAME = re.compile(r"[A-Za-z]\w{4,}")
_BITS = {EffectKind.OBTAIN: 1, EffectKind.INSERT: 2, EffectKind.UPSERT: 18, EffectKind.CLEAR: 4, EffectKind.READ: 8}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What must be seen of a function and its file for calls of `methods` to have an effect of a `kind`.

    All conditions that are given must hold. `packages`: the file imports one of them, or something of a module with one
    of the `parts` in its dotted name. `without`: it imports none of them. `says`: a regular expression found in the names
    the function says, as written (FunctionIndex.said), sorted, one after the other between spaces. `words`: one of these
    is among the prefilter words of the function, or among what the text constants of the module start with ("sql insert").

    What the effect is on, so that two on different things need not be taken for a pair: `on_class` and `on_attribute` are
    regular expressions for the same names whose groups are the mapped classes, and the relations. `on_text`: the client
    names its tables or keys by text; a word for them all. Where nothing is found the effect may be on anything but text,
    or, where `on_class` is what `says` asks for, there is none. `foreign`: no relation of self or cls, or of a name of the
    module. `answers`: an insert that says what becomes of a row that is there already.
    """

    methods: frozenset[str]
    kind: EffectKind
    packages: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    says: str = ""
    words: tuple[str, ...] = ()
    on_class: str = ""
    on_attribute: str = ""
    on_text: str = ""
    foreign: bool = False
    answers: bool = False

    @property
    def bits(self) -> int:
        """The kind as a number: obtain 1, insert 2, clear 4, read 8; an upsert is an insert, and 16; 64 for one that answers."""
        return _BITS[self.kind] | (64 if self.answers else 0)

    @property
    def asks(self) -> tuple[tuple[str, ...], ...]:
        """What it asks of a file."""
        return (self.packages, self.parts, self.without)

    def fits(self, imports: frozenset[str]) -> bool:
        """Whether a file that imports these has what is asked of it."""
        context = FileContext(imports)
        if self.without and context.imports_any(*self.without):
            return False
        if not self.packages and not self.parts:
            return True
        if self.packages and context.imports_any(*self.packages):
            return True
        return bool(self.parts) and not context.parts.isdisjoint(self.parts)


@dataclass(frozen=True, slots=True)
class Handle:
    """What a value of a client is, known by where it comes from and not by what it is called.

    `origin`: a regular expression for the whole dotted name of a value with the calls that made it ("sqlite3.connect()",
    "sqlalchemy.create_engine().begin()"; an annotation `c: Connection` is "sqlite3.Connection()").
    `role`: "session", "connection", "cursor", "engine", "maker", "pipeline". `opens`: the call makes one that others do not have.
    `ends`: what the end of a `with` block of it does: "commit", "close" (what is not committed is lost), "" nothing.
    `transaction`: what runs in such a block is one transaction. `autocommit`: each statement is final at once; None: as the model says.
    """

    origin: str
    role: str
    opens: bool = False
    ends: str = ""
    transaction: bool = False
    autocommit: bool | None = None
    ambient: bool = False  # the transaction covers whatever runs inside, on any connection
    one_writer: bool = False  # one transaction keeps all other writers out (SQLite)


class LibraryModel(ABC):
    """One database client.

    `words` are lower-case substrings: any text in which `effects` or `scope` can find something contains at least one of
    them when lower-cased (the prefilter depends on it; a property test checks it). `methods` are the last components of
    the called names that `effects` wants to see ("execute", "delete"); a call of any other name is never handed over.
    `evidence` says more exactly where `methods` can have which effects, so that select need not take every call of a common
    name; it may allow too much, never too little (a test compares the two). Empty: anything, anywhere.
    `advice` is what to write instead, in the client's own idiom. `packages` are those whose import says that a project uses this client;
    empty where they are imported for other things as well, so that nothing is missing where no call of the client is recognised.
    """

    packages: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[tuple[str, ...]]
    methods: ClassVar[frozenset[str]]
    evidence: ClassVar[tuple[Evidence, ...]] = ()
    advice: ClassVar[Advice] = Advice()
    handles: ClassVar[tuple[Handle, ...]] = ()  # its connections, sessions and what they are made from
    waits: ClassVar[bool] = False  # what it writes is final only at a commit
    runs_on: ClassVar[str] = ""  # the role of what a call on a mapped class runs on: `db.query(Model)` shows that `db` is a session
    makers: ClassVar[frozenset[str]] = frozenset()  # the names of the calls that give what effects are on

    @property
    def openers(self) -> frozenset[str]:
        """The names in what its handles come from: a function that calls one of them may make or open a connection."""
        return self.makers.union(name for handle in self.handles for name in _NAME.findall(handle.origin.replace("\\w", " ")))

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
