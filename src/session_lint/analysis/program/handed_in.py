"""Functions that are handed to others which call them: what is around such a call is around the place where it is handed in too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Param, strip


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A call that hands a function on: call site `site` of one function gives `function` to `taker`, which calls it at sites `inside`."""

    function: str
    site: int
    taker: str
    inside: tuple[int, ...]


def handed_in(facts: Mapping[str, FunctionFacts], resolver: Resolver) -> dict[str, tuple[HandedIn, ...]]:
    """What each function hands to others that call it."""
    calling = {full: called for full, one in facts.items() if (called := _called(one))}
    found = {full: tuple(_of(full, one, calling, resolver)) for full, one in facts.items()} if calling else {}
    return {full: given for full, given in found.items() if given}


def _called(facts: FunctionFacts) -> dict[str, tuple[int, ...]]:
    """The parameters that a function calls, and where."""
    found: dict[str, list[int]] = {}
    for site in facts.calls:
        func = strip(site.func)
        if isinstance(func, Param):
            found.setdefault(func.name, []).append(site.index)
    return {name: tuple(sites) for name, sites in found.items()}


def _of(full: str, facts: FunctionFacts, calling: Mapping[str, Mapping[str, tuple[int, ...]]], resolver: Resolver) -> Iterator[HandedIn]:
    for site in facts.calls:
        for target in resolver.resolve(full, site).targets if _hands_something(site) else ():
            called = calling.get(target.full, {})
            values = resolver.bind(target, site).values if called else {}
            for name, inside in called.items():
                for value in resolver.inference.infer(values[name], full) if name in values else ():
                    if isinstance(value, FunctionValue):
                        yield HandedIn(value.full, site.index, target.full, inside)


def _hands_something(site: CallSite) -> bool:
    return bool(site.args or site.kwargs or site.spread)
