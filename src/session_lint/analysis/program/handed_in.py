"""Functions that are handed to others which call them: what is around such a call is around the place where it is handed in too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.substitution import behind_partial
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Param, Ref, Term, strip

Inside: TypeAlias = Callable[[str], frozenset[int]]  # the call sites of a function that have something around them
_Taken: TypeAlias = tuple[str, str]  # a function, and a parameter of it or a function inside it


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A call that hands a function on: call site `site` of one function gives `function` to `taker`, as its parameter `name`."""

    function: str
    site: int
    taker: str
    name: str


@dataclass(frozen=True, slots=True)
class _Way:
    """How something comes to be called: by a call site of a function, which hands it to one of `on` or stands in one of these."""

    full: str
    site: int
    on: tuple[_Taken, ...] = ()


class Takers:
    """The functions of one program that call what they are handed: by themselves, by a function inside them, or by one that they hand
    it on to."""

    def __init__(self, facts: Mapping[str, FunctionFacts], resolver: Resolver) -> None:
        self._facts = facts
        self._resolver = resolver
        self._ways: dict[_Taken, list[_Way]] = {}
        self._handing: dict[str, list[tuple[str, CallSite, Target]]] = {}  # the calls of each function that hand something over
        self._collect()

    def handed_in(self) -> dict[str, list[HandedIn]]:
        """What each function hands to others that call it."""
        found: dict[str, list[HandedIn]] = {}
        for taken in self._ways:
            for full, site, value in self._given(taken):
                if not isinstance(value, Param):  # else it counts where that one is handed in
                    functions = (one.full for one in self._resolver.inference.infer(value, full) if isinstance(one, FunctionValue))
                    found.setdefault(full, []).extend(HandedIn(function, site, *taken) for function in functions)
        return found

    def reached(self, one: HandedIn) -> frozenset[str]:
        """The functions that call what was handed in there, or hand it on."""
        seen: set[_Taken] = set()
        work = [(one.taker, one.name)]
        while work:
            if (taken := work.pop()) not in seen:
                seen.add(taken)
                work += [on for way in self._ways.get(taken, ()) for on in way.on]
        return frozenset(full for full, _ in seen)

    def is_inside(self, one: HandedIn, inside: Inside) -> bool:
        """Whether each call of what was handed in there has something around it, in the functions that it is handed to."""
        return self._always((one.taker, one.name), inside, frozenset())

    def _always(self, taken: _Taken, inside: Inside, seen: frozenset[_Taken]) -> bool:
        below = seen | {taken}
        return taken in seen or all(
            way.site in inside(way.full) or any(self._always(on, inside, below) for on in way.on) for way in self._ways[taken]
        )

    def _collect(self) -> None:
        """What functions call that they were handed, or that is inside them; then what is handed to these, and so on."""
        direct = [(full, site) for full, one in self._facts.items() for site in one.calls if taker(full, site.func) in self._facts]
        if not direct:
            return
        for full, facts in self._facts.items():
            for site in facts.calls:
                for target in self._resolver.resolve(full, site).targets if site.args or site.kwargs or site.spread else ():
                    self._handing.setdefault(target.full, []).append((full, site, target))
        work = [self._note(full, site.index, site.func) for full, site in direct]
        done: set[_Taken] = set()
        while work:
            taken = work.pop()
            if taken not in done:
                done.add(taken)
                given = self._given(taken)
                work += [self._note(full, site, value, taken) for full, site, value in given if taker(full, value) in self._facts]
        self._drop_unused()

    def _note(self, full: str, site: int, value: Term, *on: _Taken) -> _Taken:
        """Notes a way for what a function calls or hands on; gives whose it is."""
        inner = strip(value)
        assert isinstance(inner, (Param, Ref))
        home = taker(full, inner)
        around = tuple((one.rpartition(".")[0], one.rpartition(".")[2]) for one in _inside(full, home))
        taken = home, inner.name.rpartition(".")[2]
        self._ways.setdefault(taken, []).append(_Way(full, site, (*on, *around)))
        return taken

    def _given(self, taken: _Taken) -> Iterator[tuple[str, int, Term]]:
        """The call sites that give a function something for a parameter, each with what that is."""
        full, name = taken
        for caller, site, target in self._handing.get(full, ()):
            value = self._resolver.bind(target, site).values.get(name)
            if value is not None:
                yield caller, site.index, behind_partial(value)[0]

    def _drop_unused(self) -> None:
        """Forgets what only functions call of which nothing tells who calls them."""
        while unused := {taken for taken, ways in self._ways.items() if any(on not in self._ways for way in ways for on in way.on)}:
            for taken in unused:
                del self._ways[taken]


def taker(full: str, func: Term) -> str:
    """The function that was handed what a call in `full` calls: that one, or one around it; "" where it is called by its own name."""
    inner = strip(func)
    outer = inner.name.rpartition(".")[0] if isinstance(inner, Ref) else ""
    inside = f"{full}.".startswith(f"{outer}.") if outer else False
    return full if isinstance(inner, Param) else outer if inside else ""


def _inside(full: str, home: str) -> Iterator[str]:
    """A function inside another one, and those between the two."""
    while full != home:
        yield full
        full = full.rpartition(".")[0]
