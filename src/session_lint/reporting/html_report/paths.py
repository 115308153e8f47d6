"""The two ways of a finding: from the function where both halves meet to the one end and to the other."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import ChainStep, Finding
from session_lint.facts.location import Place
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained
from session_lint.known.identity import local_name


@dataclass(frozen=True, slots=True)
class Box:
    """A function on the way; `place` is its definition, or where it is left when that is not known."""

    name: str
    full: str
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """What leads from one box to the next, or happens in the last one."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Way:
    """One branch below the meeting function: a call before each of the `boxes`, and what happens at the `end`, in the last one."""

    calls: tuple[Call, ...]
    boxes: tuple[Box, ...]
    end: Call
    title: str


@dataclass(frozen=True, slots=True)
class Paths:
    """The function where the halves meet, and one or two ways from it."""

    meeting: Box
    ways: tuple[Way, ...]


def paths(finding: Finding) -> Paths | None:
    """What there is to draw; None for a finding without a call path."""
    chains = [(title, chain) for title, chain in _chains(finding) if chain]
    if not chains:
        return None
    return Paths(_box(finding, chains[0][1][0]), tuple(_way(finding, title, chain) for title, chain in chains))


def _chains(finding: Finding) -> tuple[tuple[str, tuple[ChainStep, ...]], ...]:
    material = finding.intent.material if finding.intent is not None else None
    if isinstance(material, Replacement):
        return ("retired" if material.soft else "cleared", material.clear_chain), ("inserted again", material.chain)
    if isinstance(material, Check):
        return ("looked up", material.look_chain), ("inserted", material.chain)
    if isinstance(material, Unconstrained):
        return (("got or created", material.chain),)
    if isinstance(material, Repeat):
        second = material.again_chain or material.chain
        if material.shape == "loop" and material.first_chain == second:
            return (("obtained in every turn", second),)
        if material.shape == "concurrent":
            return ("obtained", material.first_chain), ("obtained at the same time", second)
        return ("in hand from here" if material.shape == "omitted" else "obtained first", material.first_chain), ("obtained again", second)
    return (("reported here", finding.chain),)


def _way(finding: Finding, title: str, chain: tuple[ChainStep, ...]) -> Way:
    *leading, last = chain
    return Way(
        tuple(Call(step.note, step.place) for step in leading),
        tuple(_box(finding, step) for step in chain[1:]),
        Call(last.note, last.place),
        title,
    )


def _box(finding: Finding, step: ChainStep) -> Box:
    definition = finding.intent.definition(step.function) if finding.intent is not None else None
    place = step.place if definition is None else Place(definition.path, definition.name_span)
    return Box(local_name(step), step.function, place)
