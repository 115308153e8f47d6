"""What the program asks of the library models when it knows more of a call than its own function says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from session_lint.facts.effects import Effect
from session_lint.facts.terms import Invoke, Term

Roles = Callable[[Term], str]  # what a receiver is known to be: "session", "connection", ..., "other"; "": nothing is known


class Handle(Protocol):
    """What a value of a client is, as a library model says it."""

    @property
    def role(self) -> str:
        """ "session", "connection", "cursor", "engine", "maker"."""

    @property
    def opens(self) -> bool:
        """Whether the call makes one that others do not have."""

    @property
    def ends(self) -> str:
        """What the end of a `with` block of it does: "commit", "close", "" nothing."""

    @property
    def transaction(self) -> bool:
        """Whether what runs in such a block is one transaction."""

    @property
    def ambient(self) -> bool:
        """Whether that transaction covers whatever runs inside, on any connection."""

    @property
    def one_writer(self) -> bool:
        """Whether one transaction keeps all other writers out."""

    @property
    def autocommit(self) -> bool | None:
        """Whether each statement is final at once; None: not known here."""


class Library(Protocol):
    """A library that makes methods of named statements."""

    @property
    def handed(self) -> bool:
        """Whether the connection is the first argument of the methods; else the object runs them itself."""


class Clients(Protocol):
    """The library models, for any file of the project."""

    @property
    def methods(self) -> frozenset[str]:
        """The last components of the called names that may have an effect."""

    @property
    def writing(self) -> frozenset[str]:
        """Those of them that may write, whatever they are called on or handed."""

    @property
    def looking(self) -> frozenset[str]:
        """Those of them that at most look something up."""

    @property
    def changing(self) -> frozenset[str]:
        """Names of libraries that stand for something else in each request: `flask.g`."""

    def read(self, module: str, call: Invoke, roles: Roles, driver: str = "") -> tuple[Effect, ...]:
        """The effects of a call that stands in a module. `driver`: a package that runs it, whatever the module imports."""

    def handle(self, origin: str) -> Handle | None:
        """What a value is that came of this: a dotted name with the calls that made it."""

    @property
    def runs_statements(self) -> bool:
        """Whether a library is in use that makes methods of named statements."""

    def library(self, origin: str) -> Library | None:
        """The library that makes methods of named statements of what came of this."""

    def runs_on(self, client: str) -> str:
        """The role of what the effects of a client run on, where they show it; "" where they do not."""

    def waits(self, client: str) -> bool:
        """Whether what a client writes is final only at a commit."""

    def of_package(self, package: str) -> frozenset[str]:
        """The clients whose mapped classes come from a package; none where it is no client's."""


class NoClients:
    """Nothing but what extract has read."""

    methods: frozenset[str] = frozenset()
    writing: frozenset[str] = frozenset()
    looking: frozenset[str] = frozenset()
    changing: frozenset[str] = frozenset()
    runs_statements = False

    def read(self, module: str, call: Invoke, roles: Roles, driver: str = "") -> tuple[Effect, ...]:
        """Nothing."""
        del module, call, roles, driver
        return ()

    def handle(self, origin: str) -> Handle | None:
        """None."""
        del origin
        return None

    def library(self, origin: str) -> Library | None:
        """None."""
        del origin
        return None

    def runs_on(self, client: str) -> str:
        """Nothing."""
        del client
        return ""

    def of_package(self, package: str) -> frozenset[str]:
        """None."""
        del package
        return frozenset()

    def waits(self, client: str) -> bool:
        """No."""
        del client
        return False
