"""What tests on the way to an event exclude, and what they have found to be a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence as Seq
from functools import lru_cache

from session_lint.analysis.program.keys import normalise
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Const, Op, Term


def contradicts(left: Seq[Condition], right: Seq[Condition]) -> bool:
    """Whether two events cannot happen in one execution: one needs a test to hold that the other needs to fail."""
    if not left or not right:
        return False
    known, equal = _required(tuple(left))
    wanted, other = _required(tuple(right))
    if any(known.get(term, holds) is not holds for term, holds in wanted.items()):
        return True
    return any(equal.get(subject, value) != value for subject, value in other.items())


def constants(conditions: tuple[Condition, ...]) -> Mapping[Term, Term]:
    """What tests have found to be equal to a constant: under `if action == "watch":`, `action` is that."""
    return _required(conditions)[1] if conditions else {}


@lru_cache(maxsize=8192)
def _required(conditions: tuple[Condition, ...]) -> tuple[dict[Term, bool], dict[Term, Term]]:
    """What each test must give, and what each subject of a comparison with a constant must be equal to."""
    tests: dict[Term, bool] = {}
    equal: dict[Term, Term] = {}
    for condition in conditions:
        tests[normalise(condition.term)] = condition.holds
        match condition:
            case Condition(Op("==", (subject, Const() as value)), True):
                equal[normalise(subject)] = value
    return tests, equal
