"""Functions that are handed to others which call them: what is around such a call is around the place where it is handed in too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.values import FunctionValue
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Param, Ref, Term, strip


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A call that hands a function on: call site `site` of one function gives `function` to `taker`, which calls it at sites `inside`, by
    itself or by a function inside it."""

    function: str
    site: int
    taker: str
    inside: tuple[int, ...]


def handed_in(facts: Mapping[str, FunctionFacts], resolver: Resolver) -> dict[str, tuple[HandedIn, ...]]:
    """What each function hands to others that call it."""
    calling = _called(facts)
    found = {full: tuple(_of(full, one, calling, resolver)) for full, one in facts.items()} if calling else {}
    return {full: given for full, given in found.items() if given}


def taker(full: str, func: Term) -> str:
    """The function that was handed what a call in `full` calls: that one, or the one around it; "" where it is called by its own name."""
    inner = strip(func)
    outer = inner.name.rpartition(".")[0] if isinstance(inner, Ref) else ""
    return full if isinstance(inner, Param) else outer if outer and full.startswith(f"{outer}.") else ""


def _called(facts: Mapping[str, FunctionFacts]) -> dict[str, dict[str, list[int]]]:
    """The parameters that functions call, and where; also where a function calls one inside it that does."""
    found: dict[str, dict[str, list[int]]] = {}
    for full, one in facts.items():
        for site in one.calls:
            outer, func = taker(full, site.func), strip(site.func)
            if outer in facts and isinstance(func, (Param, Ref)):
                places = found.setdefault(outer, {}).setdefault(func.name.rpartition(".")[2], [])
                places += [site.index] if outer == full else [above.index for above in facts[outer].calls if above.func == Ref(full)]
    return {full: {name: places for name, places in called.items() if places} for full, called in found.items()}


def _of(full: str, facts: FunctionFacts, calling: Mapping[str, Mapping[str, list[int]]], resolver: Resolver) -> Iterator[HandedIn]:
    for site in facts.calls:
        for target in resolver.resolve(full, site).targets if _hands_something(site) else ():
            called = calling.get(target.full, {})
            values = resolver.bind(target, site).values if called else {}
            for name, inside in called.items():
                for value in resolver.inference.infer(values[name], full) if name in values else ():
                    if isinstance(value, FunctionValue):
                        yield HandedIn(value.full, site.index, target.full, tuple(inside))


def _hands_something(site: CallSite) -> bool:
    return bool(site.args or site.kwargs or site.spread)
