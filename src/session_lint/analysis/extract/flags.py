"""Names that tell which way was taken: `taken = True` in one branch, `error = "too late"` in another, and what was there before else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from session_lint.analysis.extract.guard import fits
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Const, Op, Phi, Template, Term, strip
from session_lint.facts.ways import WAYS

_MOST = 6  # values of one name


def told(values: Sequence[Term], tests: Sequence[Sequence[Condition]]) -> Term | None:
    """What a name is after branches that each leave it a constant or a text: one of these, with what holds wherever it is that one.
    None where it is something else. `tests` are those of each branch."""
    found: dict[Term, list[Term]] = {}
    for value, conditions in zip(values, tests, strict=True):
        options = list(_options(value))
        if not options or not conditions:
            return None
        for option, way in options:
            found.setdefault(option, []).append(_one("and", [*map(_said, conditions), *((way,) if way is not None else ())]))
    if not 1 < len(found) <= _MOST:
        return None
    whole = Phi(tuple(found), Op(WAYS, tuple(_one("or", one) for one in found.values())))
    return whole if fits(whole) else None


def _options(value: Term) -> Iterator[tuple[Term, Term | None]]:
    """What a branch may leave, each with what holds then."""
    match strip(value):
        case Const() | Template() as one:
            yield one, None
        case Phi(options, Op("ways", ways)):
            yield from zip(options, ways, strict=True)


def _said(condition: Condition) -> Term:
    return condition.term if condition.holds else Op("not", (condition.term,))


def _one(kind: str, terms: Sequence[Term]) -> Term:
    different = tuple(dict.fromkeys(terms))
    return different[0] if len(different) == 1 else Op(kind, different)
