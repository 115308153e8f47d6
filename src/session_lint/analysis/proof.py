"""The proof of a finding, step by step, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.facts.chain import ChainStep
from session_lint.facts.explanation import Step
from session_lint.facts.finding import Finding
from session_lint.facts.flow import written
from session_lint.facts.summary import Repeat, Replacement


def proof(finding: Finding) -> tuple[Step, ...]:
    """What was put together to find it; () for a finding without a call path."""
    material = finding.intent.material if finding.intent is not None else None
    if isinstance(material, Replacement):
        return tuple(_replacement(material))
    return tuple(_repeat(material)) if isinstance(material, Repeat) else ()


def _replacement(one: Replacement) -> Iterator[Step]:
    of = f" for {one.key}" if one.key else ""
    rows = "the rows" if one.shape == "set" else "the row"
    yield from _way(one.clear_chain, f"{'retires' if one.soft else 'clears'} {rows} of `{one.resource}`{of}{_written(one.clear_origin)}")
    yield from _way(one.chain, f"inserts {'rows' if one.shape == 'set' else 'a row'} into `{one.resource}`{_written(one.origin)}")
    yield Step(f"both happen in one run of `{written(one.function)}`, the clear first{_by(one)}")
    if one.certain:
        same = f"what both say of {one.key} is the same" if one.key else "both are made on the same record"
        yield Step(f"they are for the same rows: {same}")
    else:
        yield Step(f"that they are for the same rows is assumed: nothing shows that {one.key or 'the key'} differs")
    yield from (Step(f"assumed: {what}") for what in one.assumed)
    yield Step(_unit(one))


def _by(one: Repeat | Replacement) -> str:
    """What a framework runs on the way."""
    return f": {one.runs}" if one.runs else ""


def _written(origin: str) -> str:
    return f" (the statement is in {origin})" if origin else ""


def _unit(one: Replacement) -> str:
    if one.committed_between:
        return "the clear is committed before the insert"
    if one.transaction:
        return "both are in one transaction, but a second request does not wait for a row that is not there yet: both can insert"
    return "no transaction holds the two together"


def _repeat(one: Repeat) -> Iterator[Step]:
    of = f" for {one.key}" if one.key else ""
    if one.shape == "loop":
        yield from _way(one.chain, f"gets or creates the record{of}")
        yield Step("a loop runs it again, and the key does not change from one turn to the next")
        return
    if one.shape == "omitted" and one.first_chain and one.first_chain[-1].note.startswith("parameter "):
        yield Step(f"`{one.function}` is given the record, as `{one.holder}`", one.first)
    else:
        yield from _way(one.first_chain, f"gets or creates the record{of}")
    again = one.again_chain or one.chain
    yield from _way(again, f"gets or creates the record{of} again")
    if one.parameter:
        yield Step(f"it would not if `{one.parameter}` were given, and this call leaves it out", one.second)
    yield Step(f"both happen in one run of `{written(one.function)}`{', at the same time' if one.shape == 'concurrent' else ''}{_by(one)}")
    if one.certain:
        yield Step("it is the same record: the keys have the same value, and nothing ends the record in between")
    else:
        yield Step("that it is the same record is assumed: nothing shows that the keys differ")
    yield from (Step(f"assumed: {what}") for what in one.assumed)


def _way(chain: tuple[ChainStep, ...], end: str) -> Iterator[Step]:
    """The calls on the way, each one below the one before it, and what the last one does."""
    for depth, step in enumerate(chain[:-1]):
        yield Step(f"calls `{step.note}`" if step.note else "calls on", step.place, depth)
    if chain:
        yield Step(end, chain[-1].place, len(chain) - 1)
