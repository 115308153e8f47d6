"""What tests on the way to an event exclude, and what they have found to be a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence as Seq
from functools import lru_cache
from typing import TypeAlias

from session_lint.analysis.program.keys import normalise
from session_lint.facts.module_facts import Condition
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Const, Op, Term

# the tests that hold, those that fail, and what must be equal to a constant
_Required: TypeAlias = tuple[frozenset[Term], frozenset[Term], dict[Term, Term]]


def contradicts(left: Seq[Condition], right: Seq[Condition]) -> bool:
    """Whether two events cannot happen in one execution: one needs a test to hold that the other needs to fail."""
    if not left or not right:
        return False
    holding, failing, equal = _known(left) if isinstance(left, tuple) else _required(tuple(left))
    wanted, unwanted, other = _known(right) if isinstance(right, tuple) else _required(tuple(right))
    if not (holding.isdisjoint(unwanted) and failing.isdisjoint(wanted)):
        return True
    return any(equal.get(subject, value) != value for subject, value in other.items()) if equal else False


def constants(conditions: tuple[Condition, ...]) -> Mapping[Term, Term]:
    """What tests have found to be equal to a constant: under `if action == "watch":`, `action` is that."""
    return _known(conditions)[2] if conditions else {}


@lru_cache(maxsize=8192)
def _required(conditions: tuple[Condition, ...]) -> _Required:
    """What each test must give, and what each subject of a comparison with a constant must be equal to."""
    tests: dict[Term, bool] = {}
    equal: dict[Term, Term] = {}
    for condition in conditions:
        tests[normalise(condition.term)] = condition.holds
        match condition:
            case Condition(Op("==", (subject, Const() as value)), True):
                equal[normalise(subject)] = value
    holding = frozenset([term for term, holds in tests.items() if holds])
    return holding, frozenset([term for term, holds in tests.items() if not holds]), equal


_known = by_identity(_required)  # the same tests are compared with many others
