"""What functions look at before they answer a call."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.blocks import conditions
from session_lint.analysis.program.knowing import Knowing
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.walked import Walk
from session_lint.facts.terms import Invoke, Term, strip

_DEPTH = 3  # functions that give what another one answers


def looked_at(known: Knowing, full: str, call: Invoke, depth: int = _DEPTH) -> Iterator[Term]:
    """What the functions that a call enters, or whose answer these give, look at before they answer, in terms of the caller."""
    site, walked = known.facts[full].calls[call.site], known.walks.get(full, Walk())
    presence = known.presence(full, walked, list(walked.kept))
    for target in known.resolver.resolve(full, site).targets:
        facts = known.facts.get(target.full)
        if facts is None:
            continue
        values = known.values(full, site, target)
        answers = (strip(term) for term in facts.returns) if depth else ()
        inner = (one for one in answers if isinstance(one, Invoke) and one.site >= 0)
        below = (test for one in inner for test in looked_at(known, target.full, one, depth - 1))
        for test in (*(condition.term for condition in conditions(facts.body)), *below):
            yield known.simplified(full, substitute(test, values), presence)
