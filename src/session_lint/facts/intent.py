"""What a repair starts from: the defect as the program found it, and the functions on its path."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.location import Place, Span
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained


@dataclass(frozen=True, slots=True)
class Definition:
    """A function on the path of a finding. `locked` says why its signature must stay as it is, "" when nothing known speaks for that.

    What can be seen at the definition itself (decorators, `*args`) is for the codemod to judge; `locked` is what only the whole
    program shows: an override, a protocol, a function that something else calls on the user's behalf.
    """

    full: str
    path: str
    name_span: Span  # the name in its `def`
    locked: str = ""


@dataclass(frozen=True, slots=True)
class CallLink:
    """A call of a chain: the functions it may enter, sorted; none for a call of a library.

    `indirect`: something else makes the call on the user's behalf (an executor, a dependency, a partial), or it calls what was handed in.
    """

    place: Place
    targets: tuple[str, ...]
    indirect: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """What a codemod is given. `definitions` are the functions named in the chains of `material`, sorted by `full`.

    `links` are the calls of the chains, sorted by place.
    """

    material: Repeat | Replacement | Check | Unconstrained
    definitions: tuple[Definition, ...] = ()
    links: tuple[CallLink, ...] = ()

    def definition(self, full: str) -> Definition | None:
        """The definition of a function by its full name; None for code outside functions, or outside the project."""
        return next((definition for definition in self.definitions if definition.full == full), None)

    def link(self, place: Place) -> CallLink:
        """What the call at a place may enter; nothing when it is on no chain."""
        return next((link for link in self.links if link.place == place), CallLink(place, ()))
