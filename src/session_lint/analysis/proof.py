"""The proof of a finding, step by step, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.facts.chain import ChainStep
from session_lint.facts.explanation import Step
from session_lint.facts.finding import Finding
from session_lint.facts.flow import written
from session_lint.facts.schema import Answer, Covered
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained


def proof(finding: Finding) -> tuple[Step, ...]:
    """What was put together to find it; () for a finding without a call path."""
    material = finding.intent.material if finding.intent is not None else None
    if isinstance(material, Replacement):
        return tuple(_replacement(material))
    if isinstance(material, Check):
        return tuple(_check(material))
    if isinstance(material, Unconstrained):
        return tuple(_unconstrained(material))
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


def _check(one: Check) -> Iterator[Step]:
    yield from _way(one.look_chain, f"looks for the row of `{one.resource}` for {one.key}")
    yield from _way(one.chain, f"inserts a row into `{one.resource}`")
    yield Step(f"both happen in one run of `{written(one.function)}`, the insert only where nothing was found")
    yield _schema(one.resource, one.key, one.schema)


def _unconstrained(one: Unconstrained) -> Iterator[Step]:
    key = ", ".join(one.key)
    done = f"gets or creates a row of `{one.resource}` for {key}" if one.conflict is None else f"{one.conflict.shown} of `{one.resource}`"
    yield from _way(one.chain, done)
    yield Step(f"`{one.resource}` is declared here", one.declared)
    yield _schema(one.resource, key, one.schema)
    if one.conflict is None:
        yield Step("no lock is held, and the key may be that of another request")


def _schema(resource: str, key: str, answer: Answer) -> Step:
    """What the schema says of a key."""
    if answer.by is not None:
        return Step(f"{answer.by.shown} keeps a second row out")
    if answer.covered is Covered.UNKNOWN:
        return Step(f"whether a unique set covers {key} is not known{f': {answer.why}' if answer.why else ''}")
    sets = answer.table.unique if answer.table is not None else ()
    return Step(f"`{resource}` has {', '.join(one.shown for one in sets) or 'nothing unique'}: none of it covers {key}")


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
